//! `PATCH /app/{app}/endpoint/{endpoint}/headers`: sets the headers that have a value, deletes those that are `null`.

use axum::extract::State;
use http::StatusCode;
use wirepost_control::Control;

use super::shapes::HeadersPatch;
use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::JsonBody;
use crate::path::Named;

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
