//! `POST /admin/token`: makes a token and shows it, this once.

use axum::extract::State;
use http::StatusCode;
use serde_json::json;
use wirepost_control::Control;

use super::shapes::{FreshTokenOut, TokenIn};
use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::{Json, JsonBody};
use crate::openapi::Operation;

/// What this operation is to its callers.
pub(crate) fn operation() -> Operation {
    Operation::post("/api/v1/admin/token", "v1.admin.token.create", "Makes a token and shows it, this once")
        .takes::<TokenIn>(json!({"name": "asset service", "capabilities": ["SendMessages"]}))
        .answers::<FreshTokenOut>(StatusCode::CREATED, "The token, with itself")
        .refuses(StatusCode::NOT_FOUND, "There is no such app")
}

pub(crate) async fn create(
    Auth(caller): Auth,
    State(control): State<Control>,
    JsonBody(wanted): JsonBody<TokenIn>,
) -> ApiResult<Json<FreshTokenOut>> {
    let (token, fresh) = control.create_token(caller, wanted.into_draft()?).await?;
    Ok(Json(StatusCode::CREATED, FreshTokenOut::new(token, &fresh)))
}
