//! `/login`: with a token, for those who run the product and for whoever was given one.

use askama::Template;
use axum::extract::{ConnectInfo, Request, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Deserialize;
use std::net::SocketAddr;
use wirepost_control::ControlError;

use super::{leading_back, welcome};
use crate::assets::{SCRIPT_PATH, STYLE_PATH};
use crate::fault::Fault;
use crate::form::{fill, read_open};
use crate::layout::html;
use crate::query::Query;
use crate::state::UiState;

/// Where to go on.
#[derive(Debug, Deserialize)]
pub(crate) struct Onward {
    #[serde(default = "first_page")]
    pub(crate) return_to: String,
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
    has_logo: bool,
    return_to: &'a str,
    /// What is wrong with the token.
    wrong: Option<&'a str>,
    /// Why signing in at the company did not work.
    refusal: Option<&'a str>,
    company: Option<Company<'a>>,
}

/// The way to sign in at the company.
struct Company<'a> {
    name: &'a str,
    path: String,
}

pub(crate) async fn show(
    State(state): State<UiState>,
    Query(onward): Query<Onward>,
) -> Result<Response, Fault> {
    page(&state, &onward.return_to, None, None)
}

pub(crate) async fn sign_in(State(state): State<UiState>, request: Request) -> Result<Response, Fault> {
    let address = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
    let headers = request.headers().clone();
    let shown: Shown = fill(&read_open(request).await?)?;
    let (status, wrong) = match state.control.sign_in_with_token(shown.token.trim(), address).await {
        Ok(signed_in) => return welcome(&state, &headers, &signed_in, &shown.return_to).await,
        Err(ControlError::Unauthenticated) => {
            (StatusCode::UNAUTHORIZED, "This token is not good: it may be mistyped, over, or revoked.")
        }
        Err(ControlError::MissingCapability(_)) => {
            (StatusCode::FORBIDDEN, "This token is good, but not for these pages: it may not look.")
        }
        Err(error) => return Err(error.into()),
    };
    let page = page(&state, &shown.return_to, Some(wrong), None)?;
    Ok((status, page).into_response())
}

/// The sign-in once more, with why it did not work elsewhere.
pub(crate) fn again(state: &UiState, return_to: &str, refusal: &str) -> Result<Response, Fault> {
    page(state, return_to, None, Some(refusal))
}

fn page(
    state: &UiState,
    return_to: &str,
    wrong: Option<&str>,
    refusal: Option<&str>,
) -> Result<Response, Fault> {
    let company = state
        .control
        .settings()
        .openid
        .as_ref()
        .map(|access| Company { name: &access.name, path: leading_back("/login/oidc", return_to) });
    html(&LoginPage {
        style: &STYLE_PATH,
        script: &SCRIPT_PATH,
        name: &state.settings.name,
        has_logo: state.settings.logo.is_some(),
        return_to,
        wrong,
        refusal,
        company,
    })
}

fn first_page() -> String {
    "/".to_owned()
}
