//! Access tokens on the wire.

use serde::{Deserialize, Serialize};
use wirepost_control::tokens::{FreshToken, TokenDraft};
use wirepost_model::capability::{Capabilities, Capability};
use wirepost_model::ids::{AppId, TokenId};
use wirepost_model::timestamp::Timestamp;
use wirepost_model::token::{Scope, Token};

use crate::error::{ApiError, ApiResult};

/// A token as it is asked for.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TokenIn {
    name: String,
    app: Option<String>,
    capabilities: Option<Vec<String>>,
    expires_at: Option<Timestamp>,
}

/// A token as we show it: never itself.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TokenOut {
    id: TokenId,
    name: String,
    app: Option<AppId>,
    capabilities: Vec<&'static str>,
    created_at: Timestamp,
    expires_at: Option<Timestamp>,
    last_used_at: Option<Timestamp>,
    revoked_at: Option<Timestamp>,
}

/// A token that was just made, with itself: this once.
#[derive(Debug, Serialize)]
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
            capabilities: read_capabilities(self.capabilities.as_deref())?,
            expires_at: self.expires_at,
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
            capabilities: token.capabilities.iter().map(Capability::as_str).collect(),
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

/// Capabilities by their names. None by name are not all of them: that is a value that was refused.
pub(crate) fn read_capabilities(names: Option<&[String]>) -> ApiResult<Option<Capabilities>> {
    let refused = |reason: String| {
        let loc = vec!["body".to_owned(), "capabilities".to_owned()];
        ApiError::refused(loc, reason, "value_error")
    };
    let Some(names) = names else { return Ok(None) };
    let read: Result<Capabilities, _> = names.iter().map(|name| Capability::parse(name)).collect();
    let read = read.map_err(|invalid| refused(invalid.reason))?;
    if read.is_empty() { Err(refused("must be at least one".to_owned())) } else { Ok(Some(read)) }
}
