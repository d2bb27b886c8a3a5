//! What an OpenID provider says of itself: its addresses and keys, asked for when they are needed and kept for a
//! while, so that nobody can make us ask without end. All requests to it go through the guarded client.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use openidconnect::core::CoreProviderMetadata;
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse, IssuerUrl};
use parking_lot::Mutex;
use tokio::time::Instant;

use crate::client::Client;
use crate::openid::{OpenIdFailure, in_full, unavailable};
use crate::settings::ClientSettings;

/// What the provider says of itself is asked for again after this time.
const FRESH_FOR: Duration = Duration::from_secs(3_600);
/// A key that is not known makes us ask again, but not more often than this.
const ASK_EVERY: Duration = Duration::from_secs(60);
/// How long a failure stands for those who come next.
const CALM: Duration = Duration::from_secs(5);
/// Most time for one request.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// Most bytes of one answer.
const ANSWER_BYTES_MOST: usize = 512 * 1_024;

/// How old an answer may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Freshness {
    /// So old that it is probably true.
    Usual,
    /// Younger than the doubt.
    AfterAnUnknownKey,
}

/// A provider, and what it said.
pub(crate) struct OpenIdProvider {
    issuer: String,
    client: Client,
    said: Mutex<Option<(Said, Instant)>>,
    /// Held by the one who asks; the others wait for what comes of it.
    turn: tokio::sync::Mutex<()>,
}

type Said = Result<Arc<CoreProviderMetadata>, OpenIdFailure>;

/// The guarded client as the library asks for one.
pub(crate) struct OpenIdDoor(Client);

/// Why a request had no answer.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct NoAnswer(String);

impl OpenIdProvider {
    pub(crate) fn new(issuer: String) -> Self {
        // The operator names this provider, so it may be an inner one.
        let everywhere = ["0.0.0.0/0", "::/0"].map(|network| network.parse().expect("a network"));
        let settings = ClientSettings {
            allow_http: true,
            allowed_subnets: everywhere.to_vec(),
            response_body_limit: ANSWER_BYTES_MOST,
            ..ClientSettings::default()
        };
        let client = Client::new(settings).expect("only an extra root could be refused, and there is none");
        Self { issuer, client, said: Mutex::default(), turn: tokio::sync::Mutex::default() }
    }

    /// What it says of itself, as fresh as this.
    pub(crate) async fn metadata(&self, freshness: Freshness) -> Said {
        if let Some(said) = self.known(freshness) {
            return said;
        }
        let _turn = self.turn.lock().await;
        if let Some(said) = self.known(freshness) {
            return said;
        }
        let said = self.ask().await;
        if let Err(reason) = &said {
            tracing::warn!(issuer = self.issuer, %reason, "nobody can sign in");
        }
        *self.said.lock() = Some((said.clone(), Instant::now()));
        said
    }

    async fn ask(&self) -> Said {
        let (door, issuer) =
            (OpenIdDoor::open(self), IssuerUrl::new(self.issuer.clone()).map_err(unavailable)?);
        let found = CoreProviderMetadata::discover_async(issuer, &door).await;
        found.map(Arc::new).map_err(|error| unavailable(in_full(&error)))
    }

    fn known(&self, freshness: Freshness) -> Option<Said> {
        let said = self.said.lock();
        let (said, at) = said.as_ref()?;
        let good_for = match (said, freshness) {
            (Err(_), _) => CALM,
            (Ok(_), Freshness::Usual) => FRESH_FOR,
            (Ok(_), Freshness::AfterAnUnknownKey) => ASK_EVERY,
        };
        (at.elapsed() < good_for).then(|| said.clone())
    }
}

impl OpenIdDoor {
    pub(crate) fn open(provider: &OpenIdProvider) -> Self {
        Self(provider.client.clone())
    }
}

impl<'c> AsyncHttpClient<'c> for OpenIdDoor {
    type Error = NoAnswer;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, NoAnswer>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(answer(&self.0, request))
    }
}

async fn answer(client: &Client, request: HttpRequest) -> Result<HttpResponse, NoAnswer> {
    let (head, body) = request.into_parts();
    let target = client.target(&head.uri.to_string()).map_err(|error| NoAnswer(error.to_string()))?;
    let sent = client.send(&target, head.method, head.headers, body.into(), REQUEST_TIMEOUT).await;
    let answer = sent.result.map_err(|failure| NoAnswer(failure.to_string()))?;
    if answer.truncated {
        return Err(NoAnswer(format!("its answer broke off or had more than {ANSWER_BYTES_MOST} bytes")));
    }
    let mut response = HttpResponse::new(answer.body.into());
    *response.status_mut() =
        http::StatusCode::from_u16(answer.status).map_err(|error| NoAnswer(error.to_string()))?;
    *response.headers_mut() = answer.headers;
    Ok(response)
}
