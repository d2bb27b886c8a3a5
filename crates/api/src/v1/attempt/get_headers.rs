//! `GET /app/{app}/msg/{message}/attempt/{attempt}/headers`: what one attempt carried, and what came back.

use axum::extract::State;
use http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;
use wirepost_control::Control;
use wirepost_control::attempt_headers::AttemptHeaders;

use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::Json;
use crate::openapi::Operation;
use crate::path::Named;

/// The headers of an attempt as we show them.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AttemptHeadersOut {
    sent_headers: BTreeMap<String, String>,
    /// `null` without an answer.
    response_headers: Option<Vec<(String, String)>>,
    /// Names of what was sent and is not shown.
    sensitive: Vec<String>,
}

/// What this operation is to its callers.
pub(crate) fn operation() -> Operation {
    let path = "/api/v1/app/{app}/msg/{message}/attempt/{attempt}/headers";
    Operation::get(path, "v1.message-attempt.get-headers", "What one attempt carried, and what came back")
        .answers::<AttemptHeadersOut>(StatusCode::OK, "The headers")
}

pub(crate) async fn get_headers(
    Auth(caller): Auth,
    Named((app, message, attempt)): Named<(String, String, String)>,
    State(control): State<Control>,
) -> ApiResult<Json<AttemptHeadersOut>> {
    let access = control.enter(caller, &app).await?;
    let headers = control.attempt_headers(&access, &message, &attempt).await?;
    Ok(Json(StatusCode::OK, headers.into()))
}

impl From<AttemptHeaders> for AttemptHeadersOut {
    fn from(headers: AttemptHeaders) -> Self {
        Self { sent_headers: headers.sent, response_headers: headers.received, sensitive: headers.sensitive }
    }
}
