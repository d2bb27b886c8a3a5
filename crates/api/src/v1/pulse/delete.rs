//! `DELETE /app/{app}/pulse/{pulse}`: archives a pulse. Its log stays.

use axum::extract::State;
use http::StatusCode;
use wirepost_control::Control;

use crate::auth::Auth;
use crate::error::ApiResult;
use crate::path::Named;

pub(crate) async fn delete(
    Auth(caller): Auth,
    Named((app, pulse)): Named<(String, String)>,
    State(control): State<Control>,
) -> ApiResult<StatusCode> {
    let access = control.enter(caller, &app).await?;
    control.archive_pulse(&access, &pulse).await?;
    Ok(StatusCode::NO_CONTENT)
}
