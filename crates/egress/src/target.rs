//! One endpoint's address with the connections kept open to it. Connections are never shared
//! between targets, not even of the same host: one customer's must not carry another's requests.

use std::fmt;
use std::future::poll_fn;
use std::net::IpAddr;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use http::header::{AUTHORIZATION, HOST};
use http::{HeaderMap, Method, Request, Uri};
use http_body_util::Full;
use parking_lot::Mutex;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::endpoint_url::{EndpointHost, EndpointUrl};
use crate::http1::Http1Connection;
use crate::http2::Http2Connection;
use crate::protocols::Protocols;
use crate::tls_witness::Shown;

/// Name lookups of one target that may run at once. They occupy threads that a time-out cannot
/// take back, so slow name servers of one customer must not hold many.
const LOOKUPS_LIMIT: usize = 2;

/// Where requests go, and the idle connections to there. Made by
/// [`Client::target`](crate::Client::target).
pub struct Target {
    url: EndpointUrl,
    protocols: Protocols,
    kept: Mutex<Kept>,
    pub(crate) lookups: Arc<Semaphore>,
    idle_limit: usize,
    idle_timeout: Duration,
    /// Where certificates are left for people to look at.
    witness: Option<Arc<Shown>>,
}

#[derive(Default)]
struct Kept {
    /// The most recently used stands last.
    #[expect(
        clippy::vec_box,
        reason = "a connection is moved out and in for every request: one pointer, not 1 KiB"
    )]
    idle: Vec<Box<Http1Connection>>,
    shared: Option<Shared>,
}

struct Shared {
    connection: Arc<Http2Connection>,
    used_at: Instant,
}

impl Shared {
    fn is_idle_since(&self, instant: Instant) -> bool {
        self.used_at <= instant && Arc::strong_count(&self.connection) == 1
    }
}

/// A connection that an earlier request opened.
pub(crate) enum Reusable {
    Http1(Box<Http1Connection>),
    Http2(Arc<Http2Connection>),
}

impl Target {
    pub(crate) fn new(
        url: EndpointUrl,
        protocols: Protocols,
        idle_limit: usize,
        idle_timeout: Duration,
    ) -> Self {
        Target {
            url,
            protocols,
            kept: Mutex::default(),
            lookups: Arc::new(Semaphore::new(LOOKUPS_LIMIT)),
            idle_limit,
            idle_timeout,
            witness: None,
        }
    }

    /// The same, for one request whose server's certificate somebody wants to see: no connection is kept.
    pub(crate) fn once_with_witness(self, witness: Arc<Shown>) -> Self {
        Target { idle_limit: 0, witness: Some(witness), ..self }
    }

    pub(crate) fn witness(&self) -> Option<&Arc<Shown>> {
        self.witness.as_ref()
    }

    /// Closes idle connections that were last used longer than `age` ago, and those that the
    /// server has closed. Call it now and then: nothing else closes the connections of a target
    /// that is not sent to.
    pub fn close_idle_older_than(&self, age: Duration) {
        let now = Instant::now();
        let mut kept = self.kept.lock();
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        kept.idle.retain_mut(|connection| {
            now.duration_since(connection.idle_since) <= age && connection.is_still_open(&mut context)
        });
        let outlived = |shared: &Shared| {
            !shared.connection.is_open()
                || now.checked_sub(age).is_some_and(|then| shared.is_idle_since(then))
        };
        if kept.shared.as_ref().is_some_and(outlived) {
            kept.shared = None;
        }
    }

    /// How many connections stand open without a request on them.
    pub fn idle_connections(&self) -> usize {
        let kept = self.kept.lock();
        let shared = kept.shared.as_ref().is_some_and(|shared| shared.is_idle_since(Instant::now()));
        kept.idle.len() + usize::from(shared)
    }

    pub(crate) fn protocols(&self) -> Protocols {
        self.protocols
    }

    pub(crate) fn uses_tls(&self) -> bool {
        self.url.tls
    }

    pub(crate) fn host(&self) -> &EndpointHost {
        &self.url.host
    }

    pub(crate) fn port(&self) -> u16 {
        self.url.port
    }

