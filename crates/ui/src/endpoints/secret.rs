//! `/app/{app}/endpoints/{endpoint}/secret`: shows an endpoint's secret to whoever asks and may see it, on the page that
//! answers and nowhere else; `/secret/rotate` replaces it.

use axum::extract::{Path, State};
use axum::response::{Redirect, Response};
use wirepost_control::secrets::Rotation;

use super::edit::path;
use super::frame::open;
use super::overview::OverviewPage;
use crate::fault::Fault;
use crate::filters::FilterQuestion;
use crate::form::{Form, Nothing};
use crate::layout::html;
use crate::logs::attempt_list::AttemptQuestion;
use crate::state::UiState;

pub(crate) async fn reveal(
    State(state): State<UiState>,
    Path((app, endpoint)): Path<(String, String)>,
    Form(person, Nothing {}): Form<Nothing>,
) -> Result<Response, Fault> {
    let (access, endpoint) = open(&state, &person, &app, &endpoint).await?;
    let key = state.control.verification_key(&access, &endpoint.id.to_string()).await?;
    let all_attempts = (&FilterQuestion::default(), &AttemptQuestion::default());
    let mut page = OverviewPage::of(&state, &person, &access, endpoint, all_attempts).await?;
    page.frame.signing.revealed = Some(key);
    html(&page)
}

pub(crate) async fn rotate(
    State(state): State<UiState>,
    Path((app, endpoint)): Path<(String, String)>,
    Form(person, Nothing {}): Form<Nothing>,
) -> Result<Redirect, Fault> {
    let (access, endpoint) = open(&state, &person, &app, &endpoint).await?;
    state.control.rotate_secret(&access, &endpoint.id.to_string(), Rotation::default()).await?;
    Ok(Redirect::to(&format!("{}?done=rotated", path(&access, &endpoint))))
}
