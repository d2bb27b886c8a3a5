//! `DELETE /app/{app}/msg/{message}/content`: removes a payload at once.

use axum::extract::State;
use http::StatusCode;
use wirepost_control::Control;

use crate::auth::Auth;
use crate::error::ApiResult;
use crate::path::Named;

pub(crate) async fn expunge_content(
    Auth(caller): Auth,
    Named((app, message)): Named<(String, String)>,
    State(control): State<Control>,
) -> ApiResult<StatusCode> {
    control.expunge_content(caller, &app, &message).await?;
    Ok(StatusCode::NO_CONTENT)
}
