//! `PATCH /app/{app}/endpoint/{endpoint}/headers`: sets the headers that have a value, deletes those that are `null`.

use axum::extract::State;
use http::StatusCode;
use serde_json::json;
use wirepost_control::Control;

use super::shapes::HeadersPatch;
use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::JsonBody;
use crate::openapi::Operation;
use crate::path::Named;

/// What this operation is to its callers.
pub(crate) fn operation() -> Operation {
    let summary = "Sets the headers that have a value, deletes those that are null";
    Operation::patch("/api/v1/app/{app}/endpoint/{endpoint}/headers", "v1.endpoint.patch-headers", summary)
        .takes::<HeadersPatch>(json!({"headers": {"x-tenant": "4711", "x-old": null}}))
        .answers_nothing(StatusCode::NO_CONTENT, "They hold from the next request on")
}

pub(crate) async fn patch_headers(
    Auth(caller): Auth,
    Named((app, endpoint)): Named<(String, String)>,
    State(control): State<Control>,
    JsonBody(patch): JsonBody<HeadersPatch>,
) -> ApiResult<StatusCode> {
    let access = control.enter(caller, &app).await?;
    control.change_endpoint_headers(&access, &endpoint, patch.into()).await?;
    Ok(StatusCode::NO_CONTENT)
}
