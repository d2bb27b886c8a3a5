//! Looking for the rate that an endpoint copes with: steps of requests at rising rates, how each is judged, and what
//! is proposed in the end. Pure: instants and answers go in; the next step, the cut or the conclusion come out.
//!
//! Requests are due at even distances whether earlier ones were answered or not, and a request's latency counts from
//! when it was due. So a receiver that falls behind shows at once, instead of slowing down its own examination.

mod answer;
mod conclusion;
mod search;
#[cfg(test)]
mod simulation;
mod step;
mod tally;

use std::ops::RangeInclusive;
use std::time::Duration;

pub use answer::{Answer, AnswerKind, Counts};
pub use conclusion::{Conclusion, Ending};
pub use search::{Next, Search};
pub use step::{Figures, Purpose, Step};
pub use tally::{Cut, Tally};

/// Requests per second that a trial may be allowed.
pub const RATE_BOUNDS: RangeInclusive<u32> = 1..=1_000;
/// Requests that a trial may be allowed in all.
pub const REQUESTS_BOUNDS: RangeInclusive<u32> = 20..=20_000;
/// Seconds that a trial may be allowed to last.
pub const SECONDS_BOUNDS: RangeInclusive<u32> = 10..=180;
/// Errors that a trial may be allowed, in percent of a step's requests.
pub const ERRORS_PERCENT_BOUNDS: RangeInclusive<u32> = 1..=50;

/// What a person allows a trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrialBounds {
    /// The highest rate, in requests per second.
    pub rate_most: u32,
    /// Most requests in all.
    pub requests_most: u32,
    /// How long it may last.
    pub lasts_most: Duration,
    /// Errors that end it, in percent of a step's requests. Answers that say "too fast" are none of them.
    pub errors_percent_most: u32,
}
