//! `DELETE /admin/token/{token}`: puts an end to a token, at once.

use axum::extract::State;
use http::StatusCode;
use wirepost_control::Control;

use crate::auth::Auth;
use crate::error::ApiResult;
use crate::path::Named;

pub(crate) async fn revoke(
    Auth(caller): Auth,
    Named(token): Named<String>,
    State(control): State<Control>,
) -> ApiResult<StatusCode> {
    control.revoke_token(caller, &token).await?;
    Ok(StatusCode::NO_CONTENT)
}
