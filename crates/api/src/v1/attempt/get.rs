//! `GET /app/{app}/msg/{message}/attempt/{attempt}`: one attempt, with what is still kept of the answer.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use wirepost_control::Control;

use super::shapes::AttemptOut;
use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::Json;
use crate::openapi::Operation;
use crate::path::Named;

/// What this operation is to its callers.
pub(crate) fn operation() -> Operation {
    let path = "/api/v1/app/{app}/msg/{message}/attempt/{attempt}";
    Operation::get(path, "v1.message-attempt.get", "One attempt, with what is still kept of the answer")
        .answers::<AttemptOut<'_>>(StatusCode::OK, "The attempt")
}

pub(crate) async fn get(
    Auth(caller): Auth,
    Named((app, message, attempt)): Named<(String, String, String)>,
    State(control): State<Control>,
) -> ApiResult<Response> {
    let access = control.enter(caller, &app).await?;
    let stored = control.find_attempt(&access, &message, &attempt).await?;
    Ok(Json(StatusCode::OK, AttemptOut::new(&stored, true, None)).into_response())
}
