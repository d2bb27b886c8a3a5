//! `DELETE /app/{app}/endpoint/{endpoint}/oauth`: has requests carry no token any more.

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
        "/api/v1/app/{app}/endpoint/{endpoint}/oauth",
        "v1.endpoint.delete-oauth-config",
        "Has requests carry no token any more",
    )
    .answers_nothing(StatusCode::NO_CONTENT, "It holds from the next request on")
}

pub(crate) async fn delete_oauth(
    Auth(caller): Auth,
    Named((app, endpoint)): Named<(String, String)>,
    State(control): State<Control>,
) -> ApiResult<StatusCode> {
    let access = control.enter(caller, &app).await?;
    control.delete_oauth(&access, &endpoint).await?;
    Ok(StatusCode::NO_CONTENT)
}
