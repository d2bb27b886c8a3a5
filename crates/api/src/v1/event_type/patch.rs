//! `PATCH /event-type/{name}`: changes what is named and leaves the rest alone.

use axum::extract::State;
use http::StatusCode;
use serde_json::json;
use wirepost_control::Control;

use super::shapes::{EventTypeOut, EventTypePatch};
use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::{Json, JsonBody};
use crate::openapi::Operation;
use crate::path::Named;

/// What this operation is to its callers.
pub(crate) fn operation() -> Operation {
    let summary = "Changes what is named and leaves the rest alone";
    Operation::patch("/api/v1/event-type/{name}", "v1.event-type.patch", summary)
        .takes::<EventTypePatch>(json!({"deprecated": true}))
        .answers::<EventTypeOut>(StatusCode::OK, "The event type as it is now")
}

pub(crate) async fn patch(
    Auth(caller): Auth,
    Named(name): Named<String>,
    State(control): State<Control>,
    JsonBody(patch): JsonBody<EventTypePatch>,
) -> ApiResult<Json<EventTypeOut>> {
    let changes = patch.into_changes()?;
    let event_type = control.change_event_type(caller, &name, changes).await?;
    Ok(Json(StatusCode::OK, event_type.into()))
}
