//! `/app/{app}/endpoints/{endpoint}/events`: what an endpoint hears of.

use std::collections::BTreeSet;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use serde::Deserialize;
use wirepost_control::caller::AppAccess;
use wirepost_control::change::Change;
use wirepost_control::endpoint_draft::EndpointChanges;
use wirepost_model::capability::Capability;
use wirepost_model::endpoint::Endpoint;

use super::edit::path;
use super::event_choice::{Topic, topics};
use super::frame::open;
use crate::fault::Fault;
use crate::form::Form;
use crate::layout::{Layout, Section, html};
use crate::person::Person;
use crate::state::UiState;
use crate::wrong::Wrong;

/// What a person chose.
#[derive(Debug, Deserialize)]
pub(crate) struct Filled {
    #[serde(default)]
    event_types: BTreeSet<String>,
}

#[derive(Template)]
#[template(path = "endpoints/subscription.html")]
struct SubscriptionPage<'a> {
    layout: Layout,
    /// The endpoint's own page.
    back: String,
    url: &'a str,
    topics: Vec<Topic>,
    wrong: Option<String>,
}

pub(crate) async fn show(
    State(state): State<UiState>,
    person: Person,
    Path((app, endpoint)): Path<(String, String)>,
) -> Result<Response, Fault> {
    let (access, endpoint) = open(&state, &person, &app, &endpoint).await?;
    person.caller.require(Capability::ManageEndpoint)?;
    let chosen = endpoint.event_types.iter().map(ToString::to_string).collect();
    page(&state, &person, &access, &endpoint, (&chosen, None)).await
}

pub(crate) async fn save(
    State(state): State<UiState>,
    Path((app, endpoint)): Path<(String, String)>,
    Form(person, filled): Form<Filled>,
) -> Result<Response, Fault> {
    let (access, endpoint) = open(&state, &person, &app, &endpoint).await?;
    let chosen = filled.event_types.iter().cloned().collect();
    let changes = EndpointChanges { event_types: Change::Set(Some(chosen)), ..EndpointChanges::default() };
    match state.control.change_endpoint(&access, &endpoint.id.to_string(), changes).await {
        Ok(_) => Ok(Redirect::to(&format!("{}?done=saved", path(&access, &endpoint))).into_response()),
        Err(error) => {
            let wrong = Wrong::try_from(error)?;
            let chosen = (&filled.event_types, Some(wrong));
            let page = page(&state, &person, &access, &endpoint, chosen).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

async fn page(
    state: &UiState,
    person: &Person,
    access: &AppAccess,
    endpoint: &Endpoint,
    (chosen, wrong): (&BTreeSet<String>, Option<Wrong>),
) -> Result<Response, Fault> {
    html(&SubscriptionPage {
        layout: Layout::in_app(state, person, access.app(), "Subscribed events", Section::Endpoints),
        back: path(access, endpoint),
        url: &endpoint.url,
        topics: topics(state.control.subscribable_event_types(access).await?, chosen),
        wrong: wrong.and_then(|wrong| wrong.besides(&[])),
    })
}
