//! An attempt: one HTTP request of one delivery. A fact; it never changes.

use std::time::Duration;

use bytes::Bytes;

use crate::delivery::DeliveryKey;
use crate::delivery_rules::SuccessRule;
use crate::ids::AttemptId;
use crate::timestamp::Timestamp;

/// The `user-agent` of every request.
pub const USER_AGENT: &str = concat!("Wirepost/", env!("CARGO_PKG_VERSION"));
/// What the failure of an attempt begins with that was never made, because its payload was gone.
const EXPIRED: &str = "expired: ";

/// What asked for an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    /// The schedule: the first try or a retry.
    Scheduled,
    /// A person or program that asked for it to be sent again.
    Manual,
}

/// What came of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttemptOutcome {
    /// A response head arrived in time.
    Answered {
        /// The HTTP status code.
        status: u16,
        /// How long the receiver asked to wait (`Retry-After`), from the moment of the answer.
        retry_after: Option<Duration>,
    },
    /// None arrived.
    NoAnswer(FailureCause),
}

/// Why no response came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailureCause {
    /// A stable short word: `dns`, `refused`, `tls`, `timeout`, `reset`, `blocked`, `protocol`, `expired` ….
    pub code: &'static str,
    /// The same in words for people.
    pub text: String,
}

/// Where the time went; `None` where a step was not needed or not reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Timing {
    /// Looking up the name.
    pub dns: Option<Duration>,
    /// Opening the connection.
    pub connect: Option<Duration>,
    /// The TLS handshake.
    pub tls: Option<Duration>,
    /// From sending the request to the first byte of the answer.
    pub first_byte: Option<Duration>,
}

/// One request and what came of it, without bodies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Its id.
    pub id: AttemptId,
    /// Which delivery it was of.
    pub delivery: DeliveryKey,
    /// What asked for it.
    pub trigger: Trigger,
    /// When it began.
    pub started_at: Timestamp,
    /// How long it took, to the end of the response.
    pub duration: Duration,
    /// Whether it counts as delivered.
    pub succeeded: bool,
    /// The HTTP status code; `None` without an answer.
    pub status: Option<u16>,
    /// Why there was no answer, as `code: words`.
    pub failure: Option<String>,
    /// The address it was sent to, with port.
    pub remote_address: Option<String>,
    /// Where the time went.
    pub timing: Timing,
    /// The URL it was sent to.
    pub url: std::sync::Arc<str>,
}

/// What is kept of an attempt for as long as contents are kept.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AttemptContent {
    /// The `webhook-signature` header as sent.
    pub signature: String,
    /// Response headers, one `name: value` a line.
    pub response_headers: Bytes,
    /// The first 16 KiB of the response body.
    pub response_body: Bytes,
}

impl AttemptOutcome {
    /// Whether this counts as delivered.
    pub fn succeeded(&self, rule: SuccessRule) -> bool {
        matches!(self, Self::Answered { status, .. } if rule.allows(*status))
    }

    /// Whether the sending side failed (no socket left, no trusted certificates): this says nothing of the receiver.
    pub fn is_our_fault(&self) -> bool {
        matches!(self, Self::NoAnswer(FailureCause { code: "local", .. }))
    }

    /// Whether the receiver, or the way to it, is overloaded or down, so that its whole lane should slow.
    pub fn asks_to_slow_down(&self) -> bool {
        match self {
            Self::Answered { status, .. } => matches!(status, 429 | 502 | 503 | 504),
            Self::NoAnswer(_) => true,
        }
    }
}

impl Attempt {
    /// Whether the receiver was to be asked at all.
    pub fn was_asked(&self) -> bool {
        !self.failure.as_deref().is_some_and(|failure| failure.starts_with(EXPIRED))
    }
}

impl Trigger {
    /// The number on the wire and in the database.
    pub fn number(self) -> u8 {
        match self {
            Self::Scheduled => 0,
            Self::Manual => 1,
        }
    }
}
