//! `POST /app/{app}/msg/{message}/endpoint/{endpoint}/resend`: one attempt now.

use axum::extract::State;
use http::StatusCode;
use wirepost_control::Control;

use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::{Json, Nothing};
use crate::path::Named;

pub(crate) async fn resend(
    Auth(caller): Auth,
    Named((app, message, endpoint)): Named<(String, String, String)>,
    State(control): State<Control>,
) -> ApiResult<Json<Nothing>> {
    let access = control.enter(caller, &app).await?;
    control.resend_message(&access, &message, &endpoint).await?;
    Ok(Json(StatusCode::ACCEPTED, Nothing {}))
}
