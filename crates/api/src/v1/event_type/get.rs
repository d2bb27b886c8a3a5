//! `GET /event-type/{name}`: one event type.

use axum::extract::State;
use http::StatusCode;
use wirepost_control::Control;

use super::shapes::EventTypeOut;
use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::Json;
use crate::openapi::Operation;
use crate::path::Named;

/// What this operation is to its callers.
pub(crate) fn operation() -> Operation {
    Operation::get("/api/v1/event-type/{name}", "v1.event-type.get", "One event type")
        .answers::<EventTypeOut>(StatusCode::OK, "The event type")
}

pub(crate) async fn get(
    Auth(caller): Auth,
    Named(name): Named<String>,
    State(control): State<Control>,
) -> ApiResult<Json<EventTypeOut>> {
    let event_type = control.find_event_type(caller, &name).await?;
    Ok(Json(StatusCode::OK, event_type.into()))
}
