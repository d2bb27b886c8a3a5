//! One endpoint of the sink: how it answers, and what it has seen. It remembers every message by its
//! sequence number, so that a lost or repeated one is found and not averaged away.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::StatusCode;

use crate::clock;
use crate::latency::Latency;
use crate::payload::Stamp;

/// After this many failed answers a message gets its 2xx, so that no bad luck uses up a schedule.
const MOST_FAILURES_IN_A_ROW: u16 = 4;

/// How an endpoint answers.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Behaviour {
    /// This status at once.
    Answer(StatusCode),
    /// One of five answers is a 500, by the seed and the message, the others are 200.
    FailOneInFive { seed: u64 },
    /// One of thirty answers is a 429 without `Retry-After`, by the seed and the message, the others are 200.
    TooManyNowAndThen { seed: u64 },
    /// A 500 until it is opened, then 200.
    RefuseUntilOpened,
    /// Nothing for this long, then 200.
    Hang(Duration),
}

/// A delivery as the sink reads it off the wire.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arrived {
    /// What the payload says of itself.
    pub(crate) stamp: Stamp,
    /// A hash of the `webhook-id`.
    pub(crate) webhook_id: u64,
    /// Which life of the server opened the connection, counted from 0.
    pub(crate) life: u16,
}

/// A message that got a 2xx although it had one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Repeat {
    /// When the first 2xx was given.
    pub(crate) first_at_ns: u64,
    /// The server's life that got the first 2xx.
    pub(crate) first_life: u16,
    /// The server's life that got this one.
    pub(crate) again_life: u16,
}

/// Everything an endpoint has seen.
#[derive(Debug)]
pub(crate) struct Record {
    /// From the moment in the payload to the arrival, first 2xx only.
    pub(crate) latency: Latency,
    /// Messages with at least one 2xx.
    pub(crate) delivered: u64,
    /// When the last of them came.
    pub(crate) last_at_ns: u64,
    /// Requests of every kind.
    pub(crate) requests: u64,
    /// Messages that got more than one 2xx.
    pub(crate) repeats: Vec<Repeat>,
    /// Messages that came again under another `webhook-id`.
    pub(crate) changed_ids: u64,
    /// The first request of the latest life seen, and when it came.
    pub(crate) first_of_life: Option<(u16, u64)>,
    /// When each request came, where this is kept.
    pub(crate) arrivals_ns: Option<Vec<u64>>,
    messages: Vec<Seen>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    webhook_id: u64,
    first_success_at_ns: u64,
    first_success_life: u16,
    tries: u16,
    successes: u16,
}

/// One endpoint of the sink.
#[derive(Debug)]
pub(crate) struct Receiver {
    behaviour: Behaviour,
    opened: AtomicBool,
    url: String,
    record: Mutex<Record>,
}

impl Receiver {
    /// An endpoint that has seen nothing, reached under `url`.
    pub(crate) fn new(behaviour: Behaviour, url: String) -> Self {
        let opened = AtomicBool::new(false);
        Self { behaviour, opened, url, record: Mutex::new(Record::new()) }
    }

    /// Where it is reached.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// How long an answer waits.
    pub(crate) fn delay(&self) -> Option<Duration> {
        match self.behaviour {
            Behaviour::Hang(delay) => Some(delay),
            Behaviour::Answer(_)
            | Behaviour::FailOneInFive { .. }
            | Behaviour::TooManyNowAndThen { .. }
            | Behaviour::RefuseUntilOpened => None,
        }
    }

    /// From now on it refuses nothing, if it is one that can be opened.
    pub(crate) fn open(&self) {
        self.opened.store(true, Ordering::Relaxed);
    }

    /// From now on it keeps the instant of every request; the other receivers are spared the cost.
    pub(crate) fn keep_arrivals(&self) {
        self.record().arrivals_ns = Some(Vec::new());
    }

