//! `GET /app/{app}`: one app, by its id or uid.

use axum::extract::State;
use http::StatusCode;
use wirepost_control::Control;

use super::shapes::AppOut;
use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::Json;
use crate::openapi::Operation;
use crate::path::Named;

/// What this operation is to its callers.
pub(crate) fn operation() -> Operation {
    Operation::get("/api/v1/app/{app}", "v1.application.get", "One app")
        .answers::<AppOut>(StatusCode::OK, "The app")
}

pub(crate) async fn get(
    Auth(caller): Auth,
    Named(app): Named<String>,
    State(control): State<Control>,
) -> ApiResult<Json<AppOut>> {
    let app = control.find_app(caller, &app).await?;
    Ok(Json(StatusCode::OK, app.into()))
}
