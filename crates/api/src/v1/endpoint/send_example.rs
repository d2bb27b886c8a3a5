//! `POST /app/{app}/endpoint/{endpoint}/send-example`: an event type's example, for this endpoint alone.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Deserialize;
use wirepost_control::Control;
use wirepost_model::message::Payload;

use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::{Json, JsonBody};
use crate::path::Named;
use crate::v1::message::shapes::{MessageOut, payload_out};

/// An example as it is asked for.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExampleIn {
    event_type: String,
}

pub(crate) async fn send_example(
    Auth(caller): Auth,
    Named((app, endpoint)): Named<(String, String)>,
    State(control): State<Control>,
    JsonBody(wanted): JsonBody<ExampleIn>,
) -> ApiResult<Response> {
    let access = control.enter(caller, &app).await?;
    let (message, payload) = control.send_example(&access, &endpoint, &wanted.event_type).await?;
    let payload = Payload::Present(payload);
    let shown = MessageOut::new(&message, payload_out(&payload)?);
    Ok(Json(StatusCode::OK, shown).into_response())
}
