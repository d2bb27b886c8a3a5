//! `PATCH /app/{app}/endpoint/{endpoint}`: changes what is named and leaves the rest alone.

use axum::extract::State;
use http::StatusCode;
use serde_json::json;
use wirepost_control::Control;

use super::shapes::{EndpointOut, EndpointPatch};
use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::{Json, JsonBody};
use crate::openapi::Operation;
use crate::path::Named;

/// What this operation is to its callers.
pub(crate) fn operation() -> Operation {
    let summary = "Changes what is named and leaves the rest alone";
    Operation::patch("/api/v1/app/{app}/endpoint/{endpoint}", "v1.endpoint.patch", summary)
        .takes::<EndpointPatch>(json!({"disabled": true}))
        .answers::<EndpointOut>(StatusCode::OK, "The endpoint as it is now")
        .refuses(StatusCode::CONFLICT, "Another endpoint of the app has this uid")
}

pub(crate) async fn patch(
    Auth(caller): Auth,
    Named((app, endpoint)): Named<(String, String)>,
    State(control): State<Control>,
    JsonBody(patch): JsonBody<EndpointPatch>,
) -> ApiResult<Json<EndpointOut>> {
    let access = control.enter(caller, &app).await?;
    let endpoint = control.change_endpoint(&access, &endpoint, patch.into_changes()?).await?;
    Ok(Json(StatusCode::OK, EndpointOut::new(endpoint, &control.settings().operator_rules)))
}
