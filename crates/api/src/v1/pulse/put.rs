//! `PUT /app/{app}/pulse/{pulse}`: replaces a pulse.

use axum::extract::State;
use http::StatusCode;
use wirepost_control::Control;

use super::shapes::{PulseIn, PulseOut};
use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::{Json, JsonBody};
use crate::path::Named;

pub(crate) async fn put(
    Auth(caller): Auth,
    Named((app, id)): Named<(String, String)>,
    State(control): State<Control>,
    JsonBody(pulse): JsonBody<PulseIn>,
) -> ApiResult<Json<PulseOut>> {
    let access = control.enter(caller, &app).await?;
    let pulse = control.change_pulse(&access, &id, pulse.into()).await?;
    Ok(Json(StatusCode::OK, pulse.into()))
}
