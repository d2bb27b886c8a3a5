//! `GET /app/{app}/endpoint/{endpoint}/secret`: what receivers verify with.

use axum::extract::State;
use http::StatusCode;
use wirepost_control::Control;

use super::shapes::SecretOut;
use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::Json;
use crate::openapi::Operation;
use crate::path::Named;

/// What this operation is to its callers.
pub(crate) fn operation() -> Operation {
    Operation::get(
        "/api/v1/app/{app}/endpoint/{endpoint}/secret",
        "v1.endpoint.get-secret",
        "What receivers verify with",
    )
    .answers::<SecretOut>(StatusCode::OK, "The key")
}

pub(crate) async fn get_secret(
    Auth(caller): Auth,
    Named((app, endpoint)): Named<(String, String)>,
    State(control): State<Control>,
) -> ApiResult<Json<SecretOut>> {
    let access = control.enter(caller, &app).await?;
    let key = control.verification_key(&access, &endpoint).await?;
    Ok(Json(StatusCode::OK, SecretOut { key }))
}
