//! `PATCH /app/{app}/pulse/{pulse}`: changes what is named and leaves the rest alone.

use axum::extract::State;
use http::StatusCode;
use wirepost_control::Control;

use super::shapes::{PulseOut, PulsePatch};
use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::{Json, JsonBody};
use crate::path::Named;

pub(crate) async fn patch(
    Auth(caller): Auth,
    Named((app, id)): Named<(String, String)>,
    State(control): State<Control>,
    JsonBody(patch): JsonBody<PulsePatch>,
) -> ApiResult<Json<PulseOut>> {
    let access = control.enter(caller, &app).await?;
    let pulse = control.change_pulse(&access, &id, patch.into()).await?;
    Ok(Json(StatusCode::OK, pulse.into()))
}
