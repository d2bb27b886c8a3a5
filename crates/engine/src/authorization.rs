//! Requests to endpoints that want a token: takes the one at hand or waits for one, and asks for another once
//! when a receiver refuses it. Nothing is locked while a request is on its way.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use parking_lot::Mutex;
use wirepost_model::attempt::{FailureCause, Timing};
use wirepost_model::ids::EndpointId;
use wirepost_model::oauth::OauthConfig;

use crate::transport::{Outlet, Reply, TokenSource, Transport};

/// Where the tokens of endpoints come from, and those at hand.
#[derive(Default)]
pub(crate) struct Authorizations(Mutex<HashMap<EndpointId, Authorization>>);

struct Authorization {
    config: OauthConfig,
    source: Arc<dyn TokenSource>,
}

/// One request as it goes out, but for its token.
pub(crate) struct Posting<'a> {
    pub(crate) outlet: &'a dyn Outlet,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) timeout: Duration,
}

impl Authorizations {
    /// The source of this endpoint's tokens; another configuration starts another one, without a token.
    pub(crate) fn source(
        &self,
        endpoint: EndpointId,
        config: &OauthConfig,
        transport: &dyn Transport,
    ) -> Arc<dyn TokenSource> {
        let mut known = self.0.lock();
        match known.get(&endpoint) {
            Some(authorization) if authorization.config == *config => authorization.source.clone(),
            _ => {
                let source = transport.token_source(config);
                known.insert(endpoint, Authorization { config: config.clone(), source: source.clone() });
                source
            }
        }
    }

    /// Forgets sources without a token that nobody waits for, and closes connections that were idle for longer
    /// than `age`.
    pub(crate) fn tidy(&self, age: Duration) {
        self.0.lock().retain(|_, Authorization { source, .. }| {
            source.close_idle(age);
            Arc::strong_count(source) > 1 || source.cached().is_some()
        });
    }
}

impl Posting<'_> {
    /// Posts with a token. A receiver that answers 401 is asked once more with another one.
    pub(crate) async fn send(self, source: &dyn TokenSource) -> Reply {
        let first = match source.cached() {
            Some(token) => token,
            None => match source.token().await {
                Ok(token) => token,
                Err(cause) => return without_token(cause),
            },
        };
        let reply = self.post(&first).await;
        let is_refused = reply.answer.as_ref().is_ok_and(|answer| answer.status == 401);
        if !is_refused || !source.refused(&first) {
            return reply;
        }
        match source.token().await {
            Ok(second) if second == first => reply,
            Ok(second) => self.post(&second).await,
            Err(cause) => without_token(cause),
        }
    }

    async fn post(&self, token: &http::HeaderValue) -> Reply {
        let mut headers = self.headers.clone();
        headers.insert(AUTHORIZATION, token.clone());
        self.outlet.post(headers, self.body.clone(), self.timeout).await
    }
}

fn without_token(cause: FailureCause) -> Reply {
    Reply { answer: Err(cause), timing: Timing::default(), remote_address: None }
}
