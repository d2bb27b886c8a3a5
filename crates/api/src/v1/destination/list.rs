//! `GET /app/{app}/msg/{message}/endpoint`: the endpoints of a message, and how it stands at each.

use axum::extract::State;
use http::StatusCode;
use wirepost_control::Control;
use wirepost_control::page::Order;
use wirepost_model::ids::EndpointKind;

use super::shapes::DestinationOut;
use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::Json;
use crate::listing::Listing;
use crate::openapi::{Operation, query};
use crate::parameters::Parameters;
use crate::path::Named;

/// What this operation is to its callers.
pub(crate) fn operation() -> Operation {
    let path = "/api/v1/app/{app}/msg/{message}/endpoint";
    Operation::get(
        path,
        "v1.message-attempt.list-attempted-destinations",
        "A message's endpoints, and how it stands there",
    )
    .queries(query::page())
    .answers::<Listing<DestinationOut>>(StatusCode::OK, "The page")
}

pub(crate) async fn list(
    Auth(caller): Auth,
    Named((app, message)): Named<(String, String)>,
    parameters: Parameters,
    State(control): State<Control>,
) -> ApiResult<Json<Listing<DestinationOut>>> {
    let access = control.enter(caller, &app).await?;
    let page = parameters.page_by_id::<EndpointKind>(Order::Ascending)?;
    let page = control.list_destinations(&access, &message, page).await?;
    let listing = Listing::new(page, |destination| destination.endpoint.id.to_string(), DestinationOut::from);
    Ok(Json(StatusCode::OK, listing))
}
