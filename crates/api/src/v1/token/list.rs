//! `GET /admin/token`: a page of tokens; those that ended only on request.

use axum::extract::State;
use http::StatusCode;
use wirepost_control::Control;
use wirepost_model::ids::TokenKind;

use super::shapes::TokenOut;
use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::Json;
use crate::listing::Listing;
use crate::openapi::{Operation, query};
use crate::parameters::Parameters;

/// What this operation is to its callers.
pub(crate) fn operation() -> Operation {
    Operation::get("/api/v1/admin/token", "v1.admin.token.list", "A page of tokens")
        .queries(query::page())
        .query(query::order())
        .query(query::flag("include_ended", false, "Those too that expired or were revoked"))
        .answers::<Listing<TokenOut>>(StatusCode::OK, "The page")
}

pub(crate) async fn list(
    Auth(caller): Auth,
    parameters: Parameters,
    State(control): State<Control>,
) -> ApiResult<Json<Listing<TokenOut>>> {
    let include_ended = parameters.flag("include_ended", false)?;
    let page = parameters.page_by_id::<TokenKind>(parameters.order()?)?;
    let page = control.list_tokens(caller, include_ended, page).await?;
    let listing = Listing::new(page, |token| token.id.to_string(), TokenOut::from);
    Ok(Json(StatusCode::OK, listing))
}
