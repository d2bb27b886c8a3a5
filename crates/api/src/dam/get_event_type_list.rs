//! `GET /v1/webhooks/event-type/list`: the catalogue by name, without what is archived.

use axum::extract::State;
use http::StatusCode;
use wirepost_control::Control;

use super::answer::DamResult;
use super::entry::OwnApp;
use super::range::{Range, range};
use super::shapes::EventTypeOut;
use crate::json::Json;
use crate::openapi::Operation;
use crate::parameters::Parameters;

/// What this operation is to its callers.
pub(super) fn operation() -> Operation {
    let path = "/v1/webhooks/event-type/list";
    Operation::get(path, "dam.getEventTypeList", "The catalogue by name, without what is archived")
        .in_plain_words()
        .queries(range())
        .answers::<Vec<EventTypeOut>>(StatusCode::OK, "The event types")
}

pub(super) async fn get_event_type_list(
    OwnApp(access): OwnApp,
    parameters: Parameters,
    State(control): State<Control>,
) -> DamResult<Json<Vec<EventTypeOut>>> {
    let range = Range::read(&parameters)?;
    let mut event_types = control.all_event_types(&access).await?;
    event_types.retain(|event_type| range.holds(event_type.created_at, event_type.name.as_str()));
    Ok(Json(StatusCode::OK, event_types.into_iter().map(EventTypeOut::from).collect()))
}
