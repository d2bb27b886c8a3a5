//! What the engine asks of the way out: an outlet per URL that posts and says what came back.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::HeaderMap;
use wirepost_egress::{Client, Exchange, Target};
use wirepost_model::attempt::{FailureCause, Timing};

/// Opens outlets.
pub trait Transport: Send + Sync + 'static {
    /// The outlet for this URL; connections are made when something is posted.
    fn outlet(&self, url: &str) -> Arc<dyn Outlet>;
}

/// The way to one URL.
#[async_trait]
pub trait Outlet: Send + Sync {
    /// Posts a body. Ends within `timeout`, whatever the other side does.
    async fn post(&self, headers: HeaderMap, body: Bytes, timeout: Duration) -> Reply;

    /// Closes connections that were idle for longer than `age`.
    fn close_idle(&self, age: Duration);
}

/// What came of a request.
#[derive(Debug)]
pub struct Reply {
    /// The answer, or why there was none.
    pub answer: Result<Answer, FailureCause>,
    /// Where the time went.
    pub timing: Timing,
    /// Where it was sent, once a connection stood.
    pub remote_address: Option<SocketAddr>,
}

/// A response, as far as it was read.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status code.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The beginning of the body.
    pub body: Bytes,
}

/// Real HTTP through the egress client.
pub struct HttpTransport(pub Client);

struct HttpOutlet {
    client: Client,
    target: Arc<Target>,
}

/// Stands where a URL cannot be used, e.g. after the operator's rules became stricter.
struct ClosedOutlet(FailureCause);

impl Transport for HttpTransport {
    fn outlet(&self, url: &str) -> Arc<dyn Outlet> {
        match self.0.target(url) {
            Ok(target) => Arc::new(HttpOutlet { client: self.0.clone(), target }),
            Err(refusal) => Arc::new(ClosedOutlet(FailureCause { code: "url", text: refusal.to_string() })),
        }
    }
}

#[async_trait]
impl Outlet for HttpOutlet {
    async fn post(&self, headers: HeaderMap, body: Bytes, timeout: Duration) -> Reply {
        self.client.post(&self.target, headers, body, timeout).await.into()
    }

    fn close_idle(&self, age: Duration) {
        self.target.close_idle_older_than(age);
    }
}

#[async_trait]
impl Outlet for ClosedOutlet {
    async fn post(&self, _: HeaderMap, _: Bytes, _: Duration) -> Reply {
        Reply { answer: Err(self.0.clone()), timing: Timing::default(), remote_address: None }
    }

    fn close_idle(&self, _: Duration) {}
}

impl From<Exchange> for Reply {
    fn from(exchange: Exchange) -> Self {
        let answer = match exchange.result {
            Ok(response) => {
                Ok(Answer { status: response.status, headers: response.headers, body: response.body })
            }
            Err(failure) => Err(FailureCause { code: failure.code(), text: failure.to_string() }),
        };
        let timing = Timing {
            dns: exchange.timing.dns,
            connect: exchange.timing.connect,
            tls: exchange.timing.tls,
            first_byte: exchange.timing.first_byte,
        };
        Self { answer, timing, remote_address: exchange.remote_address }
    }
}