    /// A connection that is open as far as is known, the most recently used one first.
    pub(crate) async fn take_open(&self, now: Instant) -> Option<Reusable> {
        loop {
            match self.take(now)? {
                Reusable::Http1(mut connection) => {
                    // A ready one is not looked at here: sending looks, before it writes.
                    if connection.is_ready() || poll_fn(|cx| Poll::Ready(connection.is_still_open(cx))).await
                    {
                        return Some(Reusable::Http1(connection));
                    }
                }
                shared => return Some(shared),
            }
        }
    }

    fn take(&self, now: Instant) -> Option<Reusable> {
        let mut kept = self.kept.lock();
        if let Some(connection) = kept.idle.pop() {
            if now.duration_since(connection.idle_since) <= self.idle_timeout {
                return Some(Reusable::Http1(connection));
            }
            // The others were idle for even longer.
            kept.idle.clear();
        }
        let shared = kept.shared.as_mut()?;
        let outlived = now.checked_sub(self.idle_timeout).is_some_and(|then| shared.is_idle_since(then));
        if outlived || !shared.connection.is_open() {
            kept.shared = None;
            return None;
        }
        shared.used_at = now;
        Some(Reusable::Http2(Arc::clone(&shared.connection)))
    }

    /// Takes back a connection whose last response was read to its end, at `now`.
    pub(crate) fn keep(&self, mut connection: Box<Http1Connection>, now: Instant) {
        let mut kept = self.kept.lock();
        if kept.idle.len() < self.idle_limit {
            connection.idle_since = now;
            kept.idle.push(connection);
        }
    }

    /// Shares a fresh connection with all later requests. When many dialled at once, the first
    /// wins and the others go over its connection.
    pub(crate) fn share(&self, fresh: Http2Connection) -> Arc<Http2Connection> {
        let used_at = Instant::now();
        let mut kept = self.kept.lock();
        match &mut kept.shared {
            Some(shared) if shared.connection.is_open() => {
                shared.used_at = used_at;
                Arc::clone(&shared.connection)
            }
            slot => {
                let connection = Arc::new(fresh);
                *slot = Some(Shared { connection: Arc::clone(&connection), used_at });
                connection
            }
        }
    }

    /// Lets later requests dial anew; those under way on `connection` go on.
    pub(crate) fn forget(&self, connection: &Arc<Http2Connection>) {
        let mut kept = self.kept.lock();
        if kept.shared.as_ref().is_some_and(|shared| Arc::ptr_eq(&shared.connection, connection)) {
            kept.shared = None;
        }
    }

    /// Adds what the URL says: the host, and the user name unless the caller authorizes otherwise.
    pub(crate) fn complete(&self, headers: &mut HeaderMap) {
        headers.insert(HOST, self.url.host_header.clone());
        if let Some(authorization) = &self.url.authorization {
            headers.entry(AUTHORIZATION).or_insert_with(|| authorization.clone());
        }
    }

    pub(crate) fn http1_request(&self, outgoing: Outgoing) -> Request<Full<Bytes>> {
        outgoing.into_request(self.url.origin_form.clone())
    }

    pub(crate) fn http2_request(&self, outgoing: Outgoing) -> Request<Full<Bytes>> {
        let mut request = outgoing.into_request(self.url.absolute_form.clone());
        *request.version_mut() = http::Version::HTTP_2;
        // The URI carries the authority (RFC 9113 §8.3.1).
        request.headers_mut().remove(HOST);
        request
    }
}

/// What the caller wants sent.
#[derive(Clone)]
pub(crate) struct Outgoing {
    pub(crate) method: Method,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Outgoing {
    fn into_request(self, uri: Uri) -> Request<Full<Bytes>> {
        let mut request = Request::new(Full::new(self.body));
        *request.method_mut() = self.method;
        *request.uri_mut() = uri;
        *request.headers_mut() = self.headers;
        request
    }
}

impl fmt::Debug for Target {
    /// Host and port only: path, query and user name of a webhook URL are often secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Target");
        match &self.url.host {
            EndpointHost::Name { name, .. } => shown.field("host", name),
            EndpointHost::Address { address, .. } => shown.field("host", address as &IpAddr),
        };
        shown.field("port", &self.url.port).field("tls", &self.url.tls).finish_non_exhaustive()
    }
}
