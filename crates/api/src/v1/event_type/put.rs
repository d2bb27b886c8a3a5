//! `PUT /event-type/{name}`: replaces an event type, or adds it.

use axum::extract::State;
use wirepost_control::Control;

use super::shapes::{EventTypeIn, EventTypeOut};
use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::{Json, JsonBody, status_of};
use crate::path::Named;

pub(crate) async fn put(
    Auth(caller): Auth,
    Named(name): Named<String>,
    State(control): State<Control>,
    JsonBody(wanted): JsonBody<EventTypeIn>,
) -> ApiResult<Json<EventTypeOut>> {
    let changes = wanted.into_changes()?;
    let (event_type, written) = control.put_event_type(caller, &name, changes).await?;
    Ok(Json(status_of(written), event_type.into()))
}
