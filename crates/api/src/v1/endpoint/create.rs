//! `POST /app/{app}/endpoint`: makes an endpoint.

use axum::extract::State;
use http::StatusCode;
use serde_json::json;
use wirepost_control::Control;

use super::shapes::{EndpointIn, EndpointOut};
use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::{Json, JsonBody};
use crate::openapi::Operation;
use crate::path::Named;

/// What this operation is to its callers.
pub(crate) fn operation() -> Operation {
    Operation::post("/api/v1/app/{app}/endpoint", "v1.endpoint.create", "Makes an endpoint")
        .takes::<EndpointIn>(
            json!({"url": "https://example.com/webhooks", "eventTypes": ["asset.metadata.updated"]}),
        )
        .answers::<EndpointOut>(StatusCode::CREATED, "The endpoint that was made")
        .refuses(StatusCode::CONFLICT, "Another endpoint of the app has this uid")
}

pub(crate) async fn create(
    Auth(caller): Auth,
    Named(app): Named<String>,
    State(control): State<Control>,
    JsonBody(endpoint): JsonBody<EndpointIn>,
) -> ApiResult<Json<EndpointOut>> {
    let access = control.enter(caller, &app).await?;
    let endpoint = control.create_endpoint(&access, endpoint.into_draft()?).await?;
    Ok(Json(StatusCode::CREATED, EndpointOut::new(endpoint, &control.settings().operator_rules)))
}
