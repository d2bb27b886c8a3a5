//! One lane as a pure value: an endpoint's deliveries in memory, and what to do next.
//!
//! The database is the truth. A lane holds a few hundred deliveries; for the rest it only knows from when on
//! something may wait in the database (`more_at`). It sends nothing and reads nothing itself.

use std::collections::{HashSet, VecDeque};

use wirepost_model::attempt::AttemptOutcome;
use wirepost_model::delivery::DeliveryState;
use wirepost_model::lane::{LaneView, Waiting};
use wirepost_model::timestamp::Timestamp;
use wirepost_store::accepted::DueDelivery;
use wirepost_store::deliveries::DueBatch;

use crate::in_flight_limit::InFlightLimit;
use crate::pace::Pace;

/// Deliveries a lane holds ready at most.
pub(crate) const READY_MOST: usize = 512;
/// Below this many, a lane that has more in the database reads again.
const READY_LOW: usize = READY_MOST / 4;

/// What is asked of a lane from outside at each step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// The endpoint takes messages.
    Open,
    /// It is disabled: nothing is sent, nothing is lost.
    Paused,
}

/// What may go next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// A delivery is ready and every limit of the lane allows it; [`Lane::send`] takes it out.
    Ready,
    /// Nothing for now, for this reason.
    Wait(Waiting),
}

/// An endpoint's deliveries in memory.
#[derive(Debug)]
pub(crate) struct Lane {
    ready: VecDeque<DueDelivery>,
    /// Bytes of the payloads that are ready.
    ready_bytes: usize,
    /// Message keys in memory: ready, in flight, or waiting for their record.
    known: HashSet<i64>,
    /// Of those, the ones that became due again by hand meanwhile.
    again: HashSet<i64>,
    in_flight: usize,
    limit: InFlightLimit,
    pace: Pace,
    paused_until: Timestamp,
    /// From when on something due may wait in the database.
    more_at: Option<Timestamp>,
    loading: Option<Loading>,
    waits_for_socket: bool,
    /// What is pending in the database is being ended: the endpoint is gone.
    ending: bool,
    waiting: Option<Waiting>,
}

/// A read under way. What happened since it began is not in what it will answer.
#[derive(Debug, Default)]
struct Loading {
    finished: HashSet<i64>,
    more_at: Option<Timestamp>,
}

impl Lane {
    /// An empty lane that may have up to `in_flight_most` requests open.
    pub(crate) fn new(in_flight_most: usize, now: Timestamp) -> Self {
        Self {
            ready: VecDeque::new(),
            ready_bytes: 0,
            known: HashSet::new(),
            again: HashSet::new(),
            in_flight: 0,
            limit: InFlightLimit::new(in_flight_most, now),
            pace: Pace::default(),
            paused_until: Timestamp::default(),
            more_at: None,
            loading: None,
            waits_for_socket: false,
            ending: false,
            waiting: Some(Waiting::Empty),
        }
    }

    /// Takes a delivery that was just committed, or notes that it waits in the database.
    pub(crate) fn offer(&mut self, delivery: DueDelivery, room: bool) {
        let key = delivery.key.message.key();
        if self.known.contains(&key) {
            self.again.insert(key);
        } else if !room || self.ready.len() >= READY_MOST || self.is_behind(delivery.due_at) {
            self.note_more(delivery.due_at);
        } else {
            // A read under way may find it too: it is known from here on.
            self.known.insert(key);
            self.push(delivery);
        }
    }

    /// Notes that something waits in the database, due at `due_at`.
    pub(crate) fn note_more(&mut self, due_at: Timestamp) {
        let noted = match &mut self.loading {
            Some(loading) => &mut loading.more_at,
            None => &mut self.more_at,
        };
        *noted = Some(noted.map_or(due_at, |earlier| earlier.min(due_at)));
    }

    /// How many to read from the database now, if it is time to; then a read is under way.
    pub(crate) fn begin_load(&mut self, standing: Standing, now: Timestamp) -> Option<usize> {
        let due = self.more_at.is_some_and(|at| at <= now);
        let wanted = due && standing == Standing::Open && self.ready.len() < READY_LOW;
        if !wanted || self.loading.is_some() || self.limits_wait(now).is_some() && !self.ready.is_empty() {
            return None;
        }
        self.more_at = None;
        self.loading = Some(Loading::default());
        // Rows already in memory come back too; behind them there must be room for others.
        Some(READY_MOST / 2 + self.known.len())
    }

    /// Takes what a read found; without an answer, it is tried again at `retry_at`.
    pub(crate) fn end_load(&mut self, found: Result<DueBatch, Timestamp>) {
        let Some(loading) = self.loading.take() else {
            return;
        };
        let next_due_at = match found {
            Ok(batch) => {
                for delivery in batch.deliveries {
                    let key = delivery.key.message.key();
                    if !loading.finished.contains(&key) && self.known.insert(key) {
                        self.push(delivery);
                    }
                }
                batch.next_due_at
            }
            Err(retry_at) => Some(retry_at),
        };
        for due_at in [next_due_at, loading.more_at].into_iter().flatten() {
            self.note_more(due_at);
        }
    }

