//! `GET /event-type/{name}`: one event type.

use axum::extract::State;
use http::StatusCode;
use wirepost_control::Control;

use super::shapes::EventTypeOut;
use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::Json;
use crate::path::Named;

pub(crate) async fn get(
    _: Auth,
    Named(name): Named<String>,
    State(control): State<Control>,
) -> ApiResult<Json<EventTypeOut>> {
    let event_type = control.find_event_type(&name).await?;
    Ok(Json(StatusCode::OK, event_type.into()))
}
