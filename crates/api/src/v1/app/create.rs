//! `POST /app`: makes an app, or finds the one of the same uid when asked to.

use axum::extract::State;
use http::StatusCode;
use wirepost_control::Control;

use super::shapes::{AppIn, AppOut};
use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::{Json, JsonBody, status_of};
use crate::parameters::Parameters;

pub(crate) async fn create(
    Auth(caller): Auth,
    parameters: Parameters,
    State(control): State<Control>,
    JsonBody(app): JsonBody<AppIn>,
) -> ApiResult<Json<AppOut>> {
    if !parameters.flag("get_if_exists", false)? {
        let app = control.create_app(caller, app.into()).await?;
        return Ok(Json(StatusCode::CREATED, app.into()));
    }
    let (app, written) = control.find_or_create_app(caller, app.into()).await?;
    Ok(Json(status_of(written), app.into()))
}
