//! `PUT …/webhooks/endpoint/oauth/{id}`: has every request to an endpoint carry a token.

use axum::extract::State;
use http::StatusCode;
use serde_json::json;
use wirepost_control::Control;

use super::answer::DamResult;
use super::entry::{DamBody, EndpointNamed, OwnApp};
use super::shapes::OauthIn;
use crate::openapi::Operation;

/// What this operation is to its callers, at one of its paths.
pub(super) fn operation(path: &'static str, id: &'static str) -> Operation {
    let example = json!({
        "clientId": "wirepost", "clientSecret": "secret", "tokenUrl": "https://example.com/oauth/token", "scope": [""],
    });
    Operation::put(path, id, "Has every request to an endpoint carry a token")
        .in_plain_words()
        .takes::<OauthIn>(example)
        .answers_nothing(StatusCode::NO_CONTENT, "It holds from the next request on")
}

pub(super) async fn create_oauth(
    OwnApp(access): OwnApp,
    EndpointNamed(endpoint): EndpointNamed,
    State(control): State<Control>,
    DamBody(oauth): DamBody<OauthIn>,
) -> DamResult<StatusCode> {
    control.put_oauth(&access, &endpoint, oauth.into_draft()?).await?;
    Ok(StatusCode::NO_CONTENT)
}
