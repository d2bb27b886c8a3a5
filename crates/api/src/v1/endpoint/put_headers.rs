//! `PUT /app/{app}/endpoint/{endpoint}/headers`: replaces all headers.

use axum::extract::State;
use http::StatusCode;
use serde_json::json;
use wirepost_control::Control;

use super::shapes::HeadersIn;
use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::JsonBody;
use crate::openapi::Operation;
use crate::path::Named;

/// What this operation is to its callers.
pub(crate) fn operation() -> Operation {
    Operation::put(
        "/api/v1/app/{app}/endpoint/{endpoint}/headers",
        "v1.endpoint.set-headers",
        "Replaces all headers",
    )
    .takes::<HeadersIn>(json!({"headers": {"x-tenant": "4711"}}))
    .answers_nothing(StatusCode::NO_CONTENT, "They hold from the next request on")
}

pub(crate) async fn put_headers(
    Auth(caller): Auth,
    Named((app, endpoint)): Named<(String, String)>,
    State(control): State<Control>,
    JsonBody(wanted): JsonBody<HeadersIn>,
) -> ApiResult<StatusCode> {
    let access = control.enter(caller, &app).await?;
    control.put_endpoint_headers(&access, &endpoint, wanted.headers).await?;
    Ok(StatusCode::NO_CONTENT)
}
