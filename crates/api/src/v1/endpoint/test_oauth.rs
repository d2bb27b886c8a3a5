//! `POST /app/{app}/endpoint/{endpoint}/oauth/test`: asks for a token now, and tells what the token server said.

use std::time::Duration;

use axum::extract::State;
use http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;
use wirepost_control::Control;
use wirepost_control::oauth_trial::OauthTrial;

use super::oauth_shapes::OauthIn;
use crate::auth::Auth;
use crate::body::RawBody;
use crate::error::ApiResult;
use crate::json::{Json, read_json};
use crate::openapi::Operation;
use crate::path::Named;

/// What came of it. Holds neither the token nor a secret.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OauthTrialOut {
    /// Whether a token came that could be sent.
    ok: bool,
    /// What the token server said, and what to do about it.
    summary: String,
    /// The HTTP status code of its answer; `null` without one.
    status: Option<u16>,
    /// The word of its refusal, e.g. `invalid_client`.
    error: Option<String>,
    /// Its own explanation.
    error_description: Option<String>,
    /// `Bearer`, where a token came.
    token_type: Option<&'static str>,
    /// How long the token lives, where the server says so.
    expires_in_seconds: Option<u64>,
}

/// What this operation is to its callers.
pub(crate) fn operation() -> Operation {
    let example = json!({
        "grantType": "clientCredentials", "authMethod": "clientSecretPost", "clientId": "wirepost",
        "clientSecret": "secret", "tokenUrl": "https://example.com/oauth/token",
    });
    Operation::post(
        "/api/v1/app/{app}/endpoint/{endpoint}/oauth/test",
        "v1.endpoint.test-oauth",
        "Asks for a token now: with what is kept, or with a body to try before it is kept",
    )
    .takes::<OauthIn>(example)
    .body_is_optional()
    .answers::<OauthTrialOut>(StatusCode::OK, "What the token server said; never the token")
}

pub(crate) async fn test_oauth(
    Auth(caller): Auth,
    Named((app, endpoint)): Named<(String, String)>,
    State(control): State<Control>,
    RawBody(body): RawBody,
) -> ApiResult<Json<OauthTrialOut>> {
    let access = control.enter(caller, &app).await?;
    let draft =
        if body.trim_ascii().is_empty() { None } else { Some(read_json::<OauthIn>(&body)?.into_draft()?) };
    let trial = control.try_oauth(&access, &endpoint, draft).await?;
    Ok(Json(StatusCode::OK, trial.into()))
}

impl From<OauthTrial> for OauthTrialOut {
    fn from(trial: OauthTrial) -> Self {
        Self {
            ok: trial.ok,
            summary: trial.summary,
            status: trial.status,
            error: trial.error,
            error_description: trial.error_description,
            token_type: trial.ok.then_some("Bearer"),
            expires_in_seconds: trial.lifetime.as_ref().map(Duration::as_secs),
        }
    }
}
