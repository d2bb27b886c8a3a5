//! `PATCH /app/{app}`: changes what is named and leaves the rest alone.

use axum::extract::State;
use http::StatusCode;
use serde_json::json;
use wirepost_control::Control;

use super::shapes::{AppOut, AppPatch};
use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::{Json, JsonBody};
use crate::openapi::Operation;
use crate::path::Named;

/// What this operation is to its callers.
pub(crate) fn operation() -> Operation {
    Operation::patch(
        "/api/v1/app/{app}",
        "v1.application.patch",
        "Changes what is named and leaves the rest alone",
    )
    .takes::<AppPatch>(json!({"name": "Another name"}))
    .answers::<AppOut>(StatusCode::OK, "The app as it is now")
    .refuses(StatusCode::CONFLICT, "Another app has this uid")
}

pub(crate) async fn patch(
    Auth(caller): Auth,
    Named(app): Named<String>,
    State(control): State<Control>,
    JsonBody(patch): JsonBody<AppPatch>,
) -> ApiResult<Json<AppOut>> {
    let app = control.change_app(caller, &app, patch.into()).await?;
    Ok(Json(StatusCode::OK, app.into()))
}
