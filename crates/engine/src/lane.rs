//! One lane as a pure value: an endpoint's deliveries in memory, and what to do next.
//!
//! The database is the truth. A lane holds a few hundred deliveries; for the rest it only knows from when on
//! something may wait in the database (`more_at`). It sends nothing and reads nothing itself.

use std::collections::{HashMap, HashSet, VecDeque};

use wirepost_model::attempt::AttemptOutcome;
use wirepost_model::delivery::DeliveryState;
use wirepost_model::lane::{LaneView, Waiting};
use wirepost_model::timestamp::Timestamp;
use wirepost_store::accepted::DueDelivery;
use wirepost_store::deliveries::DueBatch;

use crate::in_flight_limit::InFlightLimit;
use crate::memory::Room;
use crate::pace::Pace;

/// Deliveries a lane holds ready at most.
pub(crate) const READY_MOST: usize = 512;
/// Deliveries read at once at most, beside those the lane knows.
const LOAD_MOST: usize = READY_MOST / 2;

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
    /// Nothing before this instant, because of the pace of the app.
    WaitForApp(Timestamp),
}

/// An endpoint's deliveries in memory.
#[derive(Debug)]
pub(crate) struct Lane {
    ready: VecDeque<DueDelivery>,
    /// Bytes of the payloads that are ready.
    ready_bytes: usize,
    /// Message keys in memory, ready, in flight, or waiting for their record, with the revision held.
    known: HashMap<i64, u32>,
    /// Of those, the ones that became due again by hand meanwhile.
    again: HashSet<i64>,
    in_flight: usize,
    limit: InFlightLimit,
    pace: Pace,
    paused_until: Timestamp,
    /// From when on something due may wait in the database.
    more_at: Option<Timestamp>,
    /// The same, where it can only be read once something known is recorded: those in flight fill a whole read.
    more_behind_known: Option<Timestamp>,
    loading: Option<Loading>,
    waits_for_socket: bool,
    /// What is pending in the database is being ended: the endpoint is gone.
    ending: bool,
    waiting: Option<Waiting>,
}

/// A read under way. What happened since it began is not in what it will answer.
#[derive(Debug)]
struct Loading {
    /// The instant by which the rows that it finds are due.
    now: Timestamp,
    finished: HashSet<i64>,
    more_at: Option<Timestamp>,
    /// Deliveries at the end of the queue that came since; what is read goes before them.
    arrived: usize,
}

impl Lane {
    /// An empty lane that may have up to `in_flight_most` requests open.
    pub(crate) fn new(in_flight_most: usize, now: Timestamp) -> Self {
        Self {
            ready: VecDeque::new(),
            ready_bytes: 0,
            known: HashMap::new(),
            again: HashSet::new(),
            in_flight: 0,
            limit: InFlightLimit::new(in_flight_most, now),
            pace: Pace::default(),
            paused_until: Timestamp::default(),
            more_at: None,
            more_behind_known: None,
            loading: None,
            waits_for_socket: false,
            ending: false,
            waiting: Some(Waiting::Empty),
        }
    }

