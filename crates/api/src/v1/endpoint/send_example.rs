//! `POST /app/{app}/endpoint/{endpoint}/send-example`: an event type's example, for this endpoint alone.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use wirepost_control::Control;
use wirepost_model::message::Payload;

use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::{Json, JsonBody};
use crate::openapi::Operation;
use crate::path::Named;
use crate::v1::message::shapes::{MessageOut, payload_out};

/// An example as it is asked for.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExampleIn {
    /// Whose example.
    event_type: String,
    #[serde(default)]
    example_index: usize,
}

/// What this operation is to its callers.
pub(crate) fn operation() -> Operation {
    let summary = "Sends an event type's example to this endpoint alone";
    Operation::post("/api/v1/app/{app}/endpoint/{endpoint}/send-example", "v1.endpoint.send-example", summary)
        .takes::<ExampleIn>(json!({"eventType": "asset.metadata.updated"}))
        .answers::<MessageOut<'_>>(StatusCode::OK, "The message that carries it")
        .refuses(StatusCode::CONFLICT, "The endpoint is disabled")
}

pub(crate) async fn send_example(
    Auth(caller): Auth,
    Named((app, endpoint)): Named<(String, String)>,
    State(control): State<Control>,
    JsonBody(wanted): JsonBody<ExampleIn>,
) -> ApiResult<Response> {
    let access = control.enter(caller, &app).await?;
    let (name, number) = (&wanted.event_type, wanted.example_index);
    let (message, payload) = control.send_example(&access, &endpoint, name, number).await?;
    let payload = Payload::Present(payload);
    let shown = MessageOut::new(&message, payload_out(&payload)?);
    Ok(Json(StatusCode::OK, shown).into_response())
}
