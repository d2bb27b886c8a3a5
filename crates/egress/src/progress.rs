//! Notes taken while a request is on its way, kept outside of the future that a time-out drops,
//! so that what was read and measured until then is not lost with it.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use tokio::time::Instant;

use crate::exchange::{Exchange, Response, Timing};
use crate::failure::{Failure, Phase};

pub(crate) struct Progress {
    started_at: Instant,
    phase_started_at: Instant,
    phase: Phase,
    timing: Timing,
    remote_address: Option<SocketAddr>,
    reused_connection: bool,
    head: Option<(StatusCode, HeaderMap)>,
    body: Vec<u8>,
    body_ended_at: Option<Instant>,
}

impl Progress {
    pub(crate) fn begin() -> Self {
        let now = Instant::now();
        Progress {
            started_at: now,
            phase_started_at: now,
            phase: Phase::Dns,
            timing: Timing::default(),
            remote_address: None,
            reused_connection: false,
            head: None,
            body: Vec::new(),
            body_ended_at: None,
        }
    }

    pub(crate) fn started_at(&self) -> Instant {
        self.started_at
    }

    pub(crate) fn phase(&self) -> Phase {
        self.phase
    }

    /// Ends the phase under way and notes how long it took.
    pub(crate) fn enter(&mut self, phase: Phase) {
        let now = Instant::now();
        let took = Some(now - self.phase_started_at);
        match self.phase {
            Phase::Dns => self.timing.dns = took,
            Phase::Connect => self.timing.connect = took,
            Phase::Tls => self.timing.tls = took,
            Phase::Answer => {}
        }
        self.phase_started_at = now;
        self.phase = phase;
    }

    /// Begins with `phase` without noting how long the one before it took.
    pub(crate) fn begin_phase(&mut self, phase: Phase) {
        self.phase_started_at = Instant::now();
        self.phase = phase;
    }

    /// Starts over on a connection yet to be opened: what was noted of a kept one is not the story.
    pub(crate) fn begin_fresh(&mut self) {
        self.remote_address = None;
        self.reused_connection = false;
        self.begin_phase(Phase::Dns);
    }

    /// The request goes over an open connection; `reused` when an earlier request opened it.
    pub(crate) fn ask(&mut self, remote_address: SocketAddr, reused: bool) {
        if reused {
            // Nothing was dialled: the call began just now, and the clock need not be asked again.
            self.phase = Phase::Answer;
        }
        self.remote_address = Some(remote_address);
        self.reused_connection = reused;
    }

    pub(crate) fn head_arrived(&mut self, status: StatusCode, headers: HeaderMap) {
        self.timing.first_byte = Some(self.phase_started_at.elapsed());
        self.head = Some((status, headers));
    }

    /// Keeps as much of `chunk` as `limit` allows; false when something was left out.
    pub(crate) fn keep_body(&mut self, chunk: &[u8], limit: usize) -> bool {
        let room = limit - self.body.len();
        if self.body.is_empty() {
            // Most bodies come in one piece, and one of the right size is handed on as it is.
            self.body.reserve_exact(chunk.len().min(room));
        }
        self.body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        chunk.len() <= room
    }

    pub(crate) fn body_ended(&mut self) {
        self.body_ended_at = Some(Instant::now());
    }

    /// When the body had been read to its end, if it was.
    pub(crate) fn body_ended_at(&self) -> Option<Instant> {
        self.body_ended_at
    }

    /// The outcome: a head that arrived is a response whatever became of its body.
    pub(crate) fn end(mut self, failure: Option<Failure>, timeout: Duration) -> Exchange {
        if self.head.is_none() {
            // The step that failed took its time too.
            self.enter(self.phase);
        }
        let ended_at = self.body_ended_at.unwrap_or_else(Instant::now);
        self.timing.total = ended_at - self.started_at;
        let result = match self.head {
            Some((status, headers)) => Ok(Response {
                status: status.as_u16(),
                headers,
                body: Bytes::from(self.body),
                truncated: self.body_ended_at.is_none(),
            }),
            None => Err(failure.unwrap_or(Failure::TimedOut { phase: self.phase, after: timeout })),
        };
        Exchange {
            result,
            timing: self.timing,
            remote_address: self.remote_address,
            reused_connection: self.reused_connection,
        }
    }
}
