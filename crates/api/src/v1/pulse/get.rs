//! `GET /app/{app}/pulse/{pulse}`: one pulse, archived or not.

use axum::extract::State;
use http::StatusCode;
use wirepost_control::Control;

use super::shapes::PulseOut;
use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::Json;
use crate::path::Named;

pub(crate) async fn get(
    Auth(caller): Auth,
    Named((app, pulse)): Named<(String, String)>,
    State(control): State<Control>,
) -> ApiResult<Json<PulseOut>> {
    let access = control.enter(caller, &app).await?;
    let pulse = control.find_pulse(&access, &pulse).await?;
    Ok(Json(StatusCode::OK, pulse.into()))
}
