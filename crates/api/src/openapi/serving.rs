//! Where the description of the API is read: the document for programs, a page for people. Both are for everyone.

use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, header};

use super::{DOCUMENT, PAGE};
use crate::settings::ApiState;

const STYLE: &str = include_str!("style.css");
/// The page loads its own stylesheet and nothing else, runs nothing, and stands in no frame.
const PAGE_POLICY: &str =
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The routes of the description.
pub(crate) fn router() -> Router<ApiState> {
    Router::new()
        .route("/api/v1/openapi.json", get(document))
        .route("/docs", get(page))
        .route("/docs/style.css", get(style))
}

async fn document() -> Response {
    answer("application/json", DOCUMENT.clone())
}

async fn page() -> Response {
    let mut response = answer("text/html; charset=utf-8", PAGE.clone());
    let policy = HeaderValue::from_static(PAGE_POLICY);
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}

async fn style() -> Response {
    answer("text/css; charset=utf-8", Bytes::from_static(STYLE.as_bytes()))
}

fn answer(kind: &'static str, body: Bytes) -> Response {
    const HEADERS: [(HeaderName, &str); 3] = [
        (header::CACHE_CONTROL, "no-cache"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
