//! How many requests a lane may have open, and how soon: grows while the endpoint answers, halves when it does not,
//! and leaves an endpoint alone for a moment that is down or takes not even one after the other, whatever waits.

use std::time::Duration;

use wirepost_model::attempt::AttemptOutcome;
use wirepost_model::lane::Throttled;
use wirepost_model::timestamp::Timestamp;

use crate::spacing::Spacing;

/// 429 Too Many Requests (RFC 6585, section 4).
const TOO_MANY: u16 = 429;
/// Open requests a lane starts with.
const START: usize = 4;
/// An answer slower than this lets the limit grow only slowly.
const FAST: Duration = Duration::from_secs(1);
/// Without any answer for this long while requests are open, the lane opens no more than it started with.
const STALLED_AFTER: Duration = Duration::from_millis(500);

/// Failures in a row before the lane backs off: one delivery's whole schedule is never held up by it.
const FAILURES_FREE: u32 = 9;
/// The first time a lane backs off; it doubles with every failure.
const BACK_OFF_FIRST: Duration = Duration::from_millis(50);
/// An endpoint that comes back is noticed after this long at the latest.
const BACK_OFF_MOST: Duration = Duration::from_secs(2);

/// A limit that adapts, between 1 and `most`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct InFlightLimit {
    limit: usize,
    most: usize,
    /// Slow answers since the limit last grew.
    slow_answers: usize,
    /// Requests begun before this count no more against the limit: they belong to the burst that halved it.
    halved_at: Timestamp,
    last_answer_at: Timestamp,
    /// Requests in a row that found the endpoint down or overloaded.
    failures: u32,
    spacing: Spacing,
    /// Since when it is lower than before, and what it was then.
    throttled: Option<(Timestamp, usize)>,
    /// Whether the last request was answered; `None` before the first one ended.
    answers: Option<bool>,
}

impl InFlightLimit {
    /// A limit for an endpoint nothing is known of.
    pub(crate) fn new(most: usize, now: Timestamp) -> Self {
        let most = most.max(1);
        Self {
            limit: START.min(most),
            most,
            slow_answers: 0,
            halved_at: Timestamp::default(),
            last_answer_at: now,
            failures: 0,
            spacing: Spacing::default(),
            throttled: None,
            answers: None,
        }
    }

    /// Sets the bound; the limit follows it down at once, and grows towards it as the endpoint answers.
    pub(crate) fn set_most(&mut self, most: usize) {
        self.most = most.max(1);
        self.limit = self.limit.min(self.most);
        self.end_throttling();
    }

    /// The limit now, with `open` requests open.
    pub(crate) fn now(&self, open: usize, now: Timestamp) -> usize {
        let stalled = open > 0 && now.since(self.last_answer_at) > STALLED_AFTER;
        if stalled { self.limit.min(START) } else { self.limit }
    }

    /// The limit by what was learned, however long the endpoint has been silent since.
    pub(crate) fn learned(&self) -> usize {
        self.limit
    }

    /// Whether the endpoint answered at all the last time it was asked; `None` before it was.
    pub(crate) fn endpoint_answers(&self) -> Option<bool> {
        self.answers
    }

    /// How long to leave the endpoint alone after the request that was just learned from; zero for not at all.
    pub(crate) fn back_off(&self) -> Duration {
        let doublings = self.failures.checked_sub(FAILURES_FREE + 1).map(|over| over.min(16));
        let by_failures = doublings.map_or(Duration::ZERO, |count| BACK_OFF_FIRST * 2_u32.pow(count));
        by_failures.min(BACK_OFF_MOST).max(self.spacing.distance())
    }

    /// Since when the endpoint gets less than it got before, because of how it answers, and how far it went.
    pub(crate) fn throttled(&self) -> Option<Throttled> {
        self.throttled.map(|(since, _)| Throttled { since, spacing: self.back_off() })
    }

    /// Says that a request is opened while none is: silence before it means nothing.
    pub(crate) fn woke(&mut self, now: Timestamp) {
        self.last_answer_at = now;
    }

    /// Learns from a request that began at `started_at` and ended `now`.
    pub(crate) fn learn(&mut self, outcome: &AttemptOutcome, started_at: Timestamp, now: Timestamp) {
        let answered = matches!(outcome, AttemptOutcome::Answered { .. });
        self.answers = Some(answered);
        if answered {
            self.last_answer_at = now;
        }
        if outcome.asks_to_slow_down() {
            self.failures = self.failures.saturating_add(1);
            self.slow_down(outcome, started_at, now);
        } else {
            self.failures = 0;
            // As long as single requests lie apart, there is no room for more of them.
            if !self.spacing.narrow() {
                self.grow(now.since(started_at));
            }
            self.end_throttling();
        }
    }

    fn slow_down(&mut self, outcome: &AttemptOutcome, started_at: Timestamp, now: Timestamp) {
        // A halving in the future is one from before the clock was set back.
        if started_at < self.halved_at && self.halved_at <= now {
            return;
        }
        self.throttled.get_or_insert((now, self.limit));
        let too_many = matches!(outcome, AttemptOutcome::Answered { status: TOO_MANY, .. });
        if self.limit == 1 && too_many {
            self.spacing.widen();
        }
        self.limit = (self.limit / 2).max(1);
        self.halved_at = now;
    }

    fn end_throttling(&mut self) {
        let is_slow = |(_, before): &(Timestamp, usize)| self.limit < (*before).min(self.most);
        let rests = !self.back_off().is_zero();
        self.throttled = self.throttled.filter(|throttled| rests || is_slow(throttled));
    }

