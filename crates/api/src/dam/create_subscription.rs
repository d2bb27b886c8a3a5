//! `POST /v1/webhooks/endpoint`: makes the endpoints of a list, all or none, or a single one.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::json;
use serde_json::value::RawValue;
use wirepost_control::Control;
use wirepost_control::endpoint_draft::EndpointDraft;

use super::answer::{DamError, DamResult};
use super::entry::{DamBytes, OwnApp};
use super::shapes::{MadeOut, SubscriptionIn};
use crate::json::{Json, read_json};
use crate::openapi::{Either, Operation};

/// What this operation is to its callers.
pub(super) fn operation() -> Operation {
    let example =
        json!([{"url": "https://example.com/webhooks", "description": "Our archive", "rateLimit": 50}]);
    Operation::post(
        "/v1/webhooks/endpoint",
        "dam.createSubscription",
        "Makes the endpoints of a list, all or none",
    )
    .in_plain_words()
    .takes::<Either<Vec<SubscriptionIn>, SubscriptionIn>>(example)
    .answers::<Either<MadeOut, Vec<MadeOut>>>(
        StatusCode::OK,
        "The one that was made, or all of them in order",
    )
}

pub(super) async fn create_subscription(
    OwnApp(access): OwnApp,
    State(control): State<Control>,
    DamBytes(body): DamBytes,
) -> DamResult<Response> {
    let drafts = read_drafts(&body)?;
    let endpoints = control.create_endpoints(&access, drafts).await?;
    let made: Vec<_> = endpoints.into_iter().map(|endpoint| MadeOut { id: endpoint.id }).collect();
    Ok(match made.as_slice() {
        [one] => Json(StatusCode::OK, one).into_response(),
        several => Json(StatusCode::OK, several).into_response(),
    })
}

fn read_drafts(body: &[u8]) -> DamResult<Vec<EndpointDraft>> {
    if body.trim_ascii_start().first() != Some(&b'[') {
        return Ok(vec![read_json::<SubscriptionIn>(body)?.into_draft()?]);
    }
    let elements: Vec<&RawValue> =
        serde_json::from_slice(body).map_err(|error| DamError::bad_request(format!("body: {error}")))?;
    let several = elements.len() > 1;
    let read = |(place, element): (usize, &&RawValue)| {
        let draft = read_draft(element);
        draft.map_err(|error| if several { error.at_place(place) } else { error })
    };
    (1..).zip(&elements).map(read).collect()
}

fn read_draft(element: &RawValue) -> DamResult<EndpointDraft> {
    read_json::<SubscriptionIn>(element.get().as_bytes())?.into_draft()
}
