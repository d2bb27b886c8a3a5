//! People in the pages: how they sign in, who they are while they stay, and how they leave. A session never outlives
//! the token that opened it, nor the app that it is for.

use std::net::IpAddr;
use std::time::Duration;

use wirepost_model::capability::Capability;
use wirepost_model::session::{Session, SignInLink};
use wirepost_model::token::{Scope, Token};
use wirepost_store::StoreError;

use crate::caller::Caller;
use crate::known_tokens::{TokenHash, hash_of};
use crate::tokens::FreshToken;
use crate::{Control, ControlError, ControlResult};

/// How long a session lasts that nothing else bounds.
const LASTS: Duration = Duration::from_secs(12 * 3_600);

/// A person who just signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// What the person's browser is to show from now on; this is the only moment at which it can be read.
    pub secret: FreshToken,
    /// After how many seconds the session ends by itself.
    pub seconds: u64,
    /// Who it is.
    pub visitor: Visitor,
}

/// A person with a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visitor {
    /// What the person may reach and do.
    pub caller: Caller,
    /// Who it is, in words.
    pub person: String,
}

impl Control {
    /// Opens a session for whoever shows a token that is kept here or stands in the settings.
    ///
    /// # Errors
    /// As [`Self::authenticate_from`]; `Unauthenticated` for tokens of an issuer, which have a sign-in of their own;
    /// `MissingCapability` for those with which nothing could be seen.
    pub async fn sign_in_with_token(&self, token: &str, address: Option<IpAddr>) -> ControlResult<SignedIn> {
        let caller = self.authenticate_from(token, address).await?;
        if crate::issuer::is_signed(token) {
            return Err(ControlError::Unauthenticated);
        }
        let (token, person) = (hash_of(token), self.name_of(&caller, hash_of(token)).await?);
        self.open_session(caller, person, Some(token)).await
    }

    /// Opens a session for whoever comes first with a link from [`Self::open_portal`].
    ///
    /// # Errors
    /// `NotFound` for a link that is used, over or none of ours, or with which nothing could be seen;
    /// `TooManyRequests`; `Unavailable`.
    pub async fn sign_in_with_link(&self, code: &str, address: Option<IpAddr>) -> ControlResult<SignedIn> {
        let (failed, now) = (&self.0.failed_attempts, self.now());
        failed.check(address, now).map_err(|wait| ControlError::TooManyRequests { wait })?;
        let link = match self.store().take_link(hash_of(code), now).await {
            Err(StoreError::NotFound) => {
                failed.count(address, now);
                return Err(ControlError::NotFound);
            }
            link => link?,
        };
        let caller = match self.caller_of(link.token).await {
            Ok(caller) if caller.may(Capability::ViewBase) => caller,
            Ok(_) | Err(ControlError::Unauthenticated) => return Err(ControlError::NotFound),
            Err(error) => return Err(error),
        };
        let person = self.name_of(&caller, link.token).await?;
        self.open_session(caller, person, Some(link.token)).await
    }

    /// Who shows this secret.
    ///
    /// # Errors
    /// `Unauthenticated` when there is no such session, or no longer; `Unavailable`.
    pub async fn visitor(&self, secret: &str) -> ControlResult<Visitor> {
        let session = match self.store().find_session(hash_of(secret)).await {
            Err(StoreError::NotFound) => return Err(ControlError::Unauthenticated),
            session => session?,
        };
        if session.expires_at <= self.now() {
            return Err(ControlError::Unauthenticated);
        }
        let caller = match session.opened_by {
            Some(token) => self.caller_of(token).await?,
            None => Caller::new(session.scope).with_capabilities(session.capabilities),
        };
        if let Scope::App(app) = caller.scope() {
            match self.directory().find(&app.to_string()).await.map_err(ControlError::from) {
                Err(ControlError::NotFound) => return Err(ControlError::Unauthenticated),
                found => found?,
            };
        }
        Ok(Visitor { caller, person: session.person })
    }

    /// Ends the session with this secret.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn sign_out(&self, secret: &str) -> ControlResult<()> {
        Ok(self.store().end_session(hash_of(secret)).await?)
    }

    /// A link that lets one person in once, with this token, for as long as the token is good.
    pub(crate) async fn make_link(&self, token: &Token) -> ControlResult<FreshToken> {
        let code = self.make_token();
        let expires_at = token.expires_at.unwrap_or_else(|| self.now().plus(LASTS));
        let link = SignInLink { hash: hash_of(code.expose()), token: token.hash, expires_at };
        self.store().put_link(link).await?;
        Ok(code)
    }

    /// Opens a session; without a token that it ends with, it stands alone.
    pub(crate) async fn open_session(
        &self,
        caller: Caller,
        person: String,
        opened_by: Option<TokenHash>,
    ) -> ControlResult<SignedIn> {
        caller.require(Capability::ViewBase)?;
        let (secret, now) = (self.make_token(), self.now());
        let session = Session {
            hash: hash_of(secret.expose()),
            opened_by,
            person: person.clone(),
            scope: caller.scope(),
            capabilities: caller.capabilities(),
            created_at: now,
            expires_at: now.plus(LASTS),
        };
        self.store().put_session(session).await?;
        Ok(SignedIn { secret, seconds: LASTS.as_secs(), visitor: Visitor { caller, person } })
    }

    /// What the pages call whoever came with a token.
    async fn name_of(&self, caller: &Caller, token: TokenHash) -> ControlResult<String> {
        if caller.token().is_none() {
            return Ok("Operator".to_owned());
        }
        Ok(self.store().find_token(token).await?.name)
    }
}
