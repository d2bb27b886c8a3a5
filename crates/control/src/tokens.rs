//! Access tokens: made, listed and revoked. A token is shown once, when it is made, and kept as a hash.

use std::fmt;

use wirepost_model::capability::Capabilities;
use wirepost_model::feature_flags::FeatureFlags;
use wirepost_model::ids::TokenId;
use wirepost_model::timestamp::Timestamp;
use wirepost_model::token::{Scope, Token};

use crate::caller::Caller;
use crate::known_tokens::hash_of;
use crate::page::{Page, PageQuery};
use crate::{Control, ControlError, ControlResult};

/// Random bytes of a token that is made here.
const TOKEN_BYTES: usize = 32;
/// How such a token begins, so that people and scanners know it when they see it.
const TOKEN_BEGINNING: &str = "wirepost_";
/// Most bytes of a name.
const NAME_BYTES_MOST: usize = 256;

/// A token that was just made; this is the only moment at which it can be read.
#[derive(Clone, PartialEq, Eq)]
pub struct FreshToken(String);

/// A token as somebody wants it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TokenDraft {
    /// What it is for.
    pub name: String,
    /// The id or uid of the app that it is for; without one it is the organisation's.
    pub app: Option<String>,
    /// What it may do; without it, what tokens of its reach may do by default.
    pub capabilities: Option<Capabilities>,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
    /// Which event types it shows.
    pub feature_flags: FeatureFlags,
}

impl FreshToken {
    /// The token itself, to be shown once.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The same with an instant in front, which whoever keeps it can read.
    pub(crate) fn dated(self, at: Timestamp) -> Self {
        Self(format!("{}.{}", at.as_millis(), self.0))
    }

    /// The instant in front of a token.
    pub(crate) fn date_of(token: &str) -> Option<Timestamp> {
        token.split_once('.')?.0.parse().ok().map(Timestamp::from_millis)
    }
}

impl fmt::Debug for FreshToken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("FreshToken(…)")
    }
}

impl Control {
    /// Sees to it that somebody can call. A configured token is good for as long as it is configured; without
    /// one, and without any good one that can make others, a token is made and given back to be shown once.
    ///
    /// # Errors
    /// `UnusableToken` for a configured one that no request could carry; `Unavailable`.
    pub async fn ensure_organisation_token(
        &self,
        configured: Option<&str>,
    ) -> ControlResult<Option<FreshToken>> {
        if let Some(token) = configured {
            if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
                return Err(ControlError::UnusableToken);
            }
            self.0.tokens.configure(hash_of(token), Caller::new(Scope::Organisation));
            return Ok(None);
        }
        if self.store().has_admin_token(self.now()).await? {
            return Ok(None);
        }
        let draft = TokenDraft { name: "made at the first start".to_owned(), ..TokenDraft::default() };
        let (_, fresh) = self.put_token(Scope::Organisation, draft).await?;
        Ok(Some(fresh))
    }

    /// Makes a token.
    ///
    /// # Errors
    /// `Forbidden`; `MissingCapability`; `NotFound` for an unknown app; `Invalid`; `Unavailable`.
    pub async fn create_token(
        &self,
        caller: Caller,
        draft: TokenDraft,
    ) -> ControlResult<(Token, FreshToken)> {
        caller.require_organisation()?;
        let scope = match &draft.app {
            None => Scope::Organisation,
            Some(app) => Scope::App(self.enter_as_organisation(caller, app).await?.id()),
        };
        if draft.name.trim().is_empty() || draft.name.len() > NAME_BYTES_MOST {
            let sentence = format!("must be 1 to {NAME_BYTES_MOST} bytes and not blank");
            return Err(ControlError::body("name", sentence));
        }
        if draft.expires_at.is_some_and(|end| end <= self.now()) {
            return Err(ControlError::body("expiresAt", "must be in the future"));
        }
        self.put_token(scope, draft).await
    }

    /// A page of tokens, with those that ended or without.
    ///
    /// # Errors
    /// `Forbidden`; `MissingCapability`; `Unavailable`.
    pub async fn list_tokens(
        &self,
        caller: Caller,
        include_ended: bool,
        page: PageQuery<i64>,
    ) -> ControlResult<Page<Token>> {
        caller.require_organisation()?;
        let good_at = (!include_ended).then(|| self.now());
        Ok(self.store().list_tokens(good_at, page).await?)
    }

    /// Puts an end to a token: once this answers, it opens nothing.
    ///
    /// # Errors
    /// `Forbidden`; `MissingCapability`; `NotFound`; `Unavailable`.
    pub async fn revoke_token(&self, caller: Caller, id: &str) -> ControlResult<Token> {
        caller.require_organisation()?;
        let id = TokenId::parse(id).map_err(|_| ControlError::NotFound)?;
        self.end_token(id).await
    }

    /// Puts an end to the very token of an app that the caller is known by.
    ///
    /// # Errors
    /// `CannotLogOut` for callers of the organisation and for signed tokens; `Unavailable`.
    pub async fn log_out(&self, caller: Caller) -> ControlResult<()> {
        match (caller.scope(), caller.token()) {
            (Scope::App(_), Some(token)) => self.end_token(token).await.map(drop),
            _ => Err(ControlError::CannotLogOut),
        }
    }

    /// Keeps a token of this reach that was found good, and shows it this once.
    pub(crate) async fn put_token(
        &self,
        scope: Scope,
        draft: TokenDraft,
    ) -> ControlResult<(Token, FreshToken)> {
        let capabilities = draft.capabilities.unwrap_or_else(|| scope.capabilities_by_default());
        check_capabilities(scope, capabilities)?;
        let (fresh, now) = (self.make_token(), self.now());
        let token = Token {
            id: self.ids().next(now),
            hash: hash_of(&fresh.0),
            name: draft.name,
            scope,
            capabilities,
            created_at: now,
            expires_at: draft.expires_at,
            last_used_at: None,
            revoked_at: None,
            feature_flags: draft.feature_flags,
        };
        self.store().put_token(token.clone()).await?;
        Ok((token, fresh))
    }

    /// In a task of its own: a caller who hangs up would otherwise cut it off between the commit and the forgetting.
    async fn end_token(&self, id: TokenId) -> ControlResult<Token> {
        let control = self.clone();
        let task = tokio::spawn(async move {
            let revoked = control.store().revoke_token(id, control.now()).await;
            match &revoked {
                Ok(token) => control.0.tokens.forget(&token.hash),
                // It may stand all the same, and whose hash it is was not said.
                Err(_) => control.0.tokens.forget_all(),
            }
            revoked
        });
        let lost = |failure: tokio::task::JoinError| ControlError::Internal(failure.to_string());
        Ok(task.await.map_err(lost)??)
    }

    pub(crate) fn make_token(&self) -> FreshToken {
        let mut bytes = [0; TOKEN_BYTES];
        self.ids().fill_random(&mut bytes);
        let mut token = TOKEN_BEGINNING.to_owned();
        for byte in bytes {
            token.push_str(&format!("{byte:02x}"));
        }
        FreshToken(token)
    }
}

/// A token that could do nothing, or was to do what its reach has no place for, is a mistake.
fn check_capabilities(scope: Scope, capabilities: Capabilities) -> ControlResult<()> {
    if capabilities.is_empty() {
        return Err(ControlError::body("capabilities", "must be at least one"));
    }
    if !capabilities.are_within(scope.capabilities_at_most()) {
        let sentence = "ManageCatalog and Admin are for tokens of the organisation";
        return Err(ControlError::body("capabilities", sentence));
    }
    Ok(())
}
