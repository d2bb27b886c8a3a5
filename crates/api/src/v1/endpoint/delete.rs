//! `DELETE /app/{app}/endpoint/{endpoint}`: deletes an endpoint and frees its uid.

use axum::extract::State;
use http::StatusCode;
use wirepost_control::Control;

use crate::auth::Auth;
use crate::error::ApiResult;
use crate::path::Named;

pub(crate) async fn delete(
    Auth(caller): Auth,
    Named((app, endpoint)): Named<(String, String)>,
    State(control): State<Control>,
) -> ApiResult<StatusCode> {
    let access = control.enter(caller, &app).await?;
    control.delete_endpoint(&access, &endpoint).await?;
    Ok(StatusCode::NO_CONTENT)
}
