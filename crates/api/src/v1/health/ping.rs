//! `GET /health/ping`: 204 as long as the process answers.

use http::StatusCode;

use crate::openapi::Operation;

/// What this operation is to its callers.
pub(crate) fn operation() -> Operation {
    Operation::get("/api/v1/health/ping", "v1.health.ping", "Whether the process answers")
        .without_token()
        .answers_nothing(StatusCode::NO_CONTENT, "It does")
}

pub(crate) async fn ping() -> StatusCode {
    StatusCode::NO_CONTENT
}
