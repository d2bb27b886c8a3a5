//! OAuth configurations on the wire.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wirepost_control::oauth::{OauthDraft, ShownOauth};
use wirepost_model::oauth::OauthAuthMethod;

use crate::error::{ApiError, ApiResult};

/// How a token is got, as callers spell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
enum GrantType {
    ClientCredentials,
    RefreshToken,
}

/// How a client shows its secret, as callers spell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub(crate) enum AuthMethod {
    #[serde(rename = "clientSecretBasic")]
    Basic,
    #[serde(rename = "clientSecretPost")]
    Post,
    #[serde(rename = "clientSecretJwt")]
    Jwt,
}

/// A configuration as it is sent to us.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OauthIn {
    grant_type: GrantType,
    auth_method: AuthMethod,
    client_id: String,
    client_secret: Option<String>,
    token_url: String,
    scopes: Option<Vec<String>>,
    extra_params: Option<BTreeMap<String, String>>,
    extra_headers: Option<BTreeMap<String, String>>,
}

/// A configuration as we show it; the secret is never among it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OauthOut {
    grant_type: GrantType,
    auth_method: AuthMethod,
    client_id: String,
    token_url: String,
    scopes: Vec<String>,
    extra_params: BTreeMap<String, String>,
    extra_headers: BTreeMap<String, String>,
}

/// Whether requests carry a token, and how it is got.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct OauthStateOut {
    pub(crate) enabled: bool,
    pub(crate) config: Option<OauthOut>,
}

impl OauthIn {
    pub(crate) fn into_draft(self) -> ApiResult<OauthDraft> {
        if self.grant_type == GrantType::RefreshToken {
            return Err(refused("grantType", "refreshToken is not supported: use clientCredentials"));
        }
        Ok(OauthDraft {
            token_url: self.token_url,
            client_id: self.client_id,
            client_secret: self.client_secret,
            auth_method: self.auth_method.supported()?,
            scopes: self.scopes.unwrap_or_default(),
            extra_params: self.extra_params.unwrap_or_default(),
            extra_headers: self.extra_headers.unwrap_or_default(),
        })
    }
}

impl AuthMethod {
    pub(crate) fn supported(self) -> ApiResult<OauthAuthMethod> {
        match self {
            Self::Basic => Ok(OauthAuthMethod::ClientSecretBasic),
            Self::Post => Ok(OauthAuthMethod::ClientSecretPost),
            Self::Jwt => {
                let sentence = "clientSecretJwt is not supported: use clientSecretBasic or clientSecretPost";
                Err(refused("authMethod", sentence))
            }
        }
    }
}

impl From<ShownOauth> for OauthOut {
    fn from(shown: ShownOauth) -> Self {
        Self {
            grant_type: GrantType::ClientCredentials,
            auth_method: match shown.auth_method {
                OauthAuthMethod::ClientSecretBasic => AuthMethod::Basic,
                OauthAuthMethod::ClientSecretPost => AuthMethod::Post,
            },
            client_id: shown.client_id,
            token_url: shown.token_url,
            scopes: shown.scopes,
            extra_params: shown.extra_params,
            extra_headers: shown.extra_headers,
        }
    }
}

fn refused(field: &str, sentence: &str) -> ApiError {
    ApiError::refused(vec!["body".to_owned(), field.to_owned()], sentence, "value_error")
}
