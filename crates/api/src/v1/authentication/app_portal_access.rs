//! `POST /auth/app-portal-access/{app}`: a token of one app for a while, and the address that it opens.

use axum::extract::State;
use http::StatusCode;
use serde_json::json;
use wirepost_control::Control;

use super::shapes::{AppPortalAccessIn, AppPortalAccessOut};
use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::{Json, JsonBody};
use crate::openapi::Operation;
use crate::path::Named;

/// What this operation is to its callers.
pub(crate) fn operation() -> Operation {
    let path = "/api/v1/auth/app-portal-access/{app}";
    Operation::post(
        path,
        "v1.authentication.app-portal-access",
        "A token of one app for a while, and where it opens",
    )
    .takes::<AppPortalAccessIn>(json!({"expiry": 3600}))
    .answers::<AppPortalAccessOut>(StatusCode::OK, "The token, and the address that it opens")
}

pub(crate) async fn app_portal_access(
    Auth(caller): Auth,
    Named(app): Named<String>,
    State(control): State<Control>,
    JsonBody(wanted): JsonBody<AppPortalAccessIn>,
) -> ApiResult<Json<AppPortalAccessOut>> {
    let access = control.open_portal(caller, &app, wanted.into_draft()?).await?;
    Ok(Json(StatusCode::OK, access.into()))
}
