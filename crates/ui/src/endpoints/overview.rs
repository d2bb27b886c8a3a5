//! `/app/{app}/endpoints/{endpoint}`: how an endpoint is doing, and why.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;

use super::frame::{Frame, Tab, open};
use crate::fault::Fault;
use crate::layout::{Layout, html};
use crate::person::Person;
use crate::query::Query;
use crate::state::UiState;

/// What stands in the address.
#[derive(Debug, Deserialize)]
pub(crate) struct Question {
    done: Option<String>,
}

#[derive(Template)]
#[template(path = "endpoints/overview.html")]
struct OverviewPage {
    layout: Layout,
    frame: Frame,
    description: String,
}

pub(crate) async fn show(
    State(state): State<UiState>,
    person: Person,
    Path((app, endpoint)): Path<(String, String)>,
    Query(question): Query<Question>,
) -> Result<Response, Fault> {
    let (access, endpoint) = open(&state, &person, &app, &endpoint).await?;
    let frame = Frame::of(&state, &person, &access, &endpoint, Tab::Overview).await?;
    let layout = frame.layout(&state, &person, &access).telling(question.done.as_deref());
    html(&OverviewPage { layout, frame, description: endpoint.description })
}
