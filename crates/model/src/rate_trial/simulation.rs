//! Whole trials against receivers of every character, in virtual time: what is proposed lies near what they cope
//! with, and no bound is ever passed.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::*;

const TIMEOUT: Duration = Duration::from_secs(15);
/// After a cut, what is not answered by then counts as timed out.
const DRAIN: Duration = Duration::from_secs(10);

/// Answers a request that arrives at this instant: when, and how.
trait Receiver {
    fn answer(&mut self, at: Duration) -> (Duration, AnswerKind);

    fn retry_after(&self) -> Option<Duration> {
        None
    }
}

/// One server that takes the same time for each, and lets the others wait.
struct Queue {
    each: Duration,
    base: Duration,
    free_at: Duration,
}

/// Answers 429 when its bucket is empty.
struct Bucket {
    rate: f64,
    burst: f64,
    left: f64,
    seen_at: Duration,
    retry_after: Option<Duration>,
}

/// Its latency rises with the rate it sees, from some rate on.
struct Gradual {
    from: f64,
    seen: Vec<Duration>,
}

/// A queue with a latency that is never the same, and now and then an answer that takes very long.
struct Noisy {
    queue: Queue,
    rng: StdRng,
}

/// Answers nothing any more once it is asked faster than this.
struct Hanging {
    above: f64,
    seen: Vec<Duration>,
}

/// Fails every request.
struct Broken(AnswerKind);

impl Queue {
    fn of(rate: u32) -> Self {
        let each = Duration::from_secs(1) / rate;
        Self { each, base: Duration::from_millis(8), free_at: Duration::ZERO }
    }
}

impl Receiver for Queue {
    fn answer(&mut self, at: Duration) -> (Duration, AnswerKind) {
        self.free_at = self.free_at.max(at) + self.each;
        (self.free_at + self.base, AnswerKind::Success)
    }
}

impl Bucket {
    fn of(rate: u32, burst: f64) -> Self {
        Self { rate: rate.into(), burst, left: burst, seen_at: Duration::ZERO, retry_after: None }
    }
}

impl Receiver for Bucket {
    fn answer(&mut self, at: Duration) -> (Duration, AnswerKind) {
        let gained = (at - self.seen_at).as_secs_f64() * self.rate;
        self.left = (self.left + gained).min(self.burst.max(1.0));
        self.seen_at = at;
        let kind = if self.left >= 1.0 { AnswerKind::Success } else { AnswerKind::TooMany };
        if kind == AnswerKind::Success {
            self.left -= 1.0;
        }
        (at + Duration::from_millis(3), kind)
    }

    fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }
}

/// Requests of the last second, this one included.
fn seen_rate(seen: &mut Vec<Duration>, at: Duration) -> f64 {
    seen.push(at);
    seen.retain(|earlier| at.saturating_sub(*earlier) < Duration::from_secs(1));
    seen.len() as f64
}

impl Receiver for Gradual {
    fn answer(&mut self, at: Duration) -> (Duration, AnswerKind) {
        let over = (seen_rate(&mut self.seen, at) / self.from - 1.0).max(0.0);
        // Twice as much for every tenth above.
        let latency = Duration::from_millis(60).mul_f64(2f64.powf(over * 10.0).min(100.0));
        (at + latency, AnswerKind::Success)
    }
}

impl Receiver for Noisy {
    fn answer(&mut self, at: Duration) -> (Duration, AnswerKind) {
        let (end, kind) = self.queue.answer(at);
        let even: f64 = self.rng.random();
        let late = if self.rng.random_bool(0.005) { 2.0 } else { 0.0 };
        (end + Duration::from_secs_f64(-(1.0 - even).ln() * 0.03 + late), kind)
    }
}

impl Receiver for Hanging {
    fn answer(&mut self, at: Duration) -> (Duration, AnswerKind) {
        let hangs = seen_rate(&mut self.seen, at) > self.above + 1.0;
        let (after, kind) = match hangs {
            true => (TIMEOUT, AnswerKind::TimedOut),
            false => (Duration::from_millis(20), AnswerKind::Success),
        };
        (at + after, kind)
    }
}

impl Receiver for Broken {
    fn answer(&mut self, at: Duration) -> (Duration, AnswerKind) {
        (at + Duration::from_millis(5), self.0)
    }
}

/// What came of a whole trial.
struct Played {
    conclusion: Conclusion,
    search: Search,
    lasted: Duration,
    /// When each request was sent.
    sent_at: Vec<Duration>,
}

fn bounds(rate_most: u32) -> TrialBounds {
    TrialBounds {
        rate_most,
        requests_most: 20_000,
        lasts_most: Duration::from_secs(180),
        errors_percent_most: 5,
    }
}

