//! `PUT /app/{app}/endpoint/{endpoint}/headers`: replaces all headers.

use axum::extract::State;
use http::StatusCode;
use wirepost_control::Control;

use super::shapes::HeadersIn;
use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::JsonBody;
use crate::path::Named;

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
