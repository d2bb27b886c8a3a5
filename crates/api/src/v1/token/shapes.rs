//! Access tokens on the wire.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wirepost_control::tokens::{FreshToken, TokenDraft};
use wirepost_model::capability::{Capabilities, Capability};
use wirepost_model::ids::{AppId, TokenId};
use wirepost_model::timestamp::Timestamp;
use wirepost_model::token::{Scope, Token};

use crate::error::{ApiError, ApiResult};

/// A token as it is asked for.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TokenIn {
    /// Shown to people.
    #[schemars(length(min = 1, max = 256), regex(pattern = r"\S"))]
    name: String,
    /// The id or uid of the one app that it is for; of the organisation where there is none.
    app: Option<String>,
    #[schemars(length(min = 1))]
    capabilities: Option<Vec<Capability>>,
    expires_at: Option<Timestamp>,
}

/// A token as we show it: never itself.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TokenOut {
    id: TokenId,
    name: String,
    app: Option<AppId>,
    capabilities: Vec<Capability>,
    created_at: Timestamp,
    expires_at: Option<Timestamp>,
    last_used_at: Option<Timestamp>,
    revoked_at: Option<Timestamp>,
}

/// A token that was just made, with itself: this once.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct FreshTokenOut {
    #[serde(flatten)]
    kept: TokenOut,
    token: String,
}

impl TokenIn {
    pub(crate) fn into_draft(self) -> ApiResult<TokenDraft> {
        Ok(TokenDraft {
            name: self.name,
            app: self.app,
            capabilities: read_capabilities(self.capabilities)?,
            expires_at: self.expires_at,
            ..TokenDraft::default()
        })
    }
}

impl From<Token> for TokenOut {
    fn from(token: Token) -> Self {
        let app = match token.scope {
            Scope::Organisation => None,
            Scope::App(app) => Some(app),
        };
        Self {
            id: token.id,
            name: token.name,
            app,
            capabilities: token.capabilities.iter().collect(),
            created_at: token.created_at,
            expires_at: token.expires_at,
            last_used_at: token.last_used_at,
            revoked_at: token.revoked_at,
        }
    }
}

impl FreshTokenOut {
    pub(crate) fn new(token: Token, fresh: &FreshToken) -> Self {
        Self { kept: token.into(), token: fresh.expose().to_owned() }
    }
}

/// A list of capabilities. One that names none does not mean all of them: it is refused.
pub(crate) fn read_capabilities(names: Option<Vec<Capability>>) -> ApiResult<Option<Capabilities>> {
    let Some(names) = names else { return Ok(None) };
    if names.is_empty() {
        let loc = vec!["body".to_owned(), "capabilities".to_owned()];
        return Err(ApiError::refused(loc, "must be at least one", "value_error"));
    }
    Ok(Some(names.into_iter().collect()))
}
