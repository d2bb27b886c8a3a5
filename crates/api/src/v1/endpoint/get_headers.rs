//! `GET /app/{app}/endpoint/{endpoint}/headers`: the headers of every request, credentials by name only.

use axum::extract::State;
use http::StatusCode;
use wirepost_control::Control;

use super::shapes::HeadersOut;
use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::Json;
use crate::openapi::Operation;
use crate::path::Named;

/// What this operation is to its callers.
pub(crate) fn operation() -> Operation {
    let summary = "The headers of every request, credentials by name only";
    Operation::get("/api/v1/app/{app}/endpoint/{endpoint}/headers", "v1.endpoint.get-headers", summary)
        .answers::<HeadersOut>(StatusCode::OK, "The headers")
}

pub(crate) async fn get_headers(
    Auth(caller): Auth,
    Named((app, endpoint)): Named<(String, String)>,
    State(control): State<Control>,
) -> ApiResult<Json<HeadersOut>> {
    let access = control.enter(caller, &app).await?;
    let shown = control.endpoint_headers(&access, &endpoint).await?;
    let headers = HeadersOut { headers: shown.headers, sensitive: shown.sensitive };
    Ok(Json(StatusCode::OK, headers))
}
