//! How people sign in and out: with a one-time link, or a token.

mod link;
mod login;
mod logout;

use axum::Router;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use http::header;
use wirepost_control::sessions::SignedIn;

use crate::cookies::with_secret;
use crate::state::UiState;

/// A path of ours to go back to after signing in.
const RETURN_TO: &str = "return_to";

pub(crate) fn router() -> Router<UiState> {
    Router::new()
        .route("/login", get(login::show).post(login::sign_in))
        .route("/app-portal/login", get(link::show).post(link::sign_in))
        .route("/logout", post(logout::sign_out))
}

/// The sign-in, which leads back to `path` afterwards.
pub(crate) fn path_with_return_to(path: &str) -> String {
    let query = serde_html_form::to_string([(RETURN_TO, path)]).unwrap_or_default();
    format!("/login?{query}")
}

/// Gives the browser its session and leads on.
fn welcome(state: &UiState, signed_in: &SignedIn, return_to: &str) -> Response {
    let cookie = with_secret(signed_in.secret.expose(), signed_in.seconds, &state.settings);
    ([(header::SET_COOKIE, cookie)], Redirect::to(own_path(return_to))).into_response()
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