fn play(bounds: TrialBounds, receiver: &mut dyn Receiver) -> Played {
    let (mut search, mut now, mut sent_at) = (Search::new(bounds), Duration::ZERO, Vec::new());
    for _ in 0..100 {
        match search.next(now) {
            Next::Run { step, after } => {
                let tally = Tally::new(step, search.slow_after(), bounds.errors_percent_most);
                now = play_step(tally, now + after, receiver, &mut search, &mut sent_at);
            }
            Next::End(conclusion) => return Played { conclusion, search, lasted: now, sent_at },
        }
    }
    panic!("it goes on for ever: {:?}", search.figures());
}

/// Plays a step that begins at `began`; answers when it was over.
fn play_step(
    mut tally: Tally,
    began: Duration,
    receiver: &mut dyn Receiver,
    search: &mut Search,
    sent_at: &mut Vec<Duration>,
) -> Duration {
    let step = tally.step();
    // What is open, by when it ends and its number.
    let mut open: BTreeMap<(Duration, u32), (Duration, AnswerKind)> = BTreeMap::new();
    let (mut sent, mut now, mut cut) = (0, began, None);
    while cut.is_none() && (sent < step.requests || !open.is_empty()) {
        let due = (sent < step.requests).then(|| began + step.due_after(sent));
        let ends = open.keys().next().map(|(at, _)| *at);
        // The instant at which an open request becomes slow is one to look at, too.
        let slow = open.values().map(|(due, _)| *due + tally.slow_after() + Duration::from_millis(1));
        let slow = slow.filter(|at| *at > now).min();
        now = [due, ends, slow].into_iter().flatten().min().expect("something is open or due");
        if due == Some(now) {
            let (end, kind) = receiver.answer(now);
            open.insert((end.min(now + TIMEOUT), sent), (now, kind));
            sent_at.push(now);
            sent += 1;
        }
        note_ended(&mut tally, &mut open, now, receiver);
        let is_slow = |(due, _): &&(Duration, AnswerKind)| now - *due > tally.slow_after();
        cut = tally.cut(open.values().filter(is_slow).count() as u32);
    }
    let lasted = (now - began).min(step.lasts());
    let drained = open.keys().last().map_or(now, |(at, _)| *at).min(now + DRAIN);
    note_ended(&mut tally, &mut open, drained, receiver);
    for (due, _) in open.into_values() {
        let latency = drained - due;
        let kind = AnswerKind::TimedOut;
        tally.note(Answer { kind, latency, retry_after: None, failure: None });
    }
    let cut = tally.cut(0).or(cut);
    search.learn(tally.figures(sent, step.due_after(sent), lasted.max(step.due_after(sent)), cut));
    drained
}

fn note_ended(
    tally: &mut Tally,
    open: &mut BTreeMap<(Duration, u32), (Duration, AnswerKind)>,
    now: Duration,
    receiver: &dyn Receiver,
) {
    while let Some(entry) = open.first_entry().filter(|entry| entry.key().0 <= now) {
        let ((end, _), (due, kind)) = entry.remove_entry();
        let retry_after = if kind == AnswerKind::TooMany { receiver.retry_after() } else { None };
        tally.note(Answer { kind, latency: end - due, retry_after, failure: None });
    }
}

fn proposal(receiver: &mut dyn Receiver) -> (u32, Played) {
    let played = play(bounds(1_000), receiver);
    let proposal = played.conclusion.proposal();
    (proposal.unwrap_or_else(|| panic!("{:?}: {:#?}", played.conclusion, played.search.figures())), played)
}

fn assert_near(proposal: u32, rate: u32, played: &Played) {
    let share = f64::from(proposal) / f64::from(rate);
    let told: Vec<_> = played.search.figures().iter().map(|figures| (figures.step, figures.cut)).collect();
    assert!((0.8..=1.2).contains(&share), "{share} {proposal} for {rate}: {:?} {told:#?}", played.conclusion);
}

/// No second holds more than the bound, and nothing is sent beyond the other two.
fn assert_within_bounds(played: &Played) {
    let bounds = played.search.bounds();
    let most = bounds.rate_most as usize;
    let too_fast =
        played.sent_at.windows(most + 2).any(|span| span[most + 1] - span[0] < Duration::from_secs(1));
    assert!(!too_fast, "more than {most} in a second");
    assert!(played.sent_at.len() <= bounds.requests_most as usize);
    assert!(played.sent_at.last().is_none_or(|at| *at <= bounds.lasts_most));
    assert_eq!(played.sent_at.len(), played.search.sent() as usize);
}

/// All low ones, and some of the others.
fn rates() -> impl Iterator<Item = u32> {
    (5..40).chain((40..=500).step_by(61)).chain([500])
}

#[test]
fn a_queue_that_saturates_is_found_at_every_rate() {
    for rate in rates() {
        let (proposal, played) = proposal(&mut Queue::of(rate));
        assert_near(proposal, rate, &played);
        assert_within_bounds(&played);
        assert!(
            played.conclusion.held && played.conclusion.ending == Ending::Found,
            "{:?}",
            played.conclusion
        );
    }
}

