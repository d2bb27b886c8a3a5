//! `DELETE /app/{app}/msg/{message}/content`: removes a payload at once.

use axum::extract::State;
use http::StatusCode;
use wirepost_control::Control;

use crate::auth::Auth;
use crate::error::ApiResult;
use crate::openapi::Operation;
use crate::path::Named;

/// What this operation is to its callers.
pub(crate) fn operation() -> Operation {
    let path = "/api/v1/app/{app}/msg/{message}/content";
    Operation::delete(path, "v1.message.expunge-content", "Removes a payload at once")
        .answers_nothing(StatusCode::NO_CONTENT, "It is gone")
}

pub(crate) async fn expunge_content(
    Auth(caller): Auth,
    Named((app, message)): Named<(String, String)>,
    State(control): State<Control>,
) -> ApiResult<StatusCode> {
    control.expunge_content(caller, &app, &message).await?;
    Ok(StatusCode::NO_CONTENT)
}
