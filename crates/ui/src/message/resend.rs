//! Sends a message once more to one endpoint, because a person asks for it.

use axum::extract::{Path, State};
use axum::response::Redirect;
use serde::Deserialize;

use crate::fault::Fault;
use crate::form::Form;
use crate::state::UiState;

/// Where it is to go.
#[derive(Debug, Deserialize)]
pub(crate) struct Wanted {
    endpoint: String,
}

pub(crate) async fn resend(
    State(state): State<UiState>,
    Path((app, message)): Path<(String, String)>,
    Form(person, wanted): Form<Wanted>,
) -> Result<Redirect, Fault> {
    let access = state.control.enter(person.caller, &app).await?;
    let message = state.control.find_message(&access, &message, false).await?.message.id;
    state.control.resend_message(&access, &message.to_string(), &wanted.endpoint).await?;
    Ok(Redirect::to(&format!("/app/{}/logs/{message}?done=resent#outcome", access.id())))
}
