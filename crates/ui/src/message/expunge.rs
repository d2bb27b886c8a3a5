//! Removes the contents of a message for good; asks first.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{Redirect, Response};
use serde::Deserialize;
use wirepost_model::capability::Capability;

use crate::fault::Fault;
use crate::form::Form;
use crate::layout::{Layout, Section, html};
use crate::person::Person;
use crate::state::UiState;

/// The form has nothing to fill in.
#[derive(Debug, Deserialize)]
pub(crate) struct Confirmed {}

#[derive(Template)]
#[template(path = "message/remove.html")]
struct RemovePage {
    layout: Layout,
    /// The message's page.
    here: String,
    id: String,
    event_type: String,
}

pub(crate) async fn ask(
    State(state): State<UiState>,
    person: Person,
    Path((app, message)): Path<(String, String)>,
) -> Result<Response, Fault> {
    let access = state.control.enter(person.caller.clone(), &app).await?;
    person.caller.require_organisation_for(Capability::SendMessages)?;
    let message = state.control.find_message(&access, &message, false).await?.message;
    html(&RemovePage {
        layout: Layout::in_app(&state, &person, access.app(), "Remove contents", Section::Logs),
        here: format!("/app/{}/logs/{}", access.id(), message.id),
        id: message.id.to_string(),
        event_type: message.event_type.to_string(),
    })
}

pub(crate) async fn expunge(
    State(state): State<UiState>,
    Path((app, message)): Path<(String, String)>,
    Form(person, Confirmed {}): Form<Confirmed>,
) -> Result<Redirect, Fault> {
    let access = state.control.enter(person.caller.clone(), &app).await?;
    let message = state.control.find_message(&access, &message, false).await?.message.id;
    state.control.expunge_content(person.caller, &app, &message.to_string()).await?;
    Ok(Redirect::to(&format!("/app/{}/logs/{message}?done=removed", access.id())))
}
