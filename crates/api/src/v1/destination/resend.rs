//! `POST /app/{app}/msg/{message}/endpoint/{endpoint}/resend`: one attempt now.

use axum::extract::State;
use http::StatusCode;
use wirepost_control::Control;

use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::{Json, Nothing};
use crate::openapi::Operation;
use crate::path::Named;

/// What this operation is to its callers.
pub(crate) fn operation() -> Operation {
    let path = "/api/v1/app/{app}/msg/{message}/endpoint/{endpoint}/resend";
    Operation::post(path, "v1.message-attempt.resend", "One attempt now, outside schedule and filters")
        .answers::<Nothing>(StatusCode::ACCEPTED, "It will be attempted")
        .refuses(StatusCode::BAD_REQUEST, "The payload is no longer kept")
        .refuses(StatusCode::CONFLICT, "The endpoint is disabled")
}

pub(crate) async fn resend(
    Auth(caller): Auth,
    Named((app, message, endpoint)): Named<(String, String, String)>,
    State(control): State<Control>,
) -> ApiResult<Json<Nothing>> {
    let access = control.enter(caller, &app).await?;
    control.resend_message(&access, &message, &endpoint).await?;
    Ok(Json(StatusCode::ACCEPTED, Nothing {}))
}
