//! `DELETE /app/{app}`: deletes an app with all that is in it.

use axum::extract::State;
use http::StatusCode;
use wirepost_control::Control;

use crate::auth::Auth;
use crate::error::ApiResult;
use crate::openapi::Operation;
use crate::path::Named;

/// What this operation is to its callers.
pub(crate) fn operation() -> Operation {
    Operation::delete("/api/v1/app/{app}", "v1.application.delete", "Deletes an app with all that is in it")
        .answers_nothing(StatusCode::NO_CONTENT, "It is gone")
}

pub(crate) async fn delete(
    Auth(caller): Auth,
    Named(app): Named<String>,
    State(control): State<Control>,
) -> ApiResult<StatusCode> {
    control.delete_app(caller, &app).await?;
    Ok(StatusCode::NO_CONTENT)
}
