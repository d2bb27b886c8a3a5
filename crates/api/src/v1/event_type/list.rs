//! `GET /event-type`: a page of the catalogue, by name.

use axum::extract::State;
use http::StatusCode;
use wirepost_control::Control;

use super::shapes::EventTypeOut;
use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::Json;
use crate::listing::Listing;
use crate::openapi::{Operation, query};
use crate::parameters::Parameters;

/// What this operation is to its callers.
pub(crate) fn operation() -> Operation {
    Operation::get("/api/v1/event-type", "v1.event-type.list", "A page of the catalogue, by name")
        .queries(query::page())
        .query(query::order())
        .query(query::flag("include_archived", false, "Archived ones too"))
        .query(query::flag("with_content", false, "With their schemas"))
        .answers::<Listing<EventTypeOut>>(StatusCode::OK, "The page")
}

pub(crate) async fn list(
    Auth(caller): Auth,
    parameters: Parameters,
    State(control): State<Control>,
) -> ApiResult<Json<Listing<EventTypeOut>>> {
    let page = parameters.page_by_name(parameters.order()?)?;
    let include_archived = parameters.flag("include_archived", false)?;
    let shape = if parameters.flag("with_content", false)? {
        EventTypeOut::from
    } else {
        EventTypeOut::without_schemas
    };
    let page = control.list_event_types(caller, include_archived, page).await?;
    let listing = Listing::new(page, |event_type| event_type.name.to_string(), shape);
    Ok(Json(StatusCode::OK, listing))
}
