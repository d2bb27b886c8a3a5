//! `POST /app/{app}/endpoint`: makes an endpoint.

use axum::extract::State;
use http::StatusCode;
use wirepost_control::Control;

use super::shapes::{EndpointIn, EndpointOut};
use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::{Json, JsonBody};
use crate::path::Named;

pub(crate) async fn create(
    Auth(caller): Auth,
    Named(app): Named<String>,
    State(control): State<Control>,
    JsonBody(endpoint): JsonBody<EndpointIn>,
) -> ApiResult<Json<EndpointOut>> {
    let access = control.enter(caller, &app).await?;
    let endpoint = control.create_endpoint(&access, endpoint.into()).await?;
    Ok(Json(StatusCode::CREATED, endpoint.into()))
}
