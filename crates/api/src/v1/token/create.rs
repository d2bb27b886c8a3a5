//! `POST /admin/token`: makes a token and shows it, this once.

use axum::extract::State;
use http::StatusCode;
use wirepost_control::Control;

use super::shapes::{FreshTokenOut, TokenIn};
use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::{Json, JsonBody};

pub(crate) async fn create(
    Auth(caller): Auth,
    State(control): State<Control>,
    JsonBody(wanted): JsonBody<TokenIn>,
) -> ApiResult<Json<FreshTokenOut>> {
    let (token, fresh) = control.create_token(caller, wanted.into_draft()?).await?;
    Ok(Json(StatusCode::CREATED, FreshTokenOut::new(token, &fresh)))
}
