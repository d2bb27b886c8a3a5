//! `GET /app/{app}/msg/{message}`: one message, by its id or its `eventId`.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use wirepost_control::Control;

use super::shapes::{MessageOut, payload_out};
use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::Json;
use crate::openapi::{Operation, query};
use crate::parameters::Parameters;
use crate::path::Named;

/// What this operation is to its callers.
pub(crate) fn operation() -> Operation {
    Operation::get("/api/v1/app/{app}/msg/{message}", "v1.message.get", "One message")
        .query(query::flag("with_content", true, "With the payload"))
        .answers::<MessageOut<'_>>(StatusCode::OK, "The message")
}

pub(crate) async fn get(
    Auth(caller): Auth,
    Named((app, message)): Named<(String, String)>,
    parameters: Parameters,
    State(control): State<Control>,
) -> ApiResult<Response> {
    let access = control.enter(caller, &app).await?;
    let with_content = parameters.flag("with_content", true)?;
    let stored = control.find_message(&access, &message, with_content).await?;
    let payload = payload_out(&stored.payload)?;
    Ok(Json(StatusCode::OK, MessageOut::new(&stored.message, payload)).into_response())
}
