//! `GET /app/{app}`: one app, by its id or uid.

use axum::extract::State;
use http::StatusCode;
use wirepost_control::Control;

use super::shapes::AppOut;
use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::Json;
use crate::path::Named;

pub(crate) async fn get(
    Auth(caller): Auth,
    Named(app): Named<String>,
    State(control): State<Control>,
) -> ApiResult<Json<AppOut>> {
    let app = control.find_app(caller, &app).await?;
    Ok(Json(StatusCode::OK, app.into()))
}
