//! What a person may know of a lane: an endpoint's deliveries in memory.

use crate::ids::EndpointId;
use crate::timestamp::Timestamp;

/// Why a lane is not sending at this moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waiting {
    /// Nothing is due before this instant.
    Due(Timestamp),
    /// A rate limit, of the endpoint or its app, allows the next one at this instant.
    RateLimit(Timestamp),
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

/// A lane at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
}

/// A window into the lanes for those who show them.
pub trait Lanes: Send + Sync + 'static {
    /// The lane of this endpoint, or `None` when nothing of it is in memory.
    fn view(&self, endpoint: EndpointId) -> Option<LaneView>;
}
