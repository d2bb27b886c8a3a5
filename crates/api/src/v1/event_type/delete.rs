//! `DELETE /event-type/{name}`: archives an event type, or removes it for good when asked to.

use axum::extract::State;
use http::StatusCode;
use wirepost_control::Control;
use wirepost_control::event_types::Removal;

use crate::auth::Auth;
use crate::error::ApiResult;
use crate::openapi::{Operation, query};
use crate::parameters::Parameters;
use crate::path::Named;

/// What this operation is to its callers.
pub(crate) fn operation() -> Operation {
    let summary = "Archives an event type, or removes it for good when asked to";
    Operation::delete("/api/v1/event-type/{name}", "v1.event-type.delete", summary)
        .query(query::flag("expunge", false, "Remove it for good"))
        .answers_nothing(StatusCode::NO_CONTENT, "It is archived, or gone")
}

pub(crate) async fn delete(
    Auth(caller): Auth,
    Named(name): Named<String>,
    parameters: Parameters,
    State(control): State<Control>,
) -> ApiResult<StatusCode> {
    let removal = if parameters.flag("expunge", false)? { Removal::Expunge } else { Removal::Archive };
    control.delete_event_type(caller, &name, removal).await?;
    Ok(StatusCode::NO_CONTENT)
}
