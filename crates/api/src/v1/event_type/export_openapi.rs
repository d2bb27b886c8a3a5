//! `GET /event-type/export/openapi`: the catalogue as an OpenAPI 3.1 document, its `webhooks` being the event types.

use axum::extract::State;
use http::StatusCode;
use serde_json::{Map, Value};
use wirepost_control::Control;

use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::Json;
use crate::openapi::Operation;

/// What this operation is to its callers.
pub(crate) fn operation() -> Operation {
    Operation::get(
        "/api/v1/event-type/export/openapi",
        "v1.event-type.export-openapi",
        "The catalogue as an OpenAPI 3.1 document, its webhooks being the event types",
    )
    .answers::<Map<String, Value>>(StatusCode::OK, "The document")
}

pub(crate) async fn export_openapi(
    Auth(caller): Auth,
    State(control): State<Control>,
) -> ApiResult<Json<Value>> {
    Ok(Json(StatusCode::OK, control.export_catalogue(caller).await?))
}
