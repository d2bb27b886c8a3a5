//! `DELETE /app/{app}`: deletes an app with all that is in it.

use axum::extract::State;
use http::StatusCode;
use wirepost_control::Control;

use crate::auth::Auth;
use crate::error::ApiResult;
use crate::path::Named;

pub(crate) async fn delete(
    Auth(caller): Auth,
    Named(app): Named<String>,
    State(control): State<Control>,
) -> ApiResult<StatusCode> {
    control.delete_app(caller, &app).await?;
    Ok(StatusCode::NO_CONTENT)
}
