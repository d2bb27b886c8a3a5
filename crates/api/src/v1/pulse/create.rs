//! `POST /app/{app}/pulse`: makes a pulse.

use axum::extract::State;
use http::StatusCode;
use wirepost_control::Control;

use super::shapes::{PulseIn, PulseOut};
use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::{Json, JsonBody};
use crate::path::Named;

pub(crate) async fn create(
    Auth(caller): Auth,
    Named(app): Named<String>,
    State(control): State<Control>,
    JsonBody(pulse): JsonBody<PulseIn>,
) -> ApiResult<Json<PulseOut>> {
    let access = control.enter(caller, &app).await?;
    let pulse = control.create_pulse(&access, pulse.into()).await?;
    Ok(Json(StatusCode::CREATED, pulse.into()))
}
