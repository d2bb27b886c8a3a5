//! `PUT /event-type/{name}`: replaces an event type, or adds it.

use axum::extract::State;
use http::StatusCode;
use serde_json::json;
use wirepost_control::Control;

use super::shapes::{EventTypeIn, EventTypeOut};
use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::{Json, JsonBody, status_of};
use crate::openapi::Operation;
use crate::path::Named;

/// What this operation is to its callers.
pub(crate) fn operation() -> Operation {
    Operation::put("/api/v1/event-type/{name}", "v1.event-type.upsert", "Replaces an event type, or adds it")
        .takes::<EventTypeIn>(json!({"description": "Fields of an asset changed"}))
        .answers::<EventTypeOut>(StatusCode::OK, "The event type as it is now")
        .answers::<EventTypeOut>(StatusCode::CREATED, "The event type that was added")
        .refuses(StatusCode::CONFLICT, "Somebody else added it at the same moment")
}

pub(crate) async fn put(
    Auth(caller): Auth,
    Named(name): Named<String>,
    State(control): State<Control>,
    JsonBody(wanted): JsonBody<EventTypeIn>,
) -> ApiResult<Json<EventTypeOut>> {
    wanted.must_be(&name)?;
    let changes = wanted.into_changes()?;
    let (event_type, written) = control.put_event_type(caller, &name, changes).await?;
    Ok(Json(status_of(written), event_type.into()))
}
