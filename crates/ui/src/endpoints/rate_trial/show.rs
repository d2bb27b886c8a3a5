//! The page of one trial: its progress, the way to stop it, and in the end the proposal.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use wirepost_control::caller::AppAccess;
use wirepost_control::rate_trial::TrialView;
use wirepost_model::capability::Capability;
use wirepost_model::endpoint::Endpoint;

use super::super::frame::{Frame, Tab, open};
use super::progress::{ApplyForm, Progress};
use crate::fault::Fault;
use crate::layout::{Layout, html};
use crate::person::Person;
use crate::show::number::grouped;
use crate::state::UiState;

#[derive(Template)]
#[template(path = "endpoints/rate_trial/show.html")]
struct TrialPage {
    layout: Layout,
    frame: Frame,
    /// `…/testing/rate/{trial}`.
    here: String,
    /// What it was allowed, in words.
    allowed: String,
    event_type: String,
    progress: Progress,
}

pub(crate) async fn show(
    State(state): State<UiState>,
    person: Person,
    Path((app, endpoint, trial)): Path<(String, String, String)>,
) -> Result<Response, Fault> {
    let (access, endpoint) = open(&state, &person, &app, &endpoint).await?;
    let view = state.control.rate_trial(&access, &endpoint.id.to_string(), &trial)?;
    page(&state, &person, (&access, &endpoint), &view, None).await
}

/// The page; `refused` is the form as it was filled in.
pub(super) async fn page(
    state: &UiState,
    person: &Person,
    (access, endpoint): (&AppAccess, &Endpoint),
    view: &TrialView,
    refused: Option<ApplyForm>,
) -> Result<Response, Fault> {
    let frame = Frame::of(state, person, access, endpoint, Tab::Testing).await?;
    let layout = frame.layout(state, person, access);
    let here = format!("{}/testing/rate/{}", frame.path, view.id);
    let form = refused.or_else(|| apply_form(person, &here));
    html(&TrialPage {
        layout,
        allowed: allowed(view),
        event_type: view.event_type.clone(),
        progress: Progress::of(view, form),
        frame,
        here,
    })
}

/// The form for the proposal, for those who may change the endpoint.
pub(super) fn apply_form(person: &Person, here: &str) -> Option<ApplyForm> {
    person.may(Capability::ManageEndpoint).then(|| ApplyForm {
        path: format!("{here}/apply"),
        form_key: person.form_key.clone(),
        rate: String::new(),
        wrong: None,
    })
}

fn allowed(view: &TrialView) -> String {
    let bounds = view.bounds;
    format!(
        "at most {}/s, {} requests and {} s; it ends when more than {} % of a step's requests fail",
        bounds.rate_most,
        grouped(bounds.requests_most.into()),
        bounds.lasts_most.as_secs(),
        bounds.errors_percent_most
    )
}
