//! How people sign in and out: with a one-time link, a token, or at their own company.

mod link;
mod login;
mod logout;
mod openid;

use axum::Router;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use http::{HeaderMap, header};
use wirepost_control::openid::RETURN_PATH;
use wirepost_control::sessions::SignedIn;

use crate::cookies::{Purpose, set, shown_secret};
use crate::fault::Fault;
use crate::state::UiState;

/// A path of ours to go back to after signing in.
const RETURN_TO: &str = "return_to";

pub(crate) fn router() -> Router<UiState> {
    Router::new()
        .route("/login", get(login::show).post(login::sign_in))
        .route("/app-portal/login", get(link::show).post(link::sign_in))
        .route("/login/oidc", get(openid::begin))
        .route(RETURN_PATH, get(openid::come_back))
        .route("/logout", post(logout::sign_out))
}

/// The sign-in, which leads back to `path` afterwards.
pub(crate) fn path_with_return_to(path: &str) -> String {
    leading_back("/login", path)
}

fn leading_back(sign_in: &str, path: &str) -> String {
    let query = serde_html_form::to_string([(RETURN_TO, path)]).unwrap_or_default();
    format!("{sign_in}?{query}")
}

/// Gives the browser a session that nobody knew before, in place of the one that it had, and leads on.
async fn welcome(
    state: &UiState,
    headers: &HeaderMap,
    signed_in: &SignedIn,
    return_to: &str,
) -> Result<Response, Fault> {
    if let Some(former) = shown_secret(headers, &state.settings) {
        state.control.sign_out(&former).await?;
    }
    let secret = signed_in.secret.expose();
    let cookie = set(Purpose::Session, secret, signed_in.seconds, &state.settings);
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(own_path(return_to))).into_response())
}

/// Only paths of ours: whoever makes a link must not be able to lead people elsewhere.
fn own_path(path: &str) -> &str {
    let second = path.as_bytes().get(1);
    let is_ours = path.starts_with('/')
        && !matches!(second, Some(b'/' | b'\\'))
        && path.bytes().all(|byte| byte.is_ascii_graphic());
    if is_ours { path } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_led_elsewhere() {
        for foreign in
            ["https://evil.example", "//evil.example", "/\\evil.example", "evil", "", "/a b", "/\tx"]
        {
            assert_eq!(own_path(foreign), "/", "{foreign:?}");
        }
        assert_eq!(own_path("/app/x/logs?event_types=a"), "/app/x/logs?event_types=a");
    }

    #[test]
    fn the_way_back_is_kept() {
        assert_eq!(
            path_with_return_to("/app/x/logs?a=b&c=d"),
            "/login?return_to=%2Fapp%2Fx%2Flogs%3Fa%3Db%26c%3Dd"
        );
    }
}
