//! `/login/oidc`: to the company's own sign-in and back. What the browser keeps meanwhile stands in a cookie: nobody
//! else's answer fits it, so that nobody can be signed in as somebody else without noticing.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, StatusCode, header};
use serde::Deserialize;
use wirepost_control::ControlError;
use wirepost_control::openid::{OpenIdAnswer, SIGN_IN_LASTS};

use super::login::{Onward, again};
use super::{own_path, welcome};
use crate::cookies::{Purpose, set, shown, take_back};
use crate::fault::Fault;
use crate::query::Query;
use crate::state::UiState;

/// Longest path to go back to, in bytes: cookies are small.
const RETURN_TO_BYTES_MOST: usize = 1_024;

/// What the provider sends people back with.
#[derive(Debug, Deserialize)]
pub(crate) struct Answer {
    #[serde(default)]
    state: String,
    #[serde(default)]
    code: String,
    /// Why there is no code.
    error: Option<String>,
}

pub(crate) async fn begin(
    State(state): State<UiState>,
    Query(onward): Query<Onward>,
) -> Result<Response, Fault> {
    let return_to = own_path(&onward.return_to);
    let beginning = match state.control.begin_openid().await {
        Ok(beginning) => beginning,
        Err(error) => return refused(&state, return_to, error),
    };
    let return_to = if return_to.len() > RETURN_TO_BYTES_MOST { "/" } else { return_to };
    let kept = format!("{}.{}", beginning.kept.expose(), URL_SAFE_NO_PAD.encode(return_to));
    let cookie = set(Purpose::WayBack, &kept, SIGN_IN_LASTS.as_secs(), &state.settings);
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(&beginning.address)).into_response())
}

pub(crate) async fn come_back(
    State(state): State<UiState>,
    Query(answer): Query<Answer>,
    request: Request,
) -> Result<Response, Fault> {
    let address = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
    let mut response = signed_in(&state, request.headers(), &answer, address).await?;
    // It is good for one way back.
    response.headers_mut().append(header::SET_COOKIE, take_back(Purpose::WayBack, &state.settings));
    Ok(response)
}

async fn signed_in(
    state: &UiState,
    headers: &HeaderMap,
    answer: &Answer,
    address: Option<std::net::IpAddr>,
) -> Result<Response, Fault> {
    let cookie = shown(headers, Purpose::WayBack, &state.settings).unwrap_or_default();
    let (kept, return_to) = cookie.rsplit_once('.').unwrap_or_default();
    let return_to = URL_SAFE_NO_PAD.decode(return_to).ok().and_then(|path| String::from_utf8(path).ok());
    let return_to = return_to.unwrap_or_else(|| "/".to_owned());
    if answer.error.is_some() {
        let page = again(state, &return_to, "You did not sign in there. Nothing has changed here.")?;
        return Ok((StatusCode::UNAUTHORIZED, page).into_response());
    }
    let answer = OpenIdAnswer { kept, state: &answer.state, code: &answer.code };
    match state.control.sign_in_with_openid(answer, address).await {
        Ok(signed_in) => welcome(state, headers, &signed_in, &return_to).await,
        Err(error) => refused(state, &return_to, error),
    }
}

/// The sign-in once more where that helps, with what happened.
fn refused(state: &UiState, return_to: &str, error: ControlError) -> Result<Response, Fault> {
    let (status, sentence) = match &error {
        ControlError::Unauthenticated => (
            StatusCode::UNAUTHORIZED,
            "This sign-in was not begun in this browser, or took too long. Please begin it once more.",
        ),
        ControlError::Forbidden | ControlError::MissingCapability(_) => (
            StatusCode::FORBIDDEN,
            "You are signed in there, but no webhooks are open to you. Ask whoever administers your account.",
        ),
        ControlError::IssuerUnavailable => (
            StatusCode::SERVICE_UNAVAILABLE,
            "The sign-in service does not answer at the moment. Please try again in a minute.",
        ),
        _ => return Err(error.into()),
    };
    Ok((status, again(state, own_path(return_to), sentence)?).into_response())
}
