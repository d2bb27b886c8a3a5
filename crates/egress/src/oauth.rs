//! Tokens for requests: OAuth 2.0 client credentials (RFC 6749, section 4.4), asked for over the
//! same guarded client, kept until shortly before they expire, and fetched once for all who wait.
//! Neither tokens nor secrets are printed or logged.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use parking_lot::Mutex;
use tokio::time::Instant;

use crate::client::Client;
use crate::endpoint_url::UrlError;
use crate::failure::Failure;
use crate::oauth_answer::{Granted, TokenRefusal, refusal_of, token_of};
use crate::oauth_request::{body_of, headers_of, secrets_of};
use crate::target::Target;

/// Time to have a token: name, connection, TLS, head and body of the answer together.
const TOKEN_TIMEOUT: Duration = Duration::from_secs(10);
/// A token is renewed so much before it expires, or a tenth of its life if that is less.
const MARGIN_MOST: Duration = Duration::from_secs(60);
/// How long a failure stands for those who ask next, and how soon a token that a receiver refused
/// is renewed again: a server that says no is not asked without end.
const CALM: Duration = Duration::from_secs(1);

/// What a client shows to a token server. Its `Debug` names the client alone.
#[derive(Clone, PartialEq, Eq)]
pub struct ClientCredentials {
    /// Where tokens are asked for.
    pub token_url: String,
    /// The client's name.
    pub client_id: String,
    /// What proves it.
    pub client_secret: String,
    /// Where the proof stands.
    pub proof: ClientProof,
    /// The scopes asked for; none where there are none.
    pub scopes: Vec<String>,
    /// Parameters beside our own.
    pub extra_params: BTreeMap<String, String>,
    /// Headers beside our own.
    pub extra_headers: BTreeMap<String, String>,
}

/// Where a client's name and secret stand in the request (RFC 6749, section 2.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientProof {
    /// In the header `Authorization: Basic`.
    Basic,
    /// In the body.
    Post,
}

/// Why there is no token, in words for the owner of the token server. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenFailure {
    /// The token URL cannot be used.
    #[error("the token URL cannot be used: {0}")]
    Url(UrlError),
    /// No answer came.
    #[error("the token server gave no answer: {0}")]
    NoAnswer(Failure),
    /// It answered something else than 200.
    #[error("{0}")]
    Refused(TokenRefusal),
    /// It answered 200, but not with a token that could be sent.
    #[error("{0}")]
    Unusable(String),
}

/// What a token server grants, but for the token itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenTerms {
    /// How long the token lives, at most a day; `None` where the server does not say.
    pub lifetime: Option<Duration>,
}

/// A token, ready to be sent as `Authorization`. Printed as `Sensitive`.
pub type Authorization = HeaderValue;

/// Where an endpoint's tokens come from.
pub struct TokenSource {
    client: Client,
    target: Arc<Target>,
    credentials: ClientCredentials,
    kept: Mutex<Kept>,
    /// Held by the one who asks the token server; the others wait for what comes of it.
    turn: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Kept {
    token: Option<(Authorization, Instant)>,
    failure: Option<(TokenFailure, Instant)>,
    refused_at: Option<Instant>,
}

impl TokenSource {
    /// A source without a token.
    ///
    /// # Errors
    /// The token URL cannot be used.
    pub fn new(client: Client, credentials: ClientCredentials) -> Result<Self, TokenFailure> {
        let target = client.target(&credentials.token_url).map_err(TokenFailure::Url)?;
        let (kept, turn) = (Mutex::default(), tokio::sync::Mutex::default());
        Ok(Self { client, target, credentials, kept, turn })
    }

    /// The token at hand, unless it expires soon. Waits for nothing.
    pub fn cached(&self) -> Option<Authorization> {
        let kept = self.kept.lock();
        let (token, renew_at) = kept.token.as_ref()?;
        (Instant::now() < *renew_at).then(|| token.clone())
    }

    /// The token at hand, or one that is fetched now: by the first who asks, for all who ask meanwhile.
    ///
    /// # Errors
    /// Why there is none; for a second after a failure the same again, without another request.
    pub async fn token(&self) -> Result<Authorization, TokenFailure> {
        if let Some(known) = self.known() {
            return known;
        }
        let _turn = self.turn.lock().await;
        if let Some(known) = self.known() {
            return known;
        }
        let asked_at = Instant::now();
        let answer = self.ask().await;
        let mut kept = self.kept.lock();
        match answer {
            Ok(granted) => {
                let (lifetime, authorization) = (granted.lifetime(), granted.authorization);
                let margin = MARGIN_MOST.min(lifetime / 10);
                // Those who wait use it in any case, however short its life.
                let renew_at = (asked_at + (lifetime - margin)).max(Instant::now() + CALM);
                kept.token = Some((authorization.clone(), renew_at));
                kept.failure = None;
                Ok(authorization)
            }
            Err(failure) => {
                kept.failure = Some((failure.clone(), Instant::now()));
                Err(failure)
            }
        }
    }

    /// Asks for a token now, whatever is at hand, to see what comes of it. What comes is not kept.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn try_out(&self) -> Result<TokenTerms, TokenFailure> {
        self.ask().await.map(|granted| TokenTerms { lifetime: granted.lifetime_said })
    }

    /// Learns that a receiver answered 401 to this token. True when asking for another one makes
    /// sense; false when that was done only just now.
    pub fn refused(&self, token: &Authorization) -> bool {
        let mut kept = self.kept.lock();
        if kept.token.as_ref().is_none_or(|(at_hand, _)| at_hand != token) {
            return true;
        }
        if kept.refused_at.is_some_and(|at| at.elapsed() < CALM) {
            return false;
        }
        kept.refused_at = Some(Instant::now());
        kept.token = None;
        true
    }

    /// Closes connections to the token server that were idle for longer than `age`.
    pub fn close_idle_older_than(&self, age: Duration) {
        self.target.close_idle_older_than(age);
    }

    /// What need not be asked for.
    fn known(&self) -> Option<Result<Authorization, TokenFailure>> {
        if let Some(token) = self.cached() {
            return Some(Ok(token));
        }
        let kept = self.kept.lock();
        let (failure, at) = kept.failure.as_ref()?;
        (at.elapsed() < CALM).then(|| Err(failure.clone()))
    }

    async fn ask(&self) -> Result<Granted, TokenFailure> {
        let (headers, body) = (headers_of(&self.credentials), body_of(&self.credentials));
        let exchange = self.client.post(&self.target, headers, body.into(), TOKEN_TIMEOUT).await;
        let response = exchange.result.map_err(TokenFailure::NoAnswer)?;
        if response.status == 200 {
            token_of(&response).map_err(TokenFailure::Unusable)
        } else {
            Err(TokenFailure::Refused(refusal_of(&response, &secrets_of(&self.credentials))))
        }
    }
}

impl TokenFailure {
    /// Whether this machine could not send, so that nobody else is to blame.
    pub fn is_local(&self) -> bool {
        matches!(self, Self::NoAnswer(Failure::Local { .. }))
    }
}

impl fmt::Debug for ClientCredentials {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("ClientCredentials").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

impl fmt::Debug for TokenSource {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("TokenSource").field("credentials", &self.credentials).finish_non_exhaustive()
    }
}
