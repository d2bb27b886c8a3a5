//! `GET /app/{app}/endpoint`: a page of an app's endpoints.

use axum::extract::State;
use http::StatusCode;
use wirepost_control::Control;
use wirepost_model::ids::EndpointKind;

use super::shapes::EndpointOut;
use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::Json;
use crate::listing::Listing;
use crate::openapi::{Operation, query};
use crate::parameters::Parameters;
use crate::path::Named;

/// What this operation is to its callers.
pub(crate) fn operation() -> Operation {
    Operation::get("/api/v1/app/{app}/endpoint", "v1.endpoint.list", "A page of an app's endpoints")
        .queries(query::page())
        .query(query::order())
        .answers::<Listing<EndpointOut>>(StatusCode::OK, "The page")
}

pub(crate) async fn list(
    Auth(caller): Auth,
    Named(app): Named<String>,
    parameters: Parameters,
    State(control): State<Control>,
) -> ApiResult<Json<Listing<EndpointOut>>> {
    let access = control.enter(caller, &app).await?;
    let page = parameters.page_by_id::<EndpointKind>(parameters.order()?)?;
    let page = control.list_endpoints(&access, page).await?;
    let shown = |endpoint| EndpointOut::new(endpoint, &control.settings().operator_rules);
    let listing = Listing::new(page, |endpoint| endpoint.id.to_string(), shown);
    Ok(Json(StatusCode::OK, listing))
}
