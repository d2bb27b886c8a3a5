//! `DELETE /app/{app}/endpoint/{endpoint}`: deletes an endpoint and frees its uid.

use axum::extract::State;
use http::StatusCode;
use wirepost_control::Control;

use crate::auth::Auth;
use crate::error::ApiResult;
use crate::openapi::Operation;
use crate::path::Named;

/// What this operation is to its callers.
pub(crate) fn operation() -> Operation {
    Operation::delete(
        "/api/v1/app/{app}/endpoint/{endpoint}",
        "v1.endpoint.delete",
        "Deletes an endpoint and frees its uid",
    )
    .answers_nothing(StatusCode::NO_CONTENT, "It is gone")
}

pub(crate) async fn delete(
    Auth(caller): Auth,
    Named((app, endpoint)): Named<(String, String)>,
    State(control): State<Control>,
) -> ApiResult<StatusCode> {
    let access = control.enter(caller, &app).await?;
    control.delete_endpoint(&access, &endpoint).await?;
    Ok(StatusCode::NO_CONTENT)
}
