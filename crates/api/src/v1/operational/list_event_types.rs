//! `GET /operational/event-type`: what an operator can be told of.

use axum::extract::State;
use http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;
use wirepost_control::Control;
use wirepost_model::names::EventTypeName;
use wirepost_model::operational::OperationalType;

use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::Json;
use crate::openapi::Operation;

/// All that an operator can be told of.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct OperationalTypesOut {
    /// In the order in which they are shown.
    data: Vec<OperationalTypeOut>,
}

/// Something that an operator can be told of.
#[derive(Debug, Serialize, JsonSchema)]
struct OperationalTypeOut {
    /// What endpoints of the operational app subscribe to.
    name: EventTypeName,
    description: &'static str,
}

/// What this operation is to its callers.
pub(crate) fn operation() -> Operation {
    let summary = "What an operator can be told of; for the organisation and the operational app";
    Operation::get("/api/v1/operational/event-type", "v1.operational.list-event-types", summary)
        .answers::<OperationalTypesOut>(StatusCode::OK, "All of it")
}

pub(crate) async fn list_event_types(
    Auth(caller): Auth,
    State(control): State<Control>,
) -> ApiResult<Json<OperationalTypesOut>> {
    let types = control.list_operational_types(caller).await?;
    let shown = |event_type: OperationalType| OperationalTypeOut {
        name: event_type.name(),
        description: event_type.description(),
    };
    Ok(Json(StatusCode::OK, OperationalTypesOut { data: types.into_iter().map(shown).collect() }))
}
