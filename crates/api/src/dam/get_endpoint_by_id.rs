//! `GET /v1/webhooks/endpoint/{id}`: shows one endpoint of the app, whatever face it was made by.

use axum::extract::State;
use http::StatusCode;
use wirepost_control::Control;

use super::answer::DamResult;
use super::entry::{EndpointNamed, OwnApp};
use super::shapes::SubscriptionOut;
use crate::json::Json;
use crate::openapi::Operation;

/// What this operation is to its callers.
pub(super) fn operation() -> Operation {
    Operation::get("/v1/webhooks/endpoint/{id}", "dam.getEndpointById", "One endpoint")
        .in_plain_words()
        .answers::<SubscriptionOut>(StatusCode::OK, "The endpoint")
}

pub(super) async fn get_endpoint_by_id(
    OwnApp(access): OwnApp,
    EndpointNamed(endpoint): EndpointNamed,
    State(control): State<Control>,
) -> DamResult<Json<SubscriptionOut>> {
    let endpoint = control.find_endpoint(&access, &endpoint).await?;
    Ok(Json(StatusCode::OK, endpoint.into()))
}
