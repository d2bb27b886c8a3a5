//! `/login`: with a token, for those who run the product and for whoever was given one.

use askama::Template;
use axum::extract::{ConnectInfo, Request, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Deserialize;
use std::net::SocketAddr;
use wirepost_control::ControlError;

use super::welcome;
use crate::assets::{SCRIPT_PATH, STYLE_PATH};
use crate::fault::Fault;
use crate::form::{fill, read};
use crate::layout::html;
use crate::query::Query;
use crate::state::UiState;

/// Where to go on.
#[derive(Debug, Deserialize)]
pub(crate) struct Onward {
    #[serde(default = "first_page")]
    return_to: String,
}

#[derive(Debug, Deserialize)]
struct Shown {
    #[serde(default)]
    token: String,
    #[serde(default = "first_page")]
    return_to: String,
}

#[derive(Template)]
#[template(path = "sign_in/login.html")]
struct LoginPage<'a> {
    style: &'a str,
    script: &'a str,
    name: &'a str,
    return_to: &'a str,
    wrong: Option<&'a str>,
}

pub(crate) async fn show(
    State(state): State<UiState>,
    Query(onward): Query<Onward>,
) -> Result<Response, Fault> {
    page(&state, &onward.return_to, None)
}

pub(crate) async fn sign_in(State(state): State<UiState>, request: Request) -> Result<Response, Fault> {
    let address = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
    let shown: Shown = fill(&read(request).await?)?;
    match state.control.sign_in_with_token(shown.token.trim(), address).await {
        Ok(signed_in) => Ok(welcome(&state, &signed_in, &shown.return_to)),
        Err(ControlError::Unauthenticated) => {
            let wrong = "This token is not good: it may be mistyped, over, or revoked.";
            let page = page(&state, &shown.return_to, Some(wrong))?;
            Ok((StatusCode::UNAUTHORIZED, page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

fn page(state: &UiState, return_to: &str, wrong: Option<&str>) -> Result<Response, Fault> {
    let name = &state.settings.name;
    html(&LoginPage { style: &STYLE_PATH, script: &SCRIPT_PATH, name, return_to, wrong })
}

fn first_page() -> String {
    "/".to_owned()
}
