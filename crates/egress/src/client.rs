//! Sends requests: over a kept connection where one is open, over a fresh one otherwise, within
//! one time-out for everything.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, Response};
use hyper::body::Incoming;
use tokio::time::timeout_at;

use crate::address_guard::AddressGuard;
use crate::dialer::Dialer;
use crate::endpoint_url::{EndpointUrl, UrlError};
use crate::exchange::Exchange;
use crate::failure::Failure;
use crate::http1::Http1Connection;
use crate::http2::Http2Connection;
use crate::hyper_failure::{self, Unanswered};
use crate::progress::Progress;
use crate::protocols::Protocols;
use crate::resolver::{Resolver, SystemResolver};
use crate::response_limit::read_body;
use crate::settings::ClientSettings;
use crate::target::{Outgoing, Reusable, Target};
use crate::tls::Tls;
use crate::tls_witness::Shown;

/// Why a client could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// One of the extra roots is not a certificate that can be trusted.
    #[error("an extra root certificate cannot be used: {0}")]
    ExtraRoot(rustls::Error),
    /// TLS cannot be spoken, because there are no roots to trust.
    #[error("{0}")]
    Roots(Failure),
}

/// The way out. Cheap to clone; all clones share settings, guard and TLS sessions.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Inside>,
}

struct Inside {
    settings: ClientSettings,
    dialer: Dialer,
}

impl Client {
    /// A client that asks the machine's own resolver.
    ///
    /// # Errors
    /// An extra root that is not a certificate.
    pub fn new(settings: ClientSettings) -> Result<Self, ClientError> {
        Client::with_resolver(settings, Arc::new(SystemResolver))
    }

    /// A client that asks `resolver` for the addresses of names.
    ///
    /// # Errors
    /// An extra root that is not a certificate.
    pub fn with_resolver(settings: ClientSettings, resolver: Arc<dyn Resolver>) -> Result<Self, ClientError> {
        let dialer = Dialer {
            guard: AddressGuard::new(settings.allowed_subnets.clone()),
            resolver,
            tls: Tls::new(&settings.extra_roots).map_err(ClientError::ExtraRoot)?,
            connect_timeout: settings.connect_timeout,
            connects_started: AtomicU64::new(0),
        };
        Ok(Client { shared: Arc::new(Inside { settings, dialer }) })
    }

    /// Reads the machine's trusted roots now instead of at the first `https` request, so that a
    /// machine without any is noticed early.
    ///
    /// # Errors
    /// No root was found.
    pub async fn load_roots(&self) -> Result<(), ClientError> {
        self.shared.dialer.tls.load_roots().await.map_err(ClientError::Roots)
    }

    /// Readies `url` for sending. It starts without connections.
    ///
    /// # Errors
    /// What is wrong with the URL, as far as it shows without resolving its name.
    pub fn target(&self, url: &str) -> Result<Arc<Target>, UrlError> {
        self.target_speaking(url, Protocols::Any)
    }

    /// Readies `url` for sending in these HTTP versions alone; see [`target`](Self::target).
    ///
    /// # Errors
    /// What is wrong with the URL, as far as it shows without resolving its name.
    pub fn target_speaking(&self, url: &str, protocols: Protocols) -> Result<Arc<Target>, UrlError> {
        let settings = &self.shared.settings;
        let url = self.parse(url)?;
        Ok(Arc::new(Target::new(url, protocols, settings.idle_connections_limit, settings.idle_timeout)))
    }

    /// Readies `url` for one request, whose server leaves its certificate with `witness`.
    pub(crate) fn target_once(&self, url: &str, witness: Arc<Shown>) -> Result<Target, UrlError> {
        let idle_timeout = self.shared.settings.idle_timeout;
        Ok(Target::new(self.parse(url)?, Protocols::Any, 0, idle_timeout).once_with_witness(witness))
    }

    /// Judges a URL as [`target`](Self::target) does, for the person who enters it.
    ///
    /// # Errors
    /// What is wrong with the URL, as a sentence.
    pub fn check_url(&self, url: &str) -> Result<(), UrlError> {
        self.parse(url).map(drop)
    }

    fn parse(&self, url: &str) -> Result<EndpointUrl, UrlError> {
        EndpointUrl::parse(url, self.shared.settings.allow_http, &self.shared.dialer.guard)
    }

    /// TCP connections begun since the start, whether they came to stand or not.
    pub fn connects_started(&self) -> u64 {
        self.shared.dialer.connects_started.load(Ordering::Relaxed)
    }

    /// Posts `body` to `target`; see [`send`](Self::send).
    pub async fn post(
        &self,
        target: &Target,
        headers: HeaderMap,
        body: Bytes,
        timeout: Duration,
    ) -> Exchange {
        self.send(target, Method::POST, headers, body, timeout).await
    }

    /// Asks for what is at `target`; see [`send`](Self::send).
    pub async fn get(&self, target: &Target, timeout: Duration) -> Exchange {
        self.send(target, Method::GET, HeaderMap::new(), Bytes::new(), timeout).await
    }

