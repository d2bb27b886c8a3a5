//! `DELETE /event-type/{name}`: archives an event type, or removes it for good when asked to.

use axum::extract::State;
use http::StatusCode;
use wirepost_control::Control;
use wirepost_control::event_types::Removal;

use crate::auth::Auth;
use crate::error::ApiResult;
use crate::parameters::Parameters;
use crate::path::Named;

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
