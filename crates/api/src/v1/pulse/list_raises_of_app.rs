//! `GET /app/{app}/raise`: who raised what in an app, newest first.

use axum::extract::State;
use http::StatusCode;
use wirepost_control::Control;
use wirepost_control::page::Order;
use wirepost_model::ids::RaiseKind;

use super::shapes::RaiseOut;
use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::Json;
use crate::listing::Listing;
use crate::openapi::Operation;
use crate::openapi::query;
use crate::parameters::Parameters;
use crate::path::Named;

/// What this operation is to its callers.
pub(crate) fn operation() -> Operation {
    Operation::get("/api/v1/app/{app}/raise", "v1.raise.list", "Who raised what in an app, newest first")
        .queries(query::page())
        .answers::<Listing<RaiseOut>>(StatusCode::OK, "The page")
}

pub(crate) async fn list_raises_of_app(
    Auth(caller): Auth,
    Named(app): Named<String>,
    parameters: Parameters,
    State(control): State<Control>,
) -> ApiResult<Json<Listing<RaiseOut>>> {
    let access = control.enter(caller, &app).await?;
    let page = parameters.page_by_id::<RaiseKind>(Order::Descending)?;
    let page = control.list_raises(&access, None, page).await?;
    let listing = Listing::new(page, |raise| raise.id.to_string(), RaiseOut::from);
    Ok(Json(StatusCode::OK, listing))
}
