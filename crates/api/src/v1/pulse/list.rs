//! `GET /app/{app}/pulse`: a page of an app's pulses.

use axum::extract::State;
use http::StatusCode;
use wirepost_control::Control;
use wirepost_model::ids::PulseKind;

use super::shapes::PulseOut;
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
    Operation::get("/api/v1/app/{app}/pulse", "v1.pulse.list", "A page of an app's pulses")
        .queries(query::page())
        .query(query::order())
        .query(query::flag("include_archived", false, "Show those that are archived, too"))
        .answers::<Listing<PulseOut>>(StatusCode::OK, "The page")
}

pub(crate) async fn list(
    Auth(caller): Auth,
    Named(app): Named<String>,
    parameters: Parameters,
    State(control): State<Control>,
) -> ApiResult<Json<Listing<PulseOut>>> {
    let access = control.enter(caller, &app).await?;
    let page = parameters.page_by_id::<PulseKind>(parameters.order()?)?;
    let include_archived = parameters.flag("include_archived", false)?;
    let page = control.list_pulses(&access, include_archived, page).await?;
    let listing = Listing::new(page, |pulse| pulse.id.to_string(), PulseOut::from);
    Ok(Json(StatusCode::OK, listing))
}
