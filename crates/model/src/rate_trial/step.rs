//! One step of a trial: so many requests at one rate, and what came of them.

use std::time::Duration;

use super::answer::Counts;
use super::tally::Cut;

/// Why a rate is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// On the way up.
    Climb,
    /// Once more, because the receiver was slow: it may have been chance.
    SecondLook,
    /// Between a rate that went well and one that did not.
    Narrow,
    /// For longer, because it is to be proposed.
    Hold,
}

/// Requests at one rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// Requests per second.
    pub rate: u32,
    /// How many.
    pub requests: u32,
    /// Why.
    pub purpose: Purpose,
}

/// What came of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    /// What was tried.
    pub step: Step,
    /// Requests per second that were sent in the end: fewer where this side was too busy to keep the pace.
    pub rate: u32,
    /// Requests that were sent.
    pub sent: u32,
    /// How long it took, to the last answer and at least as long as they were due.
    pub lasted: Duration,
    /// Half of the answers came within this time.
    pub p50: Option<Duration>,
    /// 95 of 100 answers came within this time.
    pub p95: Option<Duration>,
    /// What was answered.
    pub counts: Counts,
    /// What went too far; `None` where it went well.
    pub cut: Option<Cut>,
    /// How long the receiver asked to be left alone, counted from the end of the step.
    pub retry_after: Option<Duration>,
}

impl Step {
    /// When the request of this number, from 0, is due after the beginning of the step.
    pub fn due_after(&self, number: u32) -> Duration {
        Duration::from_secs(number.into()) / self.rate.max(1)
    }

    /// How long the step lasts, the wait behind its last request included.
    pub fn lasts(&self) -> Duration {
        self.due_after(self.requests)
    }
}

impl Figures {
    /// Deliveries per second, counted to the last answer: a receiver that lets them wait shows what it takes.
    pub fn achieved(&self) -> f64 {
        let seconds = self.lasted.as_secs_f64();
        if seconds > 0.0 { f64::from(self.counts.succeeded) / seconds } else { 0.0 }
    }

    /// Failures of every kind, in percent of the requests that were sent.
    pub fn errors_percent(&self) -> f64 {
        let errors = self.counts.too_fast() + self.counts.failed();
        if self.sent > 0 { f64::from(errors) * 100.0 / f64::from(self.sent) } else { 0.0 }
    }

    /// Whether the receiver coped with it.
    pub fn is_good(&self) -> bool {
        self.cut.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_due_at_even_distances() {
        let step = Step { rate: 4, requests: 8, purpose: Purpose::Climb };
        assert_eq!(step.due_after(0), Duration::ZERO);
        assert_eq!(step.due_after(1), Duration::from_millis(250));
        assert_eq!(step.lasts(), Duration::from_secs(2));
    }
}