    /// Takes a delivery that was just committed, or notes that it waits in the database.
    pub(crate) fn offer(&mut self, delivery: DueDelivery, room: Room) {
        if self.known.contains_key(&delivery.key.message.key()) {
            self.renew(delivery);
        } else if self.ready.len() >= self.ready_most(room) || self.is_behind(delivery.due_at) {
            self.note_more(delivery.due_at);
        } else {
            if let Some(loading) = &mut self.loading {
                loading.arrived += 1;
            }
            // A read under way may find it too: it is known from here on.
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
    pub(crate) fn begin_load(&mut self, standing: Standing, room: Room, now: Timestamp) -> Option<usize> {
        let due = self.more_at.is_some_and(|at| at <= now);
        let most = self.ready_most(room);
        let wanted = due && standing == Standing::Open && self.ready.len() < (most / 4).max(1);
        if !wanted || self.loading.is_some() || self.limits_wait(now).is_some() && !self.ready.is_empty() {
            return None;
        }
        self.more_at = None;
        self.loading = Some(Loading {
            now,
            finished: HashSet::new(),
            more_at: None,
            arrived: 0,
        });
        // Rows already in memory come back too; behind them there must be room for others.
        Some(LOAD_MOST.min(most - self.ready.len()) + self.known.len())
    }

    /// Takes what a read found; without an answer, it is tried again at `retry_at`.
    pub(crate) fn end_load(&mut self, found: Result<DueBatch, Timestamp>, room: Room) {
        let Some(loading) = self.loading.take() else {
            return;
        };
        match found {
            Ok(batch) => self.take_batch(batch, &loading, room),
            // The next try finds what was noted meanwhile, too.
            Err(retry_at) => self.note_more(retry_at),
        }
    }

    fn take_batch(&mut self, batch: DueBatch, loading: &Loading, room: Room) {
        let arrived = self
            .ready
            .split_off(self.ready.len() - loading.arrived.min(self.ready.len()));
        let most = self.ready_most(room);
        let (mut taken, mut left_at) = (0, batch.next_due_at);
        for delivery in batch.deliveries {
            let key = delivery.key.message.key();
            if loading.finished.contains(&key) {
                continue;
            } else if self.known.contains_key(&key) {
                self.renew(delivery);
            } else if self.ready.len() < most {
                self.push(delivery);
                taken += 1;
            } else {
                left_at = Some(delivery.due_at);
                break;
            }
        }
        let is_cut = left_at.is_some_and(|at| at <= loading.now);
        self.ready.extend(arrived);
        if is_cut {
            // What came meanwhile is younger than what is still in the database.
            self.put_back_last(loading.arrived);
        }
        if let Some(due_at) = left_at {
            if is_cut && taken == 0 && !self.known.is_empty() {
                self.more_behind_known = Some(due_at);
            } else {
                self.note_more(due_at);
            }
        }
        if let Some(due_at) = loading.more_at {
            self.note_more(due_at);
        }
    }

    /// What may go next, by the lane's own limits and the pace of its app.
    /// `app_waits` is until when the app's pace holds the lane up.
    pub(crate) fn next(&mut self, standing: Standing, app_waits: Option<Timestamp>, now: Timestamp) -> Next {
        if standing == Standing::Paused {
            self.put_back();
            return self.wait(Waiting::Disabled);
        }
        if self.ready.is_empty() {
            return self.wait(self.why_nothing_is_ready());
        }
        if let Some(waiting) = self.limits_wait(now) {
            return self.wait(waiting);
        }
        if let Some(at) = app_waits {
            self.waiting = Some(Waiting::RateLimit(at));
            return Next::WaitForApp(at);
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

    /// Leaves the endpoint alone until this instant, because it asked for it.
    pub(crate) fn pause(&mut self, until: Timestamp) {
        self.paused_until = self.paused_until.max(until);
    }

    /// Learns that a request ended, with its outcome if the endpoint was asked at all. The delivery stays known
    /// until it is recorded. Answers whether more than one may be opened in its place.
    pub(crate) fn sent(
        &mut self,
        outcome: Option<&AttemptOutcome>,
        started_at: Timestamp,
        now: Timestamp,
    ) -> bool {
        self.in_flight -= 1;
        if let Some(outcome) = outcome {
            self.limit.learn(outcome, started_at, now);
        }
        self.limit.now(self.in_flight, now) > self.in_flight + 1
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
        if let Some(due_at) = self.more_behind_known.take() {
            self.note_more(due_at);
        }
        if let DeliveryState::Pending { due_at } = state {
            self.note_more(due_at);
        }
    }

    /// Forgets what waits, because the endpoint is gone. Whether there was anything to end in the database.
    pub(crate) fn begin_end(&mut self) -> bool {
        let nothing = self.more_at.is_none() && self.more_behind_known.is_none() && self.ready.is_empty();
        if self.ending || nothing {
            return false;
        }
        self.put_back();
        (self.more_at, self.more_behind_known) = (None, None);
        self.ending = true;
        self.waiting = Some(Waiting::Disabled);
        true
    }

    /// Learns that all that was pending is ended.
    pub(crate) fn end_end(&mut self) {
        self.ending = false;
    }

    /// Sets the endpoint's limit of messages per second.
    pub(crate) fn set_rate(&mut self, per_second: Option<u32>, now: Timestamp) {
        self.pace.set_limit(per_second, now);
    }

    /// Whether the endpoint answered at all the last time it was asked. One that never was may prove itself
    /// with one request.
    pub(crate) fn endpoint_answers(&self) -> bool {
        self.limit.endpoint_answers().unwrap_or(self.in_flight == 0)
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

    /// Whether forgetting the lane loses nothing: nothing of its endpoint is in memory or expected, and no limit
    /// would be forgotten with it.
    pub(crate) fn is_idle(&self, now: Timestamp) -> bool {
        let waits = self.loading.is_some() || self.waits_for_socket || self.ending;
        let limited = self.paused_until > now || !self.pace.is_quiet(now);
        self.known.is_empty() && self.more_at.is_none() && !waits && !limited
    }

    /// The lane as people may see it.
    pub(crate) fn view(&self, now: Timestamp) -> LaneView {
        LaneView {
            in_flight: self.in_flight,
            in_flight_limit: self.limit.now(self.in_flight, now),
            queued: self.ready.len(),
            more_in_database: self.is_behind(now) || self.loading.is_some(),
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

    fn why_nothing_is_ready(&self) -> Waiting {
        match (&self.loading, self.more_at, self.more_behind_known) {
            (Some(_), _, _) => Waiting::Loading,
            (None, Some(at), _) => Waiting::Due(at),
            (None, None, Some(_)) => Waiting::InFlightFull,
            (None, None, None) => Waiting::Empty,
        }
    }

    /// Deliveries the lane may hold ready.
    fn ready_most(&self, room: Room) -> usize {
        match room {
            Room::Plenty => READY_MOST,
            Room::Scarce => (2 * self.limit.learned()).min(READY_MOST),
            Room::Full => 1,
        }
    }

    /// While older ones wait in the database, newer ones queue up behind them there.
    fn is_behind(&self, due_at: Timestamp) -> bool {
        let behind = |more_at: Option<Timestamp>| more_at.is_some_and(|at| at <= due_at);
        behind(self.more_at) || behind(self.more_behind_known)
    }

    fn push(&mut self, delivery: DueDelivery) {
        self.known
            .insert(delivery.key.message.key(), delivery.progress.revision);
        self.ready_bytes += weight(&delivery);
        self.ready.push_back(delivery);
    }

    /// Takes a known delivery as it is by now, if somebody changed it since: in place while it is ready,
    /// otherwise again once its attempt is recorded.
    fn renew(&mut self, delivery: DueDelivery) {
        let key = delivery.key.message.key();
        if self
            .known
            .get(&key)
            .is_none_or(|held| *held >= delivery.progress.revision)
        {
            return;
        }
        let waiting = self.ready.iter_mut().find(|ready| ready.key == delivery.key);
        let Some(waiting) = waiting else {
            self.again.insert(key);
            return;
        };
        self.known.insert(key, delivery.progress.revision);
        self.ready_bytes = self.ready_bytes + weight(&delivery) - weight(waiting);
        *waiting = delivery;
    }

    /// Forgets what is ready: it is in the database, and is read again when the lane goes on.
    fn put_back(&mut self) {
        self.put_back_last(self.ready.len());
        if let Some(loading) = &mut self.loading {
            loading.arrived = 0;
        }
    }

    /// Forgets up to `count` of those that came last.
    fn put_back_last(&mut self, count: usize) {
        let rest = self.ready.len() - count.min(self.ready.len());
        for delivery in self.ready.split_off(rest) {
            self.known.remove(&delivery.key.message.key());
            self.ready_bytes -= weight(&delivery);
            self.note_more(delivery.due_at);
        }
    }
}

/// Bytes a ready delivery costs, its place in the queue included.
fn weight(delivery: &DueDelivery) -> usize {
    delivery.payload.as_ref().map_or(0, bytes::Bytes::len) + size_of::<DueDelivery>()
}
