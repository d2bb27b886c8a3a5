//! `GET /health/ping`: 204 as long as the process answers.

use http::StatusCode;

pub(crate) async fn ping() -> StatusCode {
    StatusCode::NO_CONTENT
}
