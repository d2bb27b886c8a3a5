//! What is known of a step while it runs, and when it has gone too far.

use std::time::Duration;

use super::answer::{Answer, AnswerKind, Counts};
use super::step::{Figures, Step};

/// Answers that may be slow, in percent of a step's requests.
const SLOW_PERCENT: u32 = 5;
/// Answers that may say "too fast", in percent of a step's requests.
const TOO_FAST_PERCENT: u32 = 2;
/// For this part of a step, and never less than this long, this side may fall behind by its own fault.
const LATE_PART: u32 = 5;
const LATE_LEAST: Duration = Duration::from_millis(500);
/// Of its rate a step must keep so much, or it says nothing of a receiver that took it.
const KEPT_PERCENT: u64 = 90;
/// Fewer requests than this have no rate.
const SENT_LEAST: u32 = 5;
/// So few are chance in any step, however small.
const CHANCE: u32 = 2;

/// Why a step went no further. The moment it does, nothing more of it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Too many answers took longer than this.
    Slow(Duration),
    /// Too many answers said "too fast": 429, 502, 503 or 504.
    TooFast,
    /// Too many requests failed in another way.
    Failing,
    /// The receiver answered 410: it wants nothing more.
    Gone,
    /// This server could not send as fast as it should.
    Late,
    /// This server failed at sending.
    OwnFault,
}

/// A step that runs.
#[derive(Debug, Clone)]
pub struct Tally {
    step: Step,
    slow_after: Duration,
    errors_percent_most: u32,
    latencies: Vec<Duration>,
    slow: u32,
    late_for: Duration,
    hiccups: u32,
    gone: bool,
    own_fault: bool,
    counts: Counts,
    retry_after: Option<Duration>,
    failure: Option<String>,
}

impl Tally {
    /// Nothing was sent yet. An answer is slow after `slow_after`.
    pub fn new(step: Step, slow_after: Duration, errors_percent_most: u32) -> Self {
        Self {
            step,
            slow_after,
            errors_percent_most,
            latencies: Vec::with_capacity(step.requests as usize),
            slow: 0,
            late_for: Duration::ZERO,
            hiccups: 0,
            gone: false,
            own_fault: false,
            counts: Counts::default(),
            retry_after: None,
            failure: None,
        }
    }

    /// The step.
    pub fn step(&self) -> Step {
        self.step
    }

    /// When an answer is slow, counted from when its request was due.
    pub fn slow_after(&self) -> Duration {
        self.slow_after
    }

    /// Learns how a request ended.
    pub fn note(&mut self, answer: Answer) {
        self.gone |= answer.kind == AnswerKind::Gone;
        self.own_fault |= answer.kind == AnswerKind::OwnFault;
        self.counts.add(answer.kind);
        self.latencies.push(answer.latency);
        self.slow += u32::from(answer.latency > self.slow_after);
        self.retry_after = self.retry_after.max(answer.retry_after);
        if self.failure.is_none() {
            self.failure = answer.failure;
        }
    }

    /// Learns that this side woke up late for a request: what is slow then may be as slow by our own fault.
    pub fn note_hiccup(&mut self) {
        self.hiccups += 1;
    }

    /// Learns that this side fell behind by so much by its own fault, and sends all that follows as much later.
    pub fn note_late(&mut self, by: Duration) {
        self.late_for += by;
    }

    /// What went wrong first, in words.
    pub fn failure(&self) -> Option<&str> {
        self.failure.as_deref()
    }

    /// Whether it has gone too far, when so many open requests are slow already.
    pub fn cut(&self, open_and_slow: u32) -> Option<Cut> {
        if self.own_fault {
            Some(Cut::OwnFault)
        } else if self.gone {
            Some(Cut::Gone)
        } else if self.counts.failed() > self.allowed(self.errors_percent_most) {
            Some(Cut::Failing)
        } else if self.late_for > (self.step.lasts() / LATE_PART).max(LATE_LEAST) {
            // Before slowness: who cannot send in time cannot measure either.
            Some(Cut::Late)
        } else if self.counts.too_fast() > self.allowed(TOO_FAST_PERCENT) {
            Some(Cut::TooFast)
        } else if self.slow + open_and_slow > self.allowed(SLOW_PERCENT) {
            Some(if self.hiccups > CHANCE { Cut::Late } else { Cut::Slow(self.slow_after) })
        } else {
            None
        }
    }

    /// How it stands after so many requests and this time; with what cut it short.
    /// `sending` is how long it took to send them, the distance behind the last one included.
    pub fn figures(&self, sent: u32, sending: Duration, lasted: Duration, cut: Option<Cut>) -> Figures {
        let mut latencies = self.latencies.clone();
        latencies.sort_unstable();
        let rate = self.kept_rate(sent, sending);
        let is_late = u64::from(rate) * 100 < u64::from(self.step.rate) * KEPT_PERCENT;
        Figures {
            step: self.step,
            rate,
            cut: cut.or(is_late.then_some(Cut::Late)),
            sent,
            lasted,
            p50: percentile(&latencies, 50),
            p95: percentile(&latencies, 95),
            counts: self.counts,
            retry_after: self.retry_after,
        }
    }

