//! `DELETE /v1/webhooks/endpoint/{id}`: deletes an endpoint; its pending deliveries end.

use axum::extract::State;
use http::StatusCode;
use wirepost_control::Control;

use super::answer::DamResult;
use super::entry::{EndpointNamed, OwnApp};
use crate::openapi::Operation;

/// What this operation is to its callers.
pub(super) fn operation() -> Operation {
    Operation::delete("/v1/webhooks/endpoint/{id}", "dam.deleteWebhook", "Deletes an endpoint")
        .in_plain_words()
        .answers_nothing(StatusCode::NO_CONTENT, "It is gone")
}

pub(super) async fn delete_webhook(
    OwnApp(access): OwnApp,
    EndpointNamed(endpoint): EndpointNamed,
    State(control): State<Control>,
) -> DamResult<StatusCode> {
    control.delete_endpoint(&access, &endpoint).await?;
    Ok(StatusCode::NO_CONTENT)
}
