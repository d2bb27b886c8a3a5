//! `PATCH /app/{app}/endpoint/{endpoint}`: changes what is named and leaves the rest alone.

use axum::extract::State;
use http::StatusCode;
use wirepost_control::Control;

use super::shapes::{EndpointOut, EndpointPatch};
use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::{Json, JsonBody};
use crate::path::Named;

pub(crate) async fn patch(
    Auth(caller): Auth,
    Named((app, endpoint)): Named<(String, String)>,
    State(control): State<Control>,
    JsonBody(patch): JsonBody<EndpointPatch>,
) -> ApiResult<Json<EndpointOut>> {
    let access = control.enter(caller, &app).await?;
    let endpoint = control.change_endpoint(&access, &endpoint, patch.into()).await?;
    Ok(Json(StatusCode::OK, endpoint.into()))
}
