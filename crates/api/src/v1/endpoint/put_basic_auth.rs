//! `PUT /app/{app}/endpoint/{endpoint}/basic-auth`: has every request carry a user name and a password.

use axum::extract::State;
use http::StatusCode;
use serde_json::json;
use wirepost_control::Control;

use super::basic_auth_shapes::BasicAuthIn;
use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::JsonBody;
use crate::openapi::Operation;
use crate::path::Named;

/// What this operation is to its callers.
pub(crate) fn operation() -> Operation {
    Operation::put(
        "/api/v1/app/{app}/endpoint/{endpoint}/basic-auth",
        "v1.endpoint.set-basic-auth",
        "Has every request carry a user name and a password",
    )
    .takes::<BasicAuthIn>(json!({"username": "wirepost", "password": "secret"}))
    .answers_nothing(StatusCode::NO_CONTENT, "It holds from the next request on")
}

pub(crate) async fn put_basic_auth(
    Auth(caller): Auth,
    Named((app, endpoint)): Named<(String, String)>,
    State(control): State<Control>,
    JsonBody(wanted): JsonBody<BasicAuthIn>,
) -> ApiResult<StatusCode> {
    let access = control.enter(caller, &app).await?;
    control.put_basic_auth(&access, &endpoint, wanted.into()).await?;
    Ok(StatusCode::NO_CONTENT)
}
