//! `PUT /app/{app}/endpoint/{endpoint}`: replaces an endpoint, or makes it under the uid in the path.

use axum::extract::State;
use http::StatusCode;
use serde_json::json;
use wirepost_control::Control;

use super::shapes::{EndpointIn, EndpointOut};
use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::{Json, JsonBody, status_of};
use crate::openapi::Operation;
use crate::path::Named;

/// What this operation is to its callers.
pub(crate) fn operation() -> Operation {
    let summary = "Replaces an endpoint, or makes it under the uid in the path";
    Operation::put("/api/v1/app/{app}/endpoint/{endpoint}", "v1.endpoint.upsert", summary)
        .takes::<EndpointIn>(
            json!({"url": "https://example.com/webhooks", "eventTypes": ["asset.metadata.updated"]}),
        )
        .answers::<EndpointOut>(StatusCode::OK, "The endpoint as it is now")
        .answers::<EndpointOut>(StatusCode::CREATED, "The endpoint that was made")
        .refuses(StatusCode::CONFLICT, "Another endpoint of the app has this uid")
}

pub(crate) async fn put(
    Auth(caller): Auth,
    Named((app, id_or_uid)): Named<(String, String)>,
    State(control): State<Control>,
    JsonBody(endpoint): JsonBody<EndpointIn>,
) -> ApiResult<Json<EndpointOut>> {
    let access = control.enter(caller, &app).await?;
    let (endpoint, written) = control.put_endpoint(&access, &id_or_uid, endpoint.into_draft()?).await?;
    Ok(Json(status_of(written), EndpointOut::new(endpoint, &control.settings().operator_rules)))
}