    /// Sends one request and waits for the response, `timeout` being the limit for everything:
    /// name, connection, TLS, head and body. `Host` and `Content-Length` are set here, the user
    /// name of the URL becomes `Authorization` unless `headers` hold one.
    ///
    /// A response whose head arrived in time is a response, cut off where time or the body limit
    /// ended. When a connection kept from earlier turns out to be dead before anything was heard
    /// on it, the request is sent once more on a fresh one.
    pub async fn send(
        &self,
        target: &Target,
        method: Method,
        mut headers: HeaderMap,
        body: Bytes,
        timeout: Duration,
    ) -> Exchange {
        let mut progress = Progress::begin();
        target.complete(&mut headers);
        let outgoing = Outgoing { method, headers, body };
        let deadline = progress.started_at() + timeout;
        let ended = timeout_at(deadline, self.converse(target, outgoing, &mut progress)).await;
        let failure = match ended {
            Ok(Ok(())) | Err(_) => None,
            Ok(Err(failure)) => Some(failure),
        };
        progress.end(failure, timeout)
    }

    async fn converse(
        &self,
        target: &Target,
        outgoing: Outgoing,
        progress: &mut Progress,
    ) -> Result<(), Failure> {
        let asked = match target.take_open(progress.started_at()).await {
            Some(Reusable::Http1(connection)) => {
                progress.ask(connection.remote_address, true);
                self.over_http1(target, connection, outgoing.clone(), progress).await
            }
            Some(Reusable::Http2(connection)) => {
                progress.ask(connection.remote_address, true);
                self.over_http2(target, connection, outgoing.clone(), progress).await
            }
            None => return Box::pin(self.over_fresh(target, outgoing, progress)).await,
        };
        match asked {
            Err(Unanswered { may_repeat: true, .. }) => {
                Box::pin(self.over_fresh(target, outgoing, progress)).await
            }
            other => other.map_err(|unanswered| unanswered.failure),
        }
    }

    /// Dials, and sends over the fresh connection. Boxed by its callers, for it is rarely needed
    /// and would make the future of every request larger.
    async fn over_fresh(
        &self,
        target: &Target,
        outgoing: Outgoing,
        progress: &mut Progress,
    ) -> Result<(), Failure> {
        progress.begin_fresh();
        let dialled = self.shared.dialer.dial(target, progress).await?;
        let head_limit = self.shared.settings.response_head_limit;
        let address = dialled.remote_address;
        progress.ask(address, false);
        let asked = if dialled.stream.speaks_http2(target.protocols()) {
            let opened = Http2Connection::open(dialled.stream, address, head_limit).await;
            let connection = target.share(opened.map_err(|error| hyper_failure::of_request(&error))?);
            self.over_http2(target, connection, outgoing, progress).await
        } else {
            let opened = Http1Connection::open(dialled.stream, address, head_limit).await;
            let connection = opened.map_err(|error| hyper_failure::of_request(&error))?;
            self.over_http1(target, connection, outgoing, progress).await
        };
        asked.map_err(|unanswered| unanswered.failure)
    }

    async fn over_http1(
        &self,
        target: &Target,
        mut connection: Box<Http1Connection>,
        outgoing: Outgoing,
        progress: &mut Progress,
    ) -> Result<(), Unanswered> {
        let response = connection.ask(target.http1_request(outgoing)).await?;
        let body = note_head(response, progress);
        let limit = self.shared.settings.response_body_limit;
        read_body(body, limit, progress, |cx| connection.drive(cx)).await;
        if let Some(now) = progress.body_ended_at()
            && connection.is_reusable()
        {
            target.keep(connection, now);
        }
        Ok(())
    }

    async fn over_http2(
        &self,
        target: &Target,
        connection: Arc<Http2Connection>,
        outgoing: Outgoing,
        progress: &mut Progress,
    ) -> Result<(), Unanswered> {
        let mut distrust = ForgetUnlessHeard { target, connection: &connection, heard: false };
        let response = connection.ask(target.http2_request(outgoing)).await?;
        let body = note_head(response, progress);
        distrust.heard = true;
        read_body(body, self.shared.settings.response_body_limit, progress, |_| {}).await;
        Ok(())
    }
}

fn note_head(response: Response<Incoming>, progress: &mut Progress) -> Incoming {
    let (head, body) = response.into_parts();
    progress.head_arrived(head.status, head.headers);
    body
}

/// Takes an HTTP/2 connection out of use when a request on it ends, by failure or time-out,
/// without an answer: a network path that went silent shows in no other way.
struct ForgetUnlessHeard<'a> {
    target: &'a Target,
    connection: &'a Arc<Http2Connection>,
    heard: bool,
}

impl Drop for ForgetUnlessHeard<'_> {
    fn drop(&mut self) {
        if !self.heard {
            self.target.forget(self.connection);
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("settings", &self.shared.settings).finish_non_exhaustive()
    }
}
