//! `PUT /app/{app}/endpoint/{endpoint}`: replaces an endpoint, or makes it under the uid in the path.

use axum::extract::State;
use wirepost_control::Control;

use super::shapes::{EndpointIn, EndpointOut};
use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::{Json, JsonBody, status_of};
use crate::path::Named;

pub(crate) async fn put(
    Auth(caller): Auth,
    Named((app, id_or_uid)): Named<(String, String)>,
    State(control): State<Control>,
    JsonBody(endpoint): JsonBody<EndpointIn>,
) -> ApiResult<Json<EndpointOut>> {
    let access = control.enter(caller, &app).await?;
    let (endpoint, written) = control.put_endpoint(&access, &id_or_uid, endpoint.into()).await?;
    Ok(Json(status_of(written), endpoint.into()))
}
