//! `POST /event-type`: adds an event type; one that was archived comes back.

use axum::extract::State;
use http::StatusCode;
use serde_json::json;
use wirepost_control::Control;

use super::shapes::{EventTypeIn, EventTypeOut};
use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::{Json, JsonBody};
use crate::openapi::Operation;

/// What this operation is to its callers.
pub(crate) fn operation() -> Operation {
    let example = json!({"name": "asset.metadata.updated", "description": "Fields of an asset changed"});
    Operation::post(
        "/api/v1/event-type",
        "v1.event-type.create",
        "Adds an event type; one that was archived comes back",
    )
    .takes::<EventTypeIn>(example)
    .requires(&["name"])
    .answers::<EventTypeOut>(StatusCode::CREATED, "The event type")
    .refuses(StatusCode::CONFLICT, "There is one of this name")
}

pub(crate) async fn create(
    Auth(caller): Auth,
    State(control): State<Control>,
    JsonBody(wanted): JsonBody<EventTypeIn>,
) -> ApiResult<Json<EventTypeOut>> {
    let name = wanted.name()?;
    let event_type = control.create_event_type(caller, &name, wanted.into_changes()?).await?;
    Ok(Json(StatusCode::CREATED, event_type.into()))
}