    /// The rate at which they were sent; so few tell nothing of it.
    fn kept_rate(&self, sent: u32, sending: Duration) -> u32 {
        let seconds = sending.as_secs_f64();
        if sent < SENT_LEAST || seconds <= 0.0 {
            return self.step.rate;
        }
        ((f64::from(sent) / seconds).round() as u32).clamp(1, self.step.rate)
    }

    fn allowed(&self, percent: u32) -> u32 {
        (self.step.requests * percent / 100).max(CHANCE)
    }
}

/// The value that so many percent of these, in their order, do not pass.
fn percentile(sorted: &[Duration], percent: usize) -> Option<Duration> {
    sorted.get((sorted.len() * percent).div_ceil(100).checked_sub(1)?).copied()
}

#[cfg(test)]
mod tests {
    use super::super::step::Purpose;
    use super::*;

    fn tally(requests: u32) -> Tally {
        let step = Step { rate: 100, requests, purpose: Purpose::Climb };
        Tally::new(step, Duration::from_millis(100), 5)
    }

    fn answer(kind: AnswerKind, millis: u64) -> Answer {
        Answer { kind, latency: Duration::from_millis(millis), retry_after: None, failure: None }
    }

    #[test]
    fn two_of_anything_are_chance() {
        for kind in [AnswerKind::TooMany, AnswerKind::Refused] {
            let mut tally = tally(10);
            (0..2).for_each(|_| tally.note(answer(kind, 1)));
            assert_eq!(tally.cut(2), None);
            tally.note(answer(kind, 1));
            assert!(tally.cut(0).is_some());
        }
    }

    #[test]
    fn what_is_open_for_too_long_is_slow_before_it_is_answered() {
        let mut tally = tally(100);
        (0..3).for_each(|_| tally.note(answer(AnswerKind::Success, 101)));
        assert_eq!(tally.cut(2), None);
        assert_eq!(tally.cut(3), Some(Cut::Slow(Duration::from_millis(100))));
    }

    #[test]
    fn failures_count_before_slowness_and_one_gone_is_enough() {
        let mut tally = tally(100);
        (0..6).for_each(|_| tally.note(answer(AnswerKind::TimedOut, 15_000)));
        assert_eq!(tally.cut(50), Some(Cut::Failing));
        tally.note(answer(AnswerKind::Gone, 1));
        assert_eq!(tally.cut(0), Some(Cut::Gone));
    }

    #[test]
    fn who_falls_behind_for_long_judges_nobody() {
        let mut tally = tally(100);
        tally.note_late(Duration::from_millis(500));
        assert_eq!(tally.cut(0), None);
        tally.note_late(Duration::from_millis(1));
        assert_eq!(tally.cut(100), Some(Cut::Late));
    }

    #[test]
    fn slowness_is_not_believed_to_whom_is_slow_oneself() {
        let mut tally = tally(100);
        (0..2).for_each(|_| tally.note_hiccup());
        assert_eq!(tally.cut(6), Some(Cut::Slow(Duration::from_millis(100))));
        tally.note_hiccup();
        assert_eq!((tally.cut(5), tally.cut(6)), (None, Some(Cut::Late)));
    }

    #[test]
    fn percentiles_are_values_that_were_seen() {
        let mut tally = tally(100);
        (1..=100).rev().for_each(|millis| tally.note(answer(AnswerKind::Success, millis)));
        let figures = tally.figures(100, Duration::from_secs(1), Duration::from_secs(1), None);
        assert_eq!(figures.p50, Some(Duration::from_millis(50)));
        assert_eq!(figures.p95, Some(Duration::from_millis(95)));
        assert!((figures.achieved() - 100.0).abs() < 1e-9);
        assert_eq!(percentile(&[], 95), None);
    }

    #[test]
    fn a_step_counts_for_the_rate_that_was_kept() {
        let kept = |millis| {
            let sending = Duration::from_millis(millis);
            let figures = tally(100).figures(100, sending, sending, None);
            (figures.rate, figures.cut)
        };
        assert_eq!(kept(990), (100, None));
        assert_eq!(kept(1_050), (95, None));
        assert_eq!(kept(1_250), (80, Some(Cut::Late)));
        let second = Duration::from_secs(1);
        let refused = tally(100).figures(50, second, second, Some(Cut::TooFast));
        assert_eq!((refused.rate, refused.cut), (50, Some(Cut::TooFast)));
    }
}
