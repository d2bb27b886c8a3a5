//! `POST /app/{app}/endpoint/{endpoint}/secret/rotate`: another secret; the old one signs beside it for a while.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use wirepost_control::Control;
use wirepost_control::secrets::Rotation;
use wirepost_model::capability::Capability;

use super::shapes::SecretOut;
use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::{Json, JsonBody};
use crate::openapi::Operation;
use crate::path::Named;

/// A rotation as it is sent to us.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RotationIn {
    /// The secret to come; one is made where none is given.
    key: Option<String>,
    /// How long the old one goes on signing, by default a day.
    #[schemars(range(max = 604_800))]
    grace_period_seconds: Option<u64>,
}

/// What this operation is to its callers.
pub(crate) fn operation() -> Operation {
    let summary = "Another secret; the old one signs beside it for a while";
    Operation::post(
        "/api/v1/app/{app}/endpoint/{endpoint}/secret/rotate",
        "v1.endpoint.rotate-secret",
        summary,
    )
    .takes::<RotationIn>(json!({"gracePeriodSeconds": 86400}))
    .answers::<SecretOut>(StatusCode::OK, "The key that receivers verify with from now on")
    .answers_nothing(StatusCode::NO_CONTENT, "It was rotated, and the token may not see the key")
}

pub(crate) async fn rotate_secret(
    Auth(caller): Auth,
    Named((app, endpoint)): Named<(String, String)>,
    State(control): State<Control>,
    JsonBody(wanted): JsonBody<RotationIn>,
) -> ApiResult<Response> {
    let access = control.enter(caller, &app).await?;
    let rotation = Rotation { secret: wanted.key, grace_seconds: wanted.grace_period_seconds };
    control.rotate_secret(&access, &endpoint, rotation).await?;
    if !access.may(Capability::ViewEndpointSecret) {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    // Some published clients expect nothing here and read nothing; the newest ones wait for the key.
    let key = control.verification_key(&access, &endpoint).await?;
    Ok(Json(StatusCode::OK, SecretOut { key }).into_response())
}
