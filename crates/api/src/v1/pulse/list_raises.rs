//! `GET /app/{app}/pulse/{pulse}/raise`: who raised a pulse, newest first.

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
    let path = "/api/v1/app/{app}/pulse/{pulse}/raise";
    Operation::get(path, "v1.pulse.list-raises", "Who raised a pulse, newest first")
        .queries(query::page())
        .answers::<Listing<RaiseOut>>(StatusCode::OK, "The page")
}

pub(crate) async fn list_raises(
    Auth(caller): Auth,
    Named((app, pulse)): Named<(String, String)>,
    parameters: Parameters,
    State(control): State<Control>,
) -> ApiResult<Json<Listing<RaiseOut>>> {
    let access = control.enter(caller, &app).await?;
    let page = parameters.page_by_id::<RaiseKind>(Order::Descending)?;
    let page = control.list_raises(&access, Some(&pulse), page).await?;
    let listing = Listing::new(page, |raise| raise.id.to_string(), RaiseOut::from);
    Ok(Json(StatusCode::OK, listing))
}
