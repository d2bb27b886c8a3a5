//! The stylesheet, the script and the look's own colours. Their addresses change with what is in them, so that
//! browsers may keep them for ever.

use std::fmt::Write;
use std::sync::LazyLock;

use aws_lc_rs::digest::{SHA256, digest};
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{HeaderValue, StatusCode, header};

use crate::state::UiState;

const STYLE: &str = include_str!("../assets/style.css");
const SCRIPT: &str = include_str!("../assets/script.js");
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// The logo and colours change with the settings, under the same address.
const FOR_A_WHILE: HeaderValue = HeaderValue::from_static("public, max-age=300");

/// Where the stylesheet is.
pub(crate) static STYLE_PATH: LazyLock<String> = LazyLock::new(|| path_of("style", STYLE, "css"));
/// Where the script is.
pub(crate) static SCRIPT_PATH: LazyLock<String> = LazyLock::new(|| path_of("script", SCRIPT, "js"));

pub(crate) fn router() -> Router<UiState> {
    Router::new()
        .route(&STYLE_PATH, get(|| served(STYLE, "text/css; charset=utf-8", FOR_EVER)))
        .route(&SCRIPT_PATH, get(|| served(SCRIPT, "text/javascript; charset=utf-8", FOR_EVER)))
        .route("/ui/theme.css", get(theme))
        .route("/ui/logo", get(logo))
}

async fn served(text: &'static str, media_type: &'static str, keep: HeaderValue) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, HeaderValue::from_static(media_type)), (header::CACHE_CONTROL, keep)], text)
}

async fn theme(State(state): State<UiState>) -> impl IntoResponse {
    let mut text = String::new();
    if let Some(accent) = &state.settings.accent {
        let (light, dark) = (&accent.light, &accent.dark);
        text = format!(
            ":root{{--accent:{light};--focus:{light}}}\
             @media (prefers-color-scheme:dark){{:root{{--accent:{dark};--focus:{dark}}}}}"
        );
    }
    let media_type = HeaderValue::from_static("text/css; charset=utf-8");
    ([(header::CONTENT_TYPE, media_type), (header::CACHE_CONTROL, FOR_A_WHILE)], text)
}

async fn logo(State(state): State<UiState>) -> Response {
    let Some(logo) = &state.settings.logo else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let media_type = HeaderValue::try_from(&logo.media_type).expect("the settings know media types");
    let headers = [(header::CONTENT_TYPE, media_type), (header::CACHE_CONTROL, FOR_A_WHILE)];
    (headers, logo.bytes.clone()).into_response()
}

fn path_of(name: &str, text: &str, ending: &str) -> String {
    let mut path = format!("/ui/{name}-");
    for byte in &digest(&SHA256, text.as_bytes()).as_ref()[..6] {
        write!(path, "{byte:02x}").expect("a text takes all that is written");
    }
    format!("{path}.{ending}")
}
