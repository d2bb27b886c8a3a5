//! `POST /auth/logout`: puts an end to the token that asks for it.

use axum::extract::State;
use http::StatusCode;
use wirepost_control::Control;

use crate::auth::Auth;
use crate::error::ApiResult;

pub(crate) async fn logout(Auth(caller): Auth, State(control): State<Control>) -> ApiResult<StatusCode> {
    control.log_out(caller).await?;
    Ok(StatusCode::NO_CONTENT)
}
