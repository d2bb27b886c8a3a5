//! What a person does about a trial: stops it, or makes a rate limit of what it proposes.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use serde::Deserialize;
use wirepost_control::ControlError;
use wirepost_control::change::Change;
use wirepost_control::endpoint_draft::EndpointChanges;

use super::super::frame::open;
use super::begin::whole;
use super::progress::ApplyForm;
use super::show::{apply_form, page};
use crate::fault::Fault;
use crate::form::{Form, Nothing};
use crate::state::UiState;
use crate::wrong::Wrong;

/// The limit that a person wants.
#[derive(Debug, Deserialize)]
pub(crate) struct Sent {
    #[serde(default)]
    throttle_rate: String,
}

pub(crate) async fn stop(
    State(state): State<UiState>,
    Path((app, endpoint, trial)): Path<(String, String, String)>,
    Form(person, Nothing {}): Form<Nothing>,
) -> Result<Response, Fault> {
    let (access, endpoint) = open(&state, &person, &app, &endpoint).await?;
    state.control.stop_rate_trial(&access, &endpoint.id.to_string(), &trial)?;
    let path = format!("/app/{}/endpoints/{}/testing/rate/{trial}", access.id(), endpoint.id);
    Ok(Redirect::to(&path).into_response())
}

pub(crate) async fn apply(
    State(state): State<UiState>,
    Path((app, endpoint, trial)): Path<(String, String, String)>,
    Form(person, sent): Form<Sent>,
) -> Result<Response, Fault> {
    let (access, endpoint) = open(&state, &person, &app, &endpoint).await?;
    let id = endpoint.id.to_string();
    let path = format!("/app/{}/endpoints/{id}", access.id());
    let saved = match whole("throttleRate", &sent.throttle_rate) {
        Ok(rate) => {
            let changes =
                EndpointChanges { throttle_rate: Change::Set(Some(rate)), ..EndpointChanges::default() };
            state.control.change_endpoint(&access, &id, changes).await.map(drop)
        }
        Err(error) => Err(error),
    };
    let Err(error) = saved else {
        return Ok(Redirect::to(&format!("{path}/advanced?done=limited")).into_response());
    };
    if matches!(error, ControlError::MissingCapability(_)) {
        return Err(error.into());
    }
    let wrong = Wrong::try_from(error)?.told("throttleRate", "The rate limit");
    let form = apply_form(&person, &format!("{path}/testing/rate/{trial}"));
    let form = form.map(|form| ApplyForm { rate: sent.throttle_rate, wrong, ..form });
    let view = state.control.rate_trial(&access, &id, &trial)?;
    let page = page(&state, &person, (&access, &endpoint), &view, form).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}
