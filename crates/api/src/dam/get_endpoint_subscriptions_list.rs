//! `GET /v1/webhooks/endpoint/list`: the app's endpoints, oldest first.

use axum::extract::State;
use http::StatusCode;
use wirepost_control::Control;

use super::answer::DamResult;
use super::entry::OwnApp;
use super::range::{Range, range};
use super::shapes::SubscriptionOut;
use crate::json::Json;
use crate::openapi::Operation;
use crate::parameters::Parameters;

/// What this operation is to its callers.
pub(super) fn operation() -> Operation {
    let path = "/v1/webhooks/endpoint/list";
    Operation::get(path, "dam.getEndpointSubscriptionsList", "The app's endpoints, oldest first")
        .in_plain_words()
        .queries(range())
        .answers::<Vec<SubscriptionOut>>(StatusCode::OK, "The endpoints")
}

pub(super) async fn get_endpoint_subscriptions_list(
    OwnApp(access): OwnApp,
    parameters: Parameters,
    State(control): State<Control>,
) -> DamResult<Json<Vec<SubscriptionOut>>> {
    let range = Range::read(&parameters)?;
    let endpoints = control.all_endpoints(&access);
    let wanted = endpoints.filter(|endpoint| range.holds(endpoint.created_at, &endpoint.id.to_string()));
    Ok(Json(StatusCode::OK, wanted.cloned().map(SubscriptionOut::from).collect()))
}
