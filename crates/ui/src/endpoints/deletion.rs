//! `/app/{app}/endpoints/{endpoint}/delete`: asks, and then deletes an endpoint.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{Redirect, Response};
use wirepost_model::capability::Capability;

use super::edit::path;
use super::frame::open;
use crate::fault::Fault;
use crate::form::{Form, Nothing};
use crate::layout::{Layout, Section, html};
use crate::person::Person;
use crate::show::number::grouped;
use crate::state::UiState;

#[derive(Template)]
#[template(path = "endpoints/delete.html")]
struct DeletePage {
    layout: Layout,
    /// The endpoint's own page.
    back: String,
    url: String,
    /// What is canceled with it.
    waiting: Option<String>,
}

pub(crate) async fn ask(
    State(state): State<UiState>,
    person: Person,
    Path((app, endpoint)): Path<(String, String)>,
) -> Result<Response, Fault> {
    let (access, endpoint) = open(&state, &person, &app, &endpoint).await?;
    person.caller.require(Capability::ManageEndpoint)?;
    let stats = state.control.endpoint_stats(&access, &endpoint.id.to_string(), None, None).await?;
    let waiting = match stats.pending + stats.sending {
        0 => None,
        1 => Some("1 message that waits is not sent any more.".to_owned()),
        many => Some(format!("{} messages that wait are not sent any more.", grouped(many))),
    };
    html(&DeletePage {
        layout: Layout::in_app(&state, &person, access.app(), "Delete Endpoint", Section::Endpoints),
        back: path(&access, &endpoint),
        url: endpoint.url,
        waiting,
    })
}

pub(crate) async fn delete(
    State(state): State<UiState>,
    Path((app, endpoint)): Path<(String, String)>,
    Form(person, Nothing {}): Form<Nothing>,
) -> Result<Redirect, Fault> {
    let (access, endpoint) = open(&state, &person, &app, &endpoint).await?;
    state.control.delete_endpoint(&access, &endpoint.id.to_string()).await?;
    Ok(Redirect::to(&format!("/app/{}/endpoints?done=deleted", access.id())))
}