    /// What may go next, by the lane's own limits and the pace of its app.
    pub(crate) fn next(&mut self, standing: Standing, app_pace: &Pace, now: Timestamp) -> Next {
        if standing == Standing::Paused {
            self.put_back();
            return self.wait(Waiting::Disabled);
        }
        if self.ready.is_empty() {
            let waiting = match (&self.loading, self.more_at) {
                (Some(_), _) => Waiting::Loading,
                (None, Some(at)) => Waiting::Due(at),
                (None, None) => Waiting::Empty,
            };
            return self.wait(waiting);
        }
        if let Some(waiting) = self.limits_wait(now) {
            return self.wait(waiting);
        }
        if let Some(at) = app_pace.wait_until(now) {
            return self.wait(Waiting::RateLimit(at));
        }
        if self.waits_for_socket {
            return self.wait(Waiting::Sockets);
        }
        Next::Ready
    }

    /// Takes out the delivery that goes now. Call it only after [`Next::Ready`], with a socket in hand.
    pub(crate) fn send(&mut self, now: Timestamp) -> Option<DueDelivery> {
        let delivery = self.ready.pop_front()?;
        self.ready_bytes -= weight(&delivery);
        self.pace.take(now);
        if self.in_flight == 0 {
            self.limit.woke(now);
        }
        self.in_flight += 1;
        self.waiting = None;
        Some(delivery)
    }

    /// Learns that a request ended. The delivery stays known until it is recorded.
    pub(crate) fn sent(
        &mut self,
        outcome: &AttemptOutcome,
        pause: Option<Timestamp>,
        started_at: Timestamp,
        now: Timestamp,
    ) {
        self.in_flight -= 1;
        self.limit.learn(outcome, started_at, now);
        if let Some(until) = pause {
            self.paused_until = self.paused_until.max(until);
        }
    }

    /// Learns that a record was committed: from now on the database tells the truth about this delivery.
    pub(crate) fn recorded(&mut self, message_key: i64, state: DeliveryState, now: Timestamp) {
        self.known.remove(&message_key);
        if let Some(loading) = &mut self.loading {
            loading.finished.insert(message_key);
        }
        if self.again.remove(&message_key) {
            self.note_more(now);
        }
        if let DeliveryState::Pending { due_at } = state {
            self.note_more(due_at);
        }
    }

    /// Forgets what waits, because the endpoint is gone. Whether there was anything to end in the database.
    pub(crate) fn begin_end(&mut self) -> bool {
        if self.ending || (self.more_at.is_none() && self.ready.is_empty()) {
            return false;
        }
        self.put_back();
        self.more_at = None;
        self.ending = true;
        self.waiting = Some(Waiting::Disabled);
        true
    }

    /// Learns that all that was pending is ended.
    pub(crate) fn end_end(&mut self) {
        self.ending = false;
    }

    /// Sets the endpoint's limit of messages per second.
    pub(crate) fn set_rate(&mut self, per_second: Option<u32>) {
        self.pace.set_limit(per_second);
    }

    /// Whether the endpoint answered at all the last time it was asked.
    pub(crate) fn endpoint_answers(&self) -> bool {
        self.limit.endpoint_answers()
    }

    /// Says that the lane stands in the queue for sockets, or no more.
    pub(crate) fn set_waits_for_socket(&mut self, waits: bool) {
        self.waits_for_socket = waits;
        if waits {
            self.waiting = Some(Waiting::Sockets);
        }
    }

    /// Bytes of payloads held ready.
    pub(crate) fn ready_bytes(&self) -> usize {
        self.ready_bytes
    }

    /// Whether nothing of this endpoint is in memory or expected.
    pub(crate) fn is_idle(&self) -> bool {
        let waits = self.loading.is_some() || self.waits_for_socket || self.ending;
        self.known.is_empty() && self.more_at.is_none() && !waits
    }

    /// The lane as people may see it.
    pub(crate) fn view(&self, now: Timestamp) -> LaneView {
        LaneView {
            in_flight: self.in_flight,
            in_flight_limit: self.limit.now(self.in_flight, now),
            queued: self.ready.len(),
            more_in_database: self.more_at.is_some_and(|at| at <= now) || self.loading.is_some(),
            waiting: self.waiting,
        }
    }

    fn limits_wait(&self, now: Timestamp) -> Option<Waiting> {
        if self.in_flight >= self.limit.now(self.in_flight, now) {
            Some(Waiting::InFlightFull)
        } else if self.paused_until > now {
            Some(Waiting::RetryAfter(self.paused_until))
        } else {
            self.pace.wait_until(now).map(Waiting::RateLimit)
        }
    }

    fn wait(&mut self, waiting: Waiting) -> Next {
        self.waiting = Some(waiting);
        Next::Wait(waiting)
    }

    /// While older ones wait in the database, newer ones queue up behind them there.
    fn is_behind(&self, due_at: Timestamp) -> bool {
        self.more_at.is_some_and(|at| at <= due_at)
    }

    fn push(&mut self, delivery: DueDelivery) {
        self.ready_bytes += weight(&delivery);
        self.ready.push_back(delivery);
    }

    /// Forgets what is ready: it is in the database, and is read again when the lane goes on.
    fn put_back(&mut self) {
        let Some(first) = self.ready.front().map(|delivery| delivery.due_at) else {
            return;
        };
        for delivery in std::mem::take(&mut self.ready) {
            self.known.remove(&delivery.key.message.key());
        }
        self.ready_bytes = 0;
        self.note_more(first);
    }
}

/// Bytes a ready delivery costs, its place in the queue included.
fn weight(delivery: &DueDelivery) -> usize {
    delivery.payload.as_ref().map_or(0, bytes::Bytes::len) + size_of::<DueDelivery>()
}
