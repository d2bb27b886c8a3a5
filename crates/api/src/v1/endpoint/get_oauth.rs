//! `GET /app/{app}/endpoint/{endpoint}/oauth`: where tokens come from, without the secret.

use axum::extract::State;
use http::StatusCode;
use wirepost_control::Control;

use super::oauth_shapes::OauthOut;
use crate::auth::Auth;
use crate::error::{ApiError, ApiResult};
use crate::json::Json;
use crate::openapi::Operation;
use crate::path::Named;

/// What this operation is to its callers.
pub(crate) fn operation() -> Operation {
    Operation::get(
        "/api/v1/app/{app}/endpoint/{endpoint}/oauth",
        "v1.endpoint.get-oauth",
        "Where tokens come from, without the secret",
    )
    .answers::<OauthOut>(StatusCode::OK, "The configuration")
}

pub(crate) async fn get_oauth(
    Auth(caller): Auth,
    Named((app, endpoint)): Named<(String, String)>,
    State(control): State<Control>,
) -> ApiResult<Json<OauthOut>> {
    let access = control.enter(caller, &app).await?;
    let found = control.find_oauth(&access, &endpoint).await?;
    let found = found.ok_or_else(ApiError::not_found)?;
    Ok(Json(StatusCode::OK, found.into()))
}
