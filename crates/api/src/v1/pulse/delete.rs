//! `DELETE /app/{app}/pulse/{pulse}`: archives a pulse. Its log stays.

use axum::extract::State;
use http::StatusCode;
use wirepost_control::Control;

use crate::auth::Auth;
use crate::error::ApiResult;
use crate::openapi::Operation;
use crate::path::Named;

/// What this operation is to its callers.
pub(crate) fn operation() -> Operation {
    let summary = "Archives a pulse: it can no longer be raised, its log stays";
    Operation::delete("/api/v1/app/{app}/pulse/{pulse}", "v1.pulse.delete", summary)
        .answers_nothing(StatusCode::NO_CONTENT, "It is archived")
        .refuses(StatusCode::CONFLICT, "It was changed by another request at the same time")
}

pub(crate) async fn delete(
    Auth(caller): Auth,
    Named((app, pulse)): Named<(String, String)>,
    State(control): State<Control>,
) -> ApiResult<StatusCode> {
    let access = control.enter(caller, &app).await?;
    control.archive_pulse(&access, &pulse).await?;
    Ok(StatusCode::NO_CONTENT)
}
