//! `/logout`: ends the session here and on the server.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::{HeaderMap, header};

use crate::cookies::{Purpose, shown_secret, take_back};
use crate::fault::Fault;
use crate::form::{Form, Nothing};
use crate::state::UiState;

pub(crate) async fn sign_out(
    State(state): State<UiState>,
    headers: HeaderMap,
    Form(_, Nothing {}): Form<Nothing>,
) -> Result<Response, Fault> {
    if let Some(secret) = shown_secret(&headers, &state.settings) {
        state.control.sign_out(&secret).await?;
    }
    let cookie = take_back(Purpose::Session, &state.settings);
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to("/login")).into_response())
}
