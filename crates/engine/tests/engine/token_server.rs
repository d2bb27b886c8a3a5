//! A token server behind the engine's own `TokenSource`: it names each token by its client and a number, and gives
//! the one at hand until it is refused.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use http::HeaderValue;
use parking_lot::Mutex;
use wirepost_engine::TokenSource;
use wirepost_model::attempt::FailureCause;

use crate::clock::pass;

/// What the server does with a request.
#[derive(Debug, Clone, Default)]
pub(crate) struct Grant {
    after: Duration,
    refusal: Option<String>,
}

/// The server.
#[derive(Default)]
pub(crate) struct TokenServer {
    grant: Mutex<Grant>,
    asked: Mutex<usize>,
}

/// One configuration's way to it.
pub(crate) struct FromTokenServer {
    pub(crate) server: Arc<TokenServer>,
    client_id: String,
    state: Mutex<Given>,
    turn: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Given {
    at_hand: Option<HeaderValue>,
    count: usize,
}

impl Grant {
    pub(crate) fn after(after: Duration) -> Self {
        Self { after, refusal: None }
    }

    pub(crate) fn refusal(words: &str) -> Self {
        Self { after: Duration::ZERO, refusal: Some(words.to_owned()) }
    }
}

impl TokenServer {
    /// From now on it does this.
    pub(crate) fn set(&self, grant: Grant) {
        *self.grant.lock() = grant;
    }

    /// Requests so far.
    pub(crate) fn asked(&self) -> usize {
        *self.asked.lock()
    }
}

impl FromTokenServer {
    pub(crate) fn new(server: Arc<TokenServer>, client_id: &str) -> Self {
        Self {
            server,
            client_id: client_id.to_owned(),
            state: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
        }
    }
}

#[async_trait]
impl TokenSource for FromTokenServer {
    fn cached(&self) -> Option<HeaderValue> {
        self.state.lock().at_hand.clone()
    }

    async fn token(&self) -> Result<HeaderValue, FailureCause> {
        let _turn = self.turn.lock().await;
        if let Some(token) = self.cached() {
            return Ok(token);
        }
        *self.server.asked.lock() += 1;
        let Grant { after, refusal } = self.server.grant.lock().clone();
        if !after.is_zero() {
            pass(after).await;
        }
        if let Some(text) = refusal {
            return Err(FailureCause { code: "oauth", text });
        }
        let mut state = self.state.lock();
        state.count += 1;
        let token = format!("Bearer {}-{}", self.client_id, state.count);
        let token = HeaderValue::try_from(token).expect("client ids are ASCII");
        state.at_hand = Some(token.clone());
        Ok(token)
    }

    fn refused(&self, token: &HeaderValue) -> bool {
        let mut state = self.state.lock();
        if state.at_hand.as_ref() == Some(token) {
            state.at_hand = None;
        }
        true
    }

    fn close_idle(&self, _: Duration) {}
}
