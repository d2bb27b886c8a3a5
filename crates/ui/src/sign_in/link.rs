//! `/app-portal/login?key=…`: a link that lets one person in once. Opening it only shows a button, because programs
//! that look at links before people do would use it up.

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
use crate::form::{fill, read_open};
use crate::layout::html;
use crate::query::Query;
use crate::state::UiState;

/// What a link holds.
#[derive(Debug, Deserialize)]
pub(crate) struct Link {
    #[serde(default)]
    key: String,
}

#[derive(Template)]
#[template(path = "sign_in/link.html")]
struct LinkPage<'a> {
    style: &'a str,
    script: &'a str,
    name: &'a str,
    has_logo: bool,
    key: &'a str,
    /// The link was used or is over.
    is_spent: bool,
}

pub(crate) async fn show(State(state): State<UiState>, Query(link): Query<Link>) -> Result<Response, Fault> {
    page(&state, &link.key, link.key.is_empty())
}

pub(crate) async fn sign_in(State(state): State<UiState>, request: Request) -> Result<Response, Fault> {
    let address = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
    let headers = request.headers().clone();
    let link: Link = fill(&read_open(request).await?)?;
    match state.control.sign_in_with_link(&link.key, address).await {
        Ok(signed_in) => welcome(&state, &headers, &signed_in, "/").await,
        Err(ControlError::NotFound) => Ok((StatusCode::NOT_FOUND, page(&state, "", true)?).into_response()),
        Err(error) => Err(error.into()),
    }
}

fn page(state: &UiState, key: &str, is_spent: bool) -> Result<Response, Fault> {
    let (name, has_logo) = (&state.settings.name, state.settings.logo.is_some());
    html(&LinkPage { style: &STYLE_PATH, script: &SCRIPT_PATH, name, has_logo, key, is_spent })
}
