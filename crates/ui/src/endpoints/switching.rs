//! `/app/{app}/endpoints/{endpoint}/enable` and `/disable`: whether anything is sent to an endpoint.

use axum::extract::{Path, State};
use axum::response::Redirect;
use wirepost_control::change::Change;
use wirepost_control::endpoint_draft::EndpointChanges;

use super::edit::path;
use super::frame::open;
use crate::fault::Fault;
use crate::form::{Form, Nothing};
use crate::state::UiState;

pub(crate) async fn enable(
    State(state): State<UiState>,
    Path(place): Path<(String, String)>,
    form: Form<Nothing>,
) -> Result<Redirect, Fault> {
    switch(&state, place, form, false).await
}

pub(crate) async fn disable(
    State(state): State<UiState>,
    Path(place): Path<(String, String)>,
    form: Form<Nothing>,
) -> Result<Redirect, Fault> {
    switch(&state, place, form, true).await
}

async fn switch(
    state: &UiState,
    (app, endpoint): (String, String),
    Form(person, Nothing {}): Form<Nothing>,
    disabled: bool,
) -> Result<Redirect, Fault> {
    let (access, endpoint) = open(state, &person, &app, &endpoint).await?;
    let changes = EndpointChanges { disabled: Change::Set(disabled), ..EndpointChanges::default() };
    state.control.change_endpoint(&access, &endpoint.id.to_string(), changes).await?;
    let done = if disabled { "disabled" } else { "enabled" };
    Ok(Redirect::to(&format!("{}?done={done}", path(&access, &endpoint))))
}
