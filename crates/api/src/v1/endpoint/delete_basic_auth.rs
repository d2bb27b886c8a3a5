//! `DELETE /app/{app}/endpoint/{endpoint}/basic-auth`: has requests carry no user name and password any more.

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
        "/api/v1/app/{app}/endpoint/{endpoint}/basic-auth",
        "v1.endpoint.delete-basic-auth",
        "Has requests carry no user name and password any more",
    )
    .answers_nothing(StatusCode::NO_CONTENT, "It holds from the next request on")
}

pub(crate) async fn delete_basic_auth(
    Auth(caller): Auth,
    Named((app, endpoint)): Named<(String, String)>,
    State(control): State<Control>,
) -> ApiResult<StatusCode> {
    let access = control.enter(caller, &app).await?;
    control.delete_basic_auth(&access, &endpoint).await?;
    Ok(StatusCode::NO_CONTENT)
}