    fn grow(&mut self, duration: Duration) {
        self.slow_answers += 1;
        if duration <= FAST || self.slow_answers >= self.limit {
            self.slow_answers = 0;
            self.limit = (self.limit + 1).min(self.most);
        }
    }
}

#[cfg(test)]
mod tests {
    use wirepost_model::attempt::FailureCause;

    use super::*;

    const OK: AttemptOutcome = AttemptOutcome::Answered { status: 200, retry_after: None };

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    fn timed_out() -> AttemptOutcome {
        AttemptOutcome::NoAnswer(FailureCause { code: "timeout", text: String::new() })
    }

    #[test]
    fn fast_answers_open_it_to_the_bound_and_no_further() {
        let mut limit = InFlightLimit::new(32, at(0));
        for millis in 0..100 {
            limit.learn(&OK, at(millis), at(millis + 1));
        }
        assert_eq!(limit.now(1, at(100)), 32);
    }

    #[test]
    fn a_lower_bound_holds_at_once_and_a_higher_one_is_grown_into() {
        let mut limit = InFlightLimit::new(32, at(0));
        let learn = |limit: &mut InFlightLimit| (0..100).for_each(|_| limit.learn(&OK, at(0), at(1)));
        learn(&mut limit);
        limit.set_most(1);
        assert_eq!(limit.now(1, at(1)), 1);
        learn(&mut limit);
        assert_eq!(limit.now(1, at(1)), 1);
        limit.set_most(50);
        assert_eq!(limit.now(1, at(1)), 1);
        learn(&mut limit);
        assert_eq!(limit.now(1, at(1)), 50);
        limit.set_most(0);
        assert_eq!(limit.now(1, at(1)), 1);
    }

    #[test]
    fn slow_answers_open_it_once_a_round() {
        let mut limit = InFlightLimit::new(64, at(0));
        for round in 0..4 {
            limit.learn(&OK, at(round * 2_000), at(round * 2_000 + 2_000));
        }
        assert_eq!(limit.now(1, at(8_000)), START + 1);
    }

    #[test]
    fn one_burst_of_failures_halves_it_once_and_failures_in_a_row_bring_it_to_one() {
        let mut limit = InFlightLimit::new(64, at(0));
        for millis in 0..60 {
            limit.learn(&OK, at(millis), at(millis));
        }
        for _ in 0..64 {
            limit.learn(&timed_out(), at(60), at(30_000));
        }
        assert_eq!(limit.limit, 32);
        for round in 1..10 {
            limit.learn(&timed_out(), at(round * 30_000), at((round + 1) * 30_000));
        }
        assert_eq!(limit.limit, 1);
        assert_eq!(limit.endpoint_answers(), Some(false));
    }

    #[test]
    fn an_endpoint_that_is_down_is_left_alone_ever_longer_up_to_a_bound() {
        let mut limit = InFlightLimit::new(64, at(0));
        let mut waits = Vec::new();
        for failure in 0..20 {
            limit.learn(&timed_out(), at(failure), at(failure));
            waits.push(limit.back_off().as_millis());
        }
        assert_eq!(waits[..9], [0; 9]);
        assert_eq!(waits[9..13], [50, 100, 200, 400]);
        assert_eq!(waits[19], 2_000);
        limit.learn(&OK, at(30), at(30));
        assert_eq!(limit.back_off(), Duration::ZERO);
    }

    #[test]
    fn too_many_even_one_at_a_time_sets_requests_apart_and_good_answers_bring_them_together() {
        let too_many = AttemptOutcome::Answered { status: 429, retry_after: None };
        let mut limit = InFlightLimit::new(64, at(0));
        let mut learn = |outcome: &AttemptOutcome, second: i64| {
            limit.learn(outcome, at(second * 1_000), at(second * 1_000));
            (
                limit.learned(),
                limit.back_off().as_millis(),
                limit.throttled().map(|throttled| throttled.since),
            )
        };
        assert_eq!(learn(&OK, 0), (5, 0, None));
        assert_eq!(learn(&too_many, 1), (2, 0, Some(at(1_000))));
        assert_eq!(learn(&too_many, 2), (1, 0, Some(at(1_000))));
        assert_eq!(learn(&too_many, 3), (1, 20, Some(at(1_000))));
        assert_eq!(learn(&too_many, 4), (1, 40, Some(at(1_000))));
        assert_eq!(learn(&OK, 5), (1, 25, Some(at(1_000))));
        let together = (6..100).find(|second| learn(&OK, *second) == (2, 0, Some(at(1_000))));
        assert!(together.is_some(), "then there is room for a second one");
        assert_eq!(learn(&OK, 101), (3, 0, Some(at(1_000))));
        assert_eq!(learn(&OK, 102), (4, 0, Some(at(1_000))));
        assert_eq!(learn(&OK, 103), (5, 0, None), "as many as before");
    }

    #[test]
    fn an_endpoint_that_falls_silent_gets_no_more_than_a_few() {
        let mut limit = InFlightLimit::new(64, at(0));
        for millis in 0..100 {
            limit.learn(&OK, at(millis), at(millis));
        }
        assert_eq!(limit.now(5, at(200)), 64);
        assert_eq!(limit.now(5, at(700)), START);
        assert_eq!(limit.now(0, at(700)), 64);
    }

    #[test]
    fn a_clock_set_back_does_not_keep_a_silent_endpoint_wide_open() {
        let mut limit = InFlightLimit::new(64, at(0));
        limit.learn(&timed_out(), at(3_600_000), at(3_630_000));
        limit.learn(&timed_out(), at(0), at(30_000));
        assert_eq!(limit.learned(), 1);
    }
}
