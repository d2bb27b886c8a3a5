//! `POST /auth/app-portal-access/{app}`: a token of one app for a while, and the address that it opens.

use axum::extract::State;
use http::StatusCode;
use wirepost_control::Control;

use super::shapes::{AppPortalAccessIn, AppPortalAccessOut};
use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::{Json, JsonBody};
use crate::path::Named;

pub(crate) async fn app_portal_access(
    Auth(caller): Auth,
    Named(app): Named<String>,
    State(control): State<Control>,
    JsonBody(wanted): JsonBody<AppPortalAccessIn>,
) -> ApiResult<Json<AppPortalAccessOut>> {
    let access = control.open_portal(caller, &app, wanted.into_draft()?).await?;
    Ok(Json(StatusCode::OK, access.into()))
}
