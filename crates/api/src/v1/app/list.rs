//! `GET /app`: a page of all apps.

use axum::extract::State;
use http::StatusCode;
use wirepost_control::Control;
use wirepost_model::ids::AppKind;

use super::shapes::AppOut;
use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::Json;
use crate::listing::Listing;
use crate::openapi::{Operation, query};
use crate::parameters::Parameters;

/// What this operation is to its callers.
pub(crate) fn operation() -> Operation {
    Operation::get("/api/v1/app", "v1.application.list", "A page of all apps")
        .queries(query::page())
        .query(query::order())
        .answers::<Listing<AppOut>>(StatusCode::OK, "The page")
}

pub(crate) async fn list(
    Auth(caller): Auth,
    parameters: Parameters,
    State(control): State<Control>,
) -> ApiResult<Json<Listing<AppOut>>> {
    let page = parameters.page_by_id::<AppKind>(parameters.order()?)?;
    let page = control.list_apps(caller, page).await?;
    let listing = Listing::new(page, |app| app.id.to_string(), AppOut::from);
    Ok(Json(StatusCode::OK, listing))
}
