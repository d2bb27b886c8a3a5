//! `POST /app/{app}/pulse/{pulse}/raise`: raises a pulse. 202 means that its message is kept and will be attempted,
//! and that the log says who raised it.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::json;
use wirepost_control::Control;
use wirepost_model::message::Payload;

use super::shapes::{RaiseIn, RaisedOut};
use crate::auth::Auth;
use crate::body::RawBody;
use crate::error::ApiResult;
use crate::json::{Json, read_json};
use crate::openapi::Operation;
use crate::path::Named;
use crate::v1::message::shapes::{MessageOut, payload_out};

/// What this operation is to its callers.
pub(crate) fn operation() -> Operation {
    let example = json!({
        "objects": [{"id": "4711", "type": "asset"}], "user": {"id": "u1", "firstName": "Ada"},
    });
    Operation::post("/api/v1/app/{app}/pulse/{pulse}/raise", "v1.pulse.raise", "Raises a pulse")
        .takes::<RaiseIn<'_>>(example)
        .answers::<RaisedOut<'_>>(StatusCode::ACCEPTED, "It is in the log, and its message will be attempted")
        .refuses(StatusCode::CONFLICT, "The pulse is archived")
}

pub(crate) async fn raise(
    Auth(caller): Auth,
    Named((app, pulse)): Named<(String, String)>,
    State(control): State<Control>,
    RawBody(body): RawBody,
) -> ApiResult<Response> {
    let wanted: RaiseIn<'_> = read_json(&body)?;
    let raised = control.raise_pulse(caller, &app, &pulse, wanted.into()).await?;
    let payload = Payload::Present(raised.payload);
    let message = MessageOut::new(&raised.accepted.message, payload_out(&payload)?);
    let message = message.with_warnings(&raised.accepted.faults);
    Ok(Json(StatusCode::ACCEPTED, RaisedOut::new(raised.raise, message)).into_response())
}
