//! `POST /event-type`: adds an event type; one that was archived comes back.

use axum::extract::State;
use http::StatusCode;
use wirepost_control::Control;

use super::shapes::{EventTypeIn, EventTypeOut};
use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::{Json, JsonBody};

pub(crate) async fn create(
    Auth(caller): Auth,
    State(control): State<Control>,
    JsonBody(wanted): JsonBody<EventTypeIn>,
) -> ApiResult<Json<EventTypeOut>> {
    let name = wanted.name()?;
    let event_type = control.create_event_type(caller, &name, wanted.into_changes()?).await?;
    Ok(Json(StatusCode::CREATED, event_type.into()))
}
