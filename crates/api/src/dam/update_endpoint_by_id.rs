//! `PATCH /v1/webhooks/endpoint/{id}`: changes what is named and leaves the rest alone.

use axum::extract::State;
use http::StatusCode;
use serde_json::json;
use wirepost_control::Control;

use super::answer::DamResult;
use super::entry::{DamBody, EndpointNamed, OwnApp};
use super::shapes::SubscriptionPatch;
use crate::openapi::Operation;

/// What this operation is to its callers.
pub(super) fn operation() -> Operation {
    let summary = "Changes what is named and leaves the rest alone";
    Operation::patch("/v1/webhooks/endpoint/{id}", "dam.updateEndpointById", summary)
        .in_plain_words()
        .takes::<SubscriptionPatch>(json!({"disabled": true}))
        .answers_nothing(StatusCode::NO_CONTENT, "It is as was asked for")
}

pub(super) async fn update_endpoint_by_id(
    OwnApp(access): OwnApp,
    EndpointNamed(endpoint): EndpointNamed,
    State(control): State<Control>,
    DamBody(patch): DamBody<SubscriptionPatch>,
) -> DamResult<StatusCode> {
    control.change_endpoint(&access, &endpoint, patch.into_changes()?).await?;
    Ok(StatusCode::NO_CONTENT)
}
