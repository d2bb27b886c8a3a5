//! What the engine asks of the way out: an outlet per URL that posts and says what came back, and a source per
//! OAuth configuration that gives tokens.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use wirepost_egress::{Client, ClientCredentials, ClientProof, Exchange, Protocols, Target, TokenFailure};
use wirepost_model::attempt::{FailureCause, Timing};
use wirepost_model::delivery_rules::HttpVersion;
use wirepost_model::oauth::{OauthAuthMethod, OauthConfig};

/// Opens outlets.
pub trait Transport: Send + Sync + 'static {
    /// The outlet for this URL, spoken to in this HTTP; connections are made when something is posted.
    fn outlet(&self, url: &str, version: HttpVersion) -> Arc<dyn Outlet>;

    /// The source of tokens under this configuration; it has none yet.
    fn token_source(&self, config: &OauthConfig) -> Arc<dyn TokenSource>;
}

/// The way to one URL.
#[async_trait]
pub trait Outlet: Send + Sync {
    /// Posts a body. Ends within `timeout`, whatever the other side does.
    async fn post(&self, headers: HeaderMap, body: Bytes, timeout: Duration) -> Reply;

    /// Closes connections that were idle for longer than `age`.
    fn close_idle(&self, age: Duration);
}

/// Gives tokens for the requests of one endpoint, as values of the header `Authorization`.
#[async_trait]
pub trait TokenSource: Send + Sync {
    /// The token at hand, unless it expires soon.
    fn cached(&self) -> Option<HeaderValue>;

    /// The token at hand, or one that is fetched now, once for all who ask meanwhile. Ends within bounded time.
    async fn token(&self) -> Result<HeaderValue, FailureCause>;

    /// Learns that a receiver refused this token; answers whether to ask for another one.
    fn refused(&self, token: &HeaderValue) -> bool;

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

/// A source of tokens over real HTTP, or why there can be none.
struct HttpTokens(Result<wirepost_egress::TokenSource, TokenFailure>);

/// Stands where a URL cannot be used, e.g. after the operator's rules became stricter.
struct ClosedOutlet(FailureCause);

impl Transport for HttpTransport {
    fn outlet(&self, url: &str, version: HttpVersion) -> Arc<dyn Outlet> {
        match self.0.target_speaking(url, protocols_of(version)) {
            Ok(target) => Arc::new(HttpOutlet { client: self.0.clone(), target }),
            Err(refusal) => Arc::new(ClosedOutlet(FailureCause { code: "url", text: refusal.to_string() })),
        }
    }

    fn token_source(&self, config: &OauthConfig) -> Arc<dyn TokenSource> {
        Arc::new(HttpTokens(wirepost_egress::TokenSource::new(self.0.clone(), credentials_of(config))))
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

#[async_trait]
impl TokenSource for HttpTokens {
    fn cached(&self) -> Option<HeaderValue> {
        self.0.as_ref().ok()?.cached()
    }

    async fn token(&self) -> Result<HeaderValue, FailureCause> {
        match &self.0 {
            Ok(source) => source.token().await.map_err(|failure| cause_of(&failure)),
            Err(failure) => Err(cause_of(failure)),
        }
    }

    fn refused(&self, token: &HeaderValue) -> bool {
        self.0.as_ref().is_ok_and(|source| source.refused(token))
    }

    fn close_idle(&self, age: Duration) {
        if let Ok(source) = &self.0 {
            source.close_idle_older_than(age);
        }
    }
}

fn protocols_of(version: HttpVersion) -> Protocols {
    match version {
        HttpVersion::Auto => Protocols::Any,
        HttpVersion::Http1 => Protocols::Http1,
        HttpVersion::Http2 => Protocols::Http2,
    }
}

fn credentials_of(config: &OauthConfig) -> ClientCredentials {
    ClientCredentials {
        token_url: config.token_url.clone(),
        client_id: config.client_id.clone(),
        client_secret: config.client_secret.expose().to_owned(),
        proof: match config.auth_method {
            OauthAuthMethod::ClientSecretBasic => ClientProof::Basic,
            OauthAuthMethod::ClientSecretPost => ClientProof::Post,
        },
        scopes: config.scopes.clone(),
        extra_params: config.extra_params.clone(),
        extra_headers: config.extra_headers.0.clone(),
    }
}

/// What this machine lacks is not held against the endpoint.
fn cause_of(failure: &TokenFailure) -> FailureCause {
    let code = if failure.is_local() { "local" } else { "oauth" };
    FailureCause { code, text: failure.to_string() }
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
