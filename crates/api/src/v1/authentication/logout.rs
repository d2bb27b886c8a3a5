//! `POST /auth/logout`: puts an end to the token that asks for it.

use axum::extract::State;
use http::StatusCode;
use wirepost_control::Control;

use crate::auth::Auth;
use crate::error::ApiResult;
use crate::openapi::Operation;

/// What this operation is to its callers.
pub(crate) fn operation() -> Operation {
    Operation::post(
        "/api/v1/auth/logout",
        "v1.authentication.logout",
        "Puts an end to the token that asks for it",
    )
    .answers_nothing(StatusCode::NO_CONTENT, "It is no longer good")
}

pub(crate) async fn logout(Auth(caller): Auth, State(control): State<Control>) -> ApiResult<StatusCode> {
    control.log_out(caller).await?;
    Ok(StatusCode::NO_CONTENT)
}
