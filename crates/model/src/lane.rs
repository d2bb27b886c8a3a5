//! What a person may know of a lane: an endpoint's deliveries in memory.

use std::time::Duration;

use crate::ids::{EndpointId, MessageId};
use crate::timestamp::Timestamp;

/// Why a lane is not sending at this moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waiting {
    /// Nothing is due before this instant.
    Due(Timestamp),
    /// The rate limit of the endpoint allows the next one at this instant.
    RateLimit(Timestamp),
    /// The rate limit of the app allows the next one at this instant; its endpoints take turns.
    AppRateLimit(Timestamp),
    /// Messages go in order, and the first in line is not due before this instant.
    Head(Timestamp),
    /// The receiver asked to be left alone until this instant.
    RetryAfter(Timestamp),
    /// The endpoint is down or overloaded; it is asked again at this instant.
    BackOff(Timestamp),
    /// As many requests are open as the endpoint copes with.
    InFlightFull,
    /// All sockets of the process are taken; the lane has its turn in the queue.
    Sockets,
    /// The endpoint is disabled or gone.
    Disabled,
    /// Due deliveries are being read from the database.
    Loading,
    /// Nothing is waiting.
    Empty,
}

/// How a lane slows down for an endpoint that is overloaded or down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Throttled {
    /// Since when fewer requests are open, or they lie further apart, than before.
    pub since: Timestamp,
    /// How long the endpoint is left alone between two requests; zero while fewer at once are enough.
    pub spacing: Duration,
}

/// A lane at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LaneView {
    /// Requests open now.
    pub in_flight: usize,
    /// Most requests the lane may have open now; adapts to how the endpoint answers.
    pub in_flight_limit: usize,
    /// Deliveries waiting in memory.
    pub queued: usize,
    /// Whether more wait in the database.
    pub more_in_database: bool,
    /// Why it is not sending, or `None` while it is.
    pub waiting: Option<Waiting>,
    /// How it slows down, until the endpoint answers well again.
    pub throttled: Option<Throttled>,
    /// Where messages go in order, the one that has to end before another may go, once it was tried.
    pub head: Option<MessageId>,
}

/// All lanes together at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LaneSums {
    /// Endpoints with something in memory.
    pub lanes: usize,
    /// Of these, those with more waiting in the database.
    pub behind: usize,
    /// Requests open now.
    pub in_flight: usize,
    /// Deliveries waiting in memory.
    pub queued: usize,
}

/// A window into the lanes for those who show them.
pub trait Lanes: Send + Sync + 'static {
    /// The lane of this endpoint, or `None` when nothing of it is in memory.
    fn view(&self, endpoint: EndpointId) -> Option<LaneView>;

    /// All of them together.
    fn sums(&self) -> LaneSums;
}
