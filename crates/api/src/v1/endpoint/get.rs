//! `GET /app/{app}/endpoint/{endpoint}`: one endpoint, by its id or uid.

use axum::extract::State;
use http::StatusCode;
use wirepost_control::Control;

use super::shapes::EndpointOut;
use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::Json;
use crate::openapi::Operation;
use crate::path::Named;

/// What this operation is to its callers.
pub(crate) fn operation() -> Operation {
    Operation::get("/api/v1/app/{app}/endpoint/{endpoint}", "v1.endpoint.get", "One endpoint")
        .answers::<EndpointOut>(StatusCode::OK, "The endpoint")
}

pub(crate) async fn get(
    Auth(caller): Auth,
    Named((app, endpoint)): Named<(String, String)>,
    State(control): State<Control>,
) -> ApiResult<Json<EndpointOut>> {
    let access = control.enter(caller, &app).await?;
    let endpoint = control.find_endpoint(&access, &endpoint).await?;
    Ok(Json(StatusCode::OK, EndpointOut::new(endpoint, &control.settings().operator_rules)))
}
