//! `POST /app/{app}/endpoint/{endpoint}/cancel-msgs`: cancels what is pending of messages older than an instant.

use axum::extract::State;
use http::StatusCode;
use serde_json::json;
use wirepost_control::Control;

use super::recovery_shapes::CancelMessagesIn;
use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::JsonBody;
use crate::openapi::Operation;
use crate::path::Named;

/// What this operation is to its callers.
pub(crate) fn operation() -> Operation {
    let path = "/api/v1/app/{app}/endpoint/{endpoint}/cancel-msgs";
    Operation::post(
        path,
        "v1.endpoint.cancel-msgs",
        "Cancels what is pending of messages older than an instant",
    )
    .takes::<CancelMessagesIn>(json!({"createdBefore": "2026-01-31T12:00:00Z"}))
    .answers_nothing(StatusCode::NO_CONTENT, "They are canceled; what is being attempted ends")
}

pub(crate) async fn cancel_messages(
    Auth(caller): Auth,
    Named((app, endpoint)): Named<(String, String)>,
    State(control): State<Control>,
    JsonBody(wanted): JsonBody<CancelMessagesIn>,
) -> ApiResult<StatusCode> {
    let access = control.enter(caller, &app).await?;
    control.cancel_messages(&access, &endpoint, wanted.created_before).await?;
    Ok(StatusCode::NO_CONTENT)
}
