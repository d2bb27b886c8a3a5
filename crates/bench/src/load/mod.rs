//! The load generator: what it sends, to whom, and what it counts. `closed` keeps every connection busy,
//! `open` sends at a fixed rate whatever the server does.

mod closed;
mod open;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::Full;

pub(crate) use closed::ClosedLoop;
pub(crate) use open::OpenLoop;

use crate::client::Connection;
use crate::clock;
use crate::error::{BenchError, Result};
use crate::latency::Latency;
use crate::payload::{Stamp, Template};

/// How long a worker waits after the server said "too much" (429, 503).
const PAUSE_AFTER_REFUSAL: Duration = Duration::from_millis(5);

/// Something that makes requests, one per message.
pub(crate) trait Requests: Clone + Send + 'static {
    /// The request that carries `stamp`.
    fn next(&mut self, stamp: Stamp) -> Request<Full<Bytes>>;
}

/// Requests that differ in their stamp alone.
#[derive(Debug, Clone)]
pub(crate) struct PlainRequests {
    head: Request<()>,
    body: Template,
}

impl PlainRequests {
    /// Takes a head and a body that holds a payload of [`crate::payload::blank`].
    pub(crate) fn new(head: Request<()>, body: Vec<u8>) -> Self {
        Self { head, body: Template::new(body) }
    }
}

impl Requests for PlainRequests {
    fn next(&mut self, stamp: Stamp) -> Request<Full<Bytes>> {
        let body = Full::new(self.body.fill(stamp));
        self.head.clone().map(|()| body)
    }
}

/// Where load goes and which numbers its messages get.
#[derive(Debug, Clone)]
pub(crate) struct Target<R> {
    /// Who is asked.
    pub(crate) address: SocketAddr,
    /// What is asked.
    pub(crate) requests: R,
    /// The status that means "accepted".
    pub(crate) accepted_status: StatusCode,
    /// How many connections are used.
    pub(crate) connections: usize,
    /// Numbers messages from 0, never twice.
    pub(crate) sequence: Arc<AtomicU64>,
}

impl<R> Target<R> {
    fn next_sequence(&self) -> u64 {
        self.sequence.fetch_add(1, Ordering::Relaxed)
    }
}

/// What a load has met.
#[derive(Debug)]
pub(crate) struct LoadOutcome {
    /// The numbers of the messages that were accepted.
    pub(crate) accepted: Vec<u64>,
    /// From the request (or the moment it was due) to its accepting answer.
    pub(crate) accept_latency: Latency,
    /// Requests answered with 429 or 503.
    pub(crate) refused: u64,
    /// What ended a worker early, the first of each.
    pub(crate) broken: Vec<String>,
    /// When the load began.
    pub(crate) began_at_ns: u64,
}

impl LoadOutcome {
    fn new() -> Self {
        Self {
            accepted: Vec::new(),
            accept_latency: Latency::new(),
            refused: 0,
            broken: Vec::new(),
            began_at_ns: clock::now_ns(),
        }
    }

    fn merge(&mut self, other: Self) {
        self.accepted.extend(other.accepted);
        self.accept_latency.merge(&other.accept_latency);
        self.refused += other.refused;
        self.broken.extend(other.broken);
    }

    /// The outcome, unless a worker ended before its time.
    pub(crate) fn unbroken(self) -> Result<Self> {
        match self.broken.first() {
            None => Ok(self),
            Some(first) => Err(BenchError::LoadBroke(format!("{first} ({} in all)", self.broken.len()))),
        }
    }
}

/// One connection's share of the work.
struct Worker<R> {
    target: Target<R>,
    outcome: LoadOutcome,
}

impl<R: Requests> Worker<R> {
    fn new(target: Target<R>) -> Self {
        Self { target, outcome: LoadOutcome::new() }
    }

    async fn connect(&mut self) -> Option<Connection> {
        match Connection::open(self.target.address).await {
            Ok(connection) => Some(connection),
            Err(error) => {
                self.outcome.broken.push(format!("connect: {error}"));
                None
            }
        }
    }

    /// Posts one message; `false` when this worker cannot go on.
    async fn post(&mut self, connection: &mut Connection, stamp: Stamp) -> bool {
        let answer = connection.exchange(self.target.requests.next(stamp)).await;
        let broken = match answer {
            Ok(answer) if answer.status == self.target.accepted_status => {
                let taken_ns = clock::now_ns().saturating_sub(stamp.sent_at_ns);
                self.outcome.accept_latency.record_ns(taken_ns);
                self.outcome.accepted.push(stamp.sequence);
                return true;
            }
            Ok(answer) if is_too_much(answer.status) => {
                self.outcome.refused += 1;
                tokio::time::sleep(PAUSE_AFTER_REFUSAL).await;
                return true;
            }
            Ok(answer) => format!("answered {}: {}", answer.status, String::from_utf8_lossy(&answer.body)),
            Err(error) => error.to_string(),
        };
        self.outcome.broken.push(broken);
        false
    }
}

/// Whether a status means "come again later".
pub(crate) fn is_too_much(status: StatusCode) -> bool {
    matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE)
}
