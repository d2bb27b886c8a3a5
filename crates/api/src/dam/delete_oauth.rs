//! `DELETE …/webhooks/endpoint/oauth/{id}`: has requests to an endpoint carry no token any more.

use axum::extract::State;
use http::StatusCode;
use wirepost_control::Control;

use super::answer::DamResult;
use super::entry::{EndpointNamed, OwnApp};
use crate::openapi::Operation;

/// What this operation is to its callers, at one of its paths.
pub(super) fn operation(path: &'static str, id: &'static str) -> Operation {
    Operation::delete(path, id, "Has requests to an endpoint carry no token any more")
        .in_plain_words()
        .answers_nothing(StatusCode::NO_CONTENT, "It holds from the next request on")
}

pub(super) async fn delete_oauth(
    OwnApp(access): OwnApp,
    EndpointNamed(endpoint): EndpointNamed,
    State(control): State<Control>,
) -> DamResult<StatusCode> {
    control.delete_oauth(&access, &endpoint).await?;
    Ok(StatusCode::NO_CONTENT)
}
