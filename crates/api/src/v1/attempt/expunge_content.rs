//! `DELETE /app/{app}/msg/{message}/attempt/{attempt}/content`: removes an answer at once.

use axum::extract::State;
use http::StatusCode;
use wirepost_control::Control;

use crate::auth::Auth;
use crate::error::ApiResult;
use crate::openapi::Operation;
use crate::path::Named;

/// What this operation is to its callers.
pub(crate) fn operation() -> Operation {
    let path = "/api/v1/app/{app}/msg/{message}/attempt/{attempt}/content";
    Operation::delete(path, "v1.message-attempt.expunge-content", "Removes an answer at once")
        .answers_nothing(StatusCode::NO_CONTENT, "It is gone")
}

pub(crate) async fn expunge_content(
    Auth(caller): Auth,
    Named((app, message, attempt)): Named<(String, String, String)>,
    State(control): State<Control>,
) -> ApiResult<StatusCode> {
    control.expunge_attempt_content(caller, &app, &message, &attempt).await?;
    Ok(StatusCode::NO_CONTENT)
}
