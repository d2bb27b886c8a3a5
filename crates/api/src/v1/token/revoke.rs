//! `DELETE /admin/token/{token}`: puts an end to a token, at once.

use axum::extract::State;
use http::StatusCode;
use wirepost_control::Control;

use crate::auth::Auth;
use crate::error::ApiResult;
use crate::openapi::Operation;
use crate::path::Named;

/// What this operation is to its callers.
pub(crate) fn operation() -> Operation {
    Operation::delete(
        "/api/v1/admin/token/{token}",
        "v1.admin.token.revoke",
        "Puts an end to a token, at once",
    )
    .answers_nothing(StatusCode::NO_CONTENT, "It is no longer good")
}

pub(crate) async fn revoke(
    Auth(caller): Auth,
    Named(token): Named<String>,
    State(control): State<Control>,
) -> ApiResult<StatusCode> {
    control.revoke_token(caller, &token).await?;
    Ok(StatusCode::NO_CONTENT)
}
