//! `PUT /app/{app}/endpoint/{endpoint}/oauth`: has every request carry a token.

use axum::extract::State;
use http::StatusCode;
use serde_json::json;
use wirepost_control::Control;

use super::oauth_shapes::OauthIn;
use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::JsonBody;
use crate::openapi::Operation;
use crate::path::Named;

/// What this operation is to its callers.
pub(crate) fn operation() -> Operation {
    let example = json!({
        "grantType": "clientCredentials", "authMethod": "clientSecretBasic", "clientId": "wirepost",
        "clientSecret": "secret", "tokenUrl": "https://example.com/oauth/token",
    });
    Operation::put(
        "/api/v1/app/{app}/endpoint/{endpoint}/oauth",
        "v1.endpoint.set-oauth-config",
        "Has every request carry a token",
    )
    .takes::<OauthIn>(example)
    .answers_nothing(StatusCode::NO_CONTENT, "It holds from the next request on")
}

pub(crate) async fn put_oauth(
    Auth(caller): Auth,
    Named((app, endpoint)): Named<(String, String)>,
    State(control): State<Control>,
    JsonBody(oauth): JsonBody<OauthIn>,
) -> ApiResult<StatusCode> {
    let access = control.enter(caller, &app).await?;
    control.put_oauth(&access, &endpoint, oauth.into_draft()?).await?;
    Ok(StatusCode::NO_CONTENT)
}
