//! `GET /app/{app}/endpoint/{endpoint}/basic-auth`: whether requests carry a user name and a password.

use axum::extract::State;
use http::StatusCode;
use wirepost_control::Control;

use super::basic_auth_shapes::BasicAuthOut;
use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::Json;
use crate::openapi::Operation;
use crate::path::Named;

/// What this operation is to its callers.
pub(crate) fn operation() -> Operation {
    Operation::get(
        "/api/v1/app/{app}/endpoint/{endpoint}/basic-auth",
        "v1.endpoint.get-basic-auth",
        "Whether requests carry a user name and a password",
    )
    .answers::<BasicAuthOut>(StatusCode::OK, "Whether they do, and no more")
}

pub(crate) async fn get_basic_auth(
    Auth(caller): Auth,
    Named((app, endpoint)): Named<(String, String)>,
    State(control): State<Control>,
) -> ApiResult<Json<BasicAuthOut>> {
    let access = control.enter(caller, &app).await?;
    let enabled = control.has_basic_auth(&access, &endpoint).await?;
    Ok(Json(StatusCode::OK, BasicAuthOut { enabled }))
}
