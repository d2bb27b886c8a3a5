//! `GET /event-type`: a page of the catalogue, by name.

use axum::extract::State;
use http::StatusCode;
use wirepost_control::Control;

use super::shapes::EventTypeOut;
use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::Json;
use crate::listing::Listing;
use crate::parameters::Parameters;

pub(crate) async fn list(
    _: Auth,
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
    let page = control.list_event_types(include_archived, page).await?;
    let listing = Listing::new(page, |event_type| event_type.name.to_string(), shape);
    Ok(Json(StatusCode::OK, listing))
}