    /// Everything it has seen so far, locked while it is looked at.
    pub(crate) fn record(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a delivery and decides its status.
    pub(crate) fn receive(&self, arrived: Arrived) -> StatusCode {
        let now_ns = clock::now_ns();
        let mut record = self.record();
        record.note_life(arrived.life, now_ns);
        if let Some(arrivals_ns) = &mut record.arrivals_ns {
            arrivals_ns.push(now_ns);
        }
        let tries = record.note_try(arrived);
        let status = self.status_of(arrived.stamp.sequence, tries);
        if status.is_success() {
            record.note_success(arrived, now_ns);
        }
        status
    }

    fn status_of(&self, sequence: u64, earlier_tries: u16) -> StatusCode {
        match self.behaviour {
            Behaviour::Answer(status) => status,
            Behaviour::Hang(_) => StatusCode::OK,
            Behaviour::RefuseUntilOpened if self.opened.load(Ordering::Relaxed) => StatusCode::OK,
            Behaviour::RefuseUntilOpened => StatusCode::INTERNAL_SERVER_ERROR,
            Behaviour::FailOneInFive { seed } => {
                let fails = is_one_in(5, seed, sequence, earlier_tries);
                if fails { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::OK }
            }
            Behaviour::TooManyNowAndThen { seed } => {
                let fails = is_one_in(30, seed, sequence, earlier_tries);
                if fails { StatusCode::TOO_MANY_REQUESTS } else { StatusCode::OK }
            }
        }
    }
}

/// Whether the seed lets this try fail, as it does one of so many.
fn is_one_in(count: u64, seed: u64, sequence: u64, earlier_tries: u16) -> bool {
    let lot = scatter(seed ^ scatter(sequence ^ (u64::from(earlier_tries) << 56)));
    earlier_tries < MOST_FAILURES_IN_A_ROW && lot.is_multiple_of(count)
}

impl Record {
    fn new() -> Self {
        Self {
            latency: Latency::new(),
            delivered: 0,
            last_at_ns: 0,
            requests: 0,
            repeats: Vec::new(),
            changed_ids: 0,
            first_of_life: None,
            arrivals_ns: None,
            messages: Vec::new(),
        }
    }

    /// Takes the latencies seen so far and starts afresh; what was delivered stays counted.
    pub(crate) fn take_latency(&mut self) -> Latency {
        std::mem::replace(&mut self.latency, Latency::new())
    }

    /// Whether the message has had a 2xx.
    pub(crate) fn has_delivered(&self, sequence: u64) -> bool {
        usize::try_from(sequence)
            .ok()
            .and_then(|index| self.messages.get(index))
            .is_some_and(|seen| seen.successes > 0)
    }

    fn note_life(&mut self, life: u16, now_ns: u64) {
        if self.first_of_life.is_none_or(|(latest, _)| latest < life) {
            self.first_of_life = Some((life, now_ns));
        }
    }

    /// Counts one request and answers how many came for the same message before.
    fn note_try(&mut self, arrived: Arrived) -> u16 {
        self.requests += 1;
        let seen = self.seen(arrived.stamp.sequence);
        let earlier = seen.tries;
        let changed = earlier > 0 && seen.webhook_id != arrived.webhook_id;
        seen.webhook_id = arrived.webhook_id;
        seen.tries = earlier.saturating_add(1);
        self.changed_ids += u64::from(changed);
        earlier
    }

    fn note_success(&mut self, arrived: Arrived, now_ns: u64) {
        let seen = self.seen(arrived.stamp.sequence);
        seen.successes = seen.successes.saturating_add(1);
        if seen.successes > 1 {
            let repeat = Repeat {
                first_at_ns: seen.first_success_at_ns,
                first_life: seen.first_success_life,
                again_life: arrived.life,
            };
            self.repeats.push(repeat);
            return;
        }
        seen.first_success_at_ns = now_ns;
        seen.first_success_life = arrived.life;
        self.delivered += 1;
        self.last_at_ns = now_ns;
        self.latency.record_ns(now_ns.saturating_sub(arrived.stamp.sent_at_ns));
    }