#[test]
fn a_limit_that_answers_429_is_found_at_every_rate() {
    for rate in rates() {
        for burst in [1.0, f64::from(rate) / 2.0, f64::from(rate)] {
            let (proposal, played) = proposal(&mut Bucket::of(rate, burst));
            assert_near(proposal, rate, &played);
            assert_within_bounds(&played);
        }
    }
}

#[test]
fn a_receiver_that_slows_gradually_is_found_where_it_begins_to() {
    for rate in (10..=500).step_by(35) {
        let (proposal, played) = proposal(&mut Gradual { from: rate.into(), seen: Vec::new() });
        assert_near(proposal, rate, &played);
    }
}

#[test]
fn a_noisy_receiver_is_found_all_the_same() {
    for seed in 0..4 {
        for rate in [5, 8, 20, 40, 90, 150, 300, 500] {
            let rng = StdRng::seed_from_u64(seed);
            let (proposal, played) = proposal(&mut Noisy { queue: Queue::of(rate), rng });
            assert_near(proposal, rate, &played);
        }
    }
}

#[test]
fn a_receiver_that_hangs_ends_the_trial_at_the_last_rate_that_went_well() {
    let (proposal, played) = proposal(&mut Hanging { above: 100.0, seen: Vec::new() });
    assert_eq!((played.conclusion.ending, played.conclusion.good), (Ending::Failing, Some(64)));
    assert_eq!(proposal, 58);
    let after = played.sent_at.iter().filter(|at| **at > played.lasted - DRAIN).count();
    assert_eq!(after, 0, "nothing was sent after it hung");
}

#[test]
fn a_receiver_that_hangs_from_the_first_is_asked_a_handful_of_times() {
    let played = play(bounds(1_000), &mut Hanging { above: -1.0, seen: Vec::new() });
    assert_eq!((played.conclusion.ending, played.conclusion.proposal()), (Ending::Failing, None));
    assert!(played.sent_at.len() <= 6, "{}", played.sent_at.len());
}

#[test]
fn a_receiver_that_fails_is_left_alone_at_once() {
    for (kind, ending, sent) in [
        (AnswerKind::Refused, Ending::Failing, 3),
        (AnswerKind::Unreachable, Ending::Failing, 3),
        (AnswerKind::Gone, Ending::Gone, 1),
        (AnswerKind::OwnFault, Ending::OwnFault, 1),
        (AnswerKind::TooMany, Ending::NotEvenOne, 3),
    ] {
        let played = play(bounds(100), &mut Broken(kind));
        assert_eq!((played.conclusion.ending, played.sent_at.len()), (ending, sent));
        assert_eq!(played.conclusion.proposal(), None);
    }
}

#[test]
fn a_receiver_that_copes_with_all_is_proposed_the_bound() {
    let played = play(bounds(70), &mut Queue::of(10_000));
    assert_eq!((played.conclusion.ending, played.conclusion.proposal()), (Ending::BoundReached, Some(70)));
    assert!(played.conclusion.held);
    assert_eq!(
        played.conclusion.reason(),
        "The receiver did not degrade up to your bound of 70/s. It held 70/s for six seconds. It may take more: to \
         find out, allow a higher rate."
    );
}

#[test]
fn a_receiver_that_asks_for_quiet_gets_it() {
    let quiet = Duration::from_secs(7);
    let mut receiver = Bucket { retry_after: Some(quiet), ..Bucket::of(40, 1.0) };
    let (proposal, played) = proposal(&mut receiver);
    assert_near(proposal, 40, &played);
    let longest = played.sent_at.windows(2).map(|pair| pair[1] - pair[0]).max();
    assert!(longest >= Some(quiet), "{longest:?}");
}

#[test]
fn the_reason_says_what_was_seen() {
    let (proposal, played) = proposal(&mut Bucket::of(40, 1.0));
    let reason = played.conclusion.reason();
    assert!(reason.contains("for six seconds; at ") && reason.contains("(429, 502, 503 or 504)"), "{reason}");
    assert!((32..=40).contains(&proposal), "{proposal}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn no_bound_is_ever_passed(
        rate in 1u32..600,
        rate_most in 1u32..=1_000,
        requests_most in 20u32..=20_000,
        seconds in 10u64..=180,
        refuses: bool,
    ) {
        let lasts_most = Duration::from_secs(seconds);
        let bounds = TrialBounds { rate_most, requests_most, lasts_most, errors_percent_most: 5 };
        let mut bucket = Bucket::of(rate, f64::from(rate));
        let mut queue = Queue::of(rate);
        let played = play(bounds, if refuses { &mut bucket } else { &mut queue });
        assert_within_bounds(&played);
        prop_assert!(played.conclusion.proposal().is_none_or(|proposal| proposal <= rate_most));
    }
}
