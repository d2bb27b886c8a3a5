//! `PATCH /app/{app}`: changes what is named and leaves the rest alone.

use axum::extract::State;
use http::StatusCode;
use wirepost_control::Control;

use super::shapes::{AppOut, AppPatch};
use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::{Json, JsonBody};
use crate::path::Named;

pub(crate) async fn patch(
    Auth(caller): Auth,
    Named(app): Named<String>,
    State(control): State<Control>,
    JsonBody(patch): JsonBody<AppPatch>,
) -> ApiResult<Json<AppOut>> {
    let app = control.change_app(caller, &app, patch.into()).await?;
    Ok(Json(StatusCode::OK, app.into()))
}