    fn seen(&mut self, sequence: u64) -> &mut Seen {
        let index = usize::try_from(sequence).expect("a message number fits the memory's width");
        if index >= self.messages.len() {
            self.messages.resize(index + 1, Seen::default());
        }
        &mut self.messages[index]
    }
}

/// Spreads neighbouring numbers over all 64 bits (the finalizer of splitmix64).
pub(crate) fn scatter(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::{Arrived, Behaviour, Receiver, StatusCode};
    use crate::payload::Stamp;

    fn arrived(sequence: u64, life: u16) -> Arrived {
        Arrived { stamp: Stamp { sequence, sent_at_ns: 0 }, webhook_id: sequence, life }
    }

    #[test]
    fn a_second_success_is_a_repeat_and_no_delivery() {
        let receiver = Receiver::new(Behaviour::Answer(StatusCode::OK), String::new());
        receiver.receive(arrived(3, 0));
        receiver.receive(arrived(3, 1));
        let record = receiver.record();
        assert_eq!((record.delivered, record.requests, record.repeats.len()), (1, 2, 1));
        assert_eq!((record.repeats[0].first_life, record.repeats[0].again_life), (0, 1));
        assert!(record.has_delivered(3) && !record.has_delivered(2) && !record.has_delivered(4));
    }

    #[test]
    fn one_in_five_answers_fails_and_none_for_ever() {
        let receiver = Receiver::new(Behaviour::FailOneInFive { seed: 7 }, String::new());
        let mut failures = 0;
        for sequence in 0..10_000 {
            let tries = (0..=4).position(|_| receiver.receive(arrived(sequence, 0)).is_success());
            failures += tries.expect("the fifth answer is never a failure");
        }
        assert!((2_300..2_700).contains(&failures), "{failures} of about 12,500 answers failed");
    }

    #[test]
    fn some_answers_are_too_many_and_their_arrivals_are_kept() {
        let receiver = Receiver::new(Behaviour::TooManyNowAndThen { seed: 7 }, String::new());
        receiver.receive(arrived(0, 0));
        receiver.keep_arrivals();
        let answers = (1..=3_000).map(|sequence| receiver.receive(arrived(sequence, 0)));
        let refused = answers.filter(|status| *status == StatusCode::TOO_MANY_REQUESTS).count();
        assert!((60..150).contains(&refused), "{refused} of 3,000 answers were 429");
        assert_eq!(receiver.record().arrivals_ns.as_ref().map(Vec::len), Some(3_000));
    }

    #[test]
    fn a_failed_answer_is_not_delivered() {
        let receiver = Receiver::new(Behaviour::Answer(StatusCode::INTERNAL_SERVER_ERROR), String::new());
        receiver.receive(arrived(0, 0));
        assert!(!receiver.record().has_delivered(0));
        assert_eq!(receiver.record().requests, 1);
    }

    #[test]
    fn another_webhook_id_for_the_same_message_is_noticed() {
        let receiver = Receiver::new(Behaviour::Answer(StatusCode::INTERNAL_SERVER_ERROR), String::new());
        receiver.receive(arrived(0, 0));
        receiver.receive(Arrived { webhook_id: 99, ..arrived(0, 0) });
        assert_eq!(receiver.record().changed_ids, 1);
    }

    #[test]
    fn the_first_request_of_each_life_is_kept() {
        let receiver = Receiver::new(Behaviour::Answer(StatusCode::OK), String::new());
        receiver.receive(arrived(0, 0));
        receiver.receive(arrived(1, 1));
        receiver.receive(arrived(2, 1));
        let record = receiver.record();
        let (life, at_ns) = record.first_of_life.expect("a request came");
        assert!(life == 1 && at_ns <= record.last_at_ns);
    }
}
