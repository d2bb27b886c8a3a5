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
use crate::sockets::Repute;

/// Deliveries read at once at most, beside those the lane knows.
const LOAD_MOST: usize = 512;

/// How much one lane may hold and have open.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LaneBounds {
    /// Deliveries held ready.
    pub(crate) ready: usize,
    /// Requests open.
    pub(crate) in_flight: usize,
}

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
    /// Deliveries it may hold ready.
    most: usize,
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
    backs_off_until: Timestamp,
    /// The delivery whose answer said that the endpoint is gone, until that is recorded.
    gone_by: Option<i64>,
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
    /// An empty lane.
    pub(crate) fn new(bounds: LaneBounds, now: Timestamp) -> Self {
        Self {
            most: bounds.ready.max(1),
            ready: VecDeque::new(),
            ready_bytes: 0,
            known: HashMap::new(),
            again: HashSet::new(),
            in_flight: 0,
            limit: InFlightLimit::new(bounds.in_flight, now),
            pace: Pace::default(),
            paused_until: Timestamp::default(),
            backs_off_until: Timestamp::default(),
            gone_by: None,
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
        self.loading = Some(Loading { now, finished: HashSet::new(), more_at: None, arrived: 0 });
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
        let arrived = self.ready.split_off(self.ready.len() - loading.arrived.min(self.ready.len()));
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
        } else {
            self.put_back_last(self.ready.len().saturating_sub(most));
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
        if self.gone_by.is_some() {
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

    /// Sends nothing more until the record of this delivery, which says that the endpoint is gone, is committed.
    pub(crate) fn stop_until_recorded(&mut self, message_key: i64) {
        self.gone_by = Some(message_key);
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
            self.backs_off_until = self.limit.back_off().map_or(Timestamp::default(), |wait| now.plus(wait));
        }
        self.limit.now(self.in_flight, now) > self.in_flight + 1
    }

    /// Learns that a record was committed: from now on the database tells the truth about this delivery.
    pub(crate) fn recorded(&mut self, message_key: i64, state: DeliveryState, now: Timestamp) {
        self.known.remove(&message_key);
        self.gone_by = self.gone_by.filter(|gone_by| *gone_by != message_key);
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

    /// Sets how many requests the endpoint may have open at most.
    pub(crate) fn set_in_flight_most(&mut self, most: usize) {
        self.limit.set_most(most);
    }

    /// What is known of the endpoint, for its turn to a socket.
    pub(crate) fn repute(&self) -> Repute {
        match self.limit.endpoint_answers() {
            Some(true) => Repute::Answers,
            None if self.in_flight == 0 => Repute::Unproved,
            None | Some(false) => Repute::Silent,
        }
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
        } else if self.backs_off_until > now {
            Some(Waiting::BackOff(self.backs_off_until))
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
            Room::Plenty => self.most,
            Room::Scarce => (2 * self.limit.learned()).min(self.most),
            Room::Full => 1,
        }
    }

    /// While older ones wait in the database, newer ones queue up behind them there.
    fn is_behind(&self, due_at: Timestamp) -> bool {
        let behind = |more_at: Option<Timestamp>| more_at.is_some_and(|at| at <= due_at);
        behind(self.more_at) || behind(self.more_behind_known)
    }

    fn push(&mut self, delivery: DueDelivery) {
        self.known.insert(delivery.key.message.key(), delivery.progress.revision);
        self.ready_bytes += weight(&delivery);
        self.ready.push_back(delivery);
    }

    /// Takes a known delivery as it is by now, if somebody changed it since: in place while it is ready,
    /// otherwise again once its attempt is recorded.
    fn renew(&mut self, delivery: DueDelivery) {
        let key = delivery.key.message.key();
        if self.known.get(&key).is_none_or(|held| *held >= delivery.progress.revision) {
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

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use wirepost_model::delivery::{DeliveryKey, Progress};
    use wirepost_model::ids::{AppId, EndpointId, MessageId};

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);
    const LATER: Timestamp = Timestamp::from_millis(1_005_000);
    const OK: AttemptOutcome = AttemptOutcome::Answered { status: 200, retry_after: None };

    fn lane() -> Lane {
        Lane::new(LaneBounds { ready: READY_MOST, in_flight: 4 }, NOW)
    }

    fn due(message: i64) -> DueDelivery {
        DueDelivery {
            key: DeliveryKey {
                app: AppId::from_parts(1, [0; 12]),
                endpoint: EndpointId::from_parts(1, [0; 12]),
                message: MessageId::from_parts(message, [0; 12]),
            },
            progress: Progress::FRESH,
            due_at: NOW,
            payload: Some(Bytes::from_static(b"{}")),
        }
    }

    fn revised(message: i64, revision: u32) -> DueDelivery {
        let mut delivery = due(message);
        delivery.progress.revision = revision;
        delivery
    }

    fn batch(
        messages: impl IntoIterator<Item = i64>,
        next_due_at: Option<Timestamp>,
    ) -> Result<DueBatch, Timestamp> {
        Ok(DueBatch { deliveries: messages.into_iter().map(due).collect(), next_due_at })
    }

    fn offer(lane: &mut Lane, messages: impl IntoIterator<Item = i64>) {
        for message in messages {
            lane.offer(due(message), Room::Plenty);
        }
    }

    fn load(lane: &mut Lane) -> Option<usize> {
        lane.begin_load(Standing::Open, Room::Plenty, NOW)
    }

    fn next(lane: &mut Lane) -> Next {
        lane.next(Standing::Open, None, NOW)
    }

    /// Sends and answers all that is ready; answers the messages in their order.
    fn drain(lane: &mut Lane) -> Vec<i64> {
        let mut sent = Vec::new();
        while next(lane) == Next::Ready {
            let delivery = lane.send(NOW).expect("it is ready");
            lane.sent(Some(&OK), NOW, NOW);
            sent.push(delivery.key.message.key());
        }
        sent
    }

    const READY_MOST: usize = 512;
    /// As many as fit.
    const MANY: i64 = 512;

    #[test]
    fn what_does_not_fit_is_read_from_the_database_in_its_order() {
        let mut lane = lane();
        offer(&mut lane, 0..MANY + 88);
        assert_eq!(lane.ready.len(), READY_MOST);
        assert_eq!(load(&mut lane), None, "there is enough to do");
        assert_eq!(drain(&mut lane).len(), READY_MOST);
        offer(&mut lane, [MANY + 88]);
        assert!(drain(&mut lane).is_empty(), "it waits behind the older ones");
        let limit = load(&mut lane).expect("older ones wait in the database");
        assert_eq!(limit, LOAD_MOST + READY_MOST, "rows in memory come back too");
        lane.end_load(batch(0..MANY + 89, None), Room::Plenty);
        assert_eq!(drain(&mut lane), (MANY..MANY + 89).collect::<Vec<_>>());
        assert_eq!(next(&mut lane), Next::Wait(Waiting::Empty));
    }

    #[test]
    fn what_comes_during_a_read_goes_behind_what_was_read() {
        let mut lane = lane();
        lane.note_more(NOW);
        load(&mut lane).expect("something waits");
        offer(&mut lane, [7, 8]);
        lane.end_load(batch([1, 2, 7], None), Room::Plenty);
        assert_eq!(drain(&mut lane), [1, 2, 7, 8]);
    }

    #[test]
    fn what_comes_during_a_read_goes_back_when_older_ones_are_left() {
        let mut lane = lane();
        lane.note_more(NOW);
        load(&mut lane).expect("something waits");
        offer(&mut lane, [7, 8]);
        lane.end_load(batch([1, 2], Some(NOW)), Room::Plenty);
        assert_eq!(drain(&mut lane), [1, 2]);
        load(&mut lane).expect("the rest waits");
        lane.end_load(batch([3, 7, 8], None), Room::Plenty);
        assert_eq!(drain(&mut lane), [3, 7, 8]);
    }

    #[test]
    fn a_hint_that_is_dropped_during_a_read_makes_it_read_again() {
        let mut lane = lane();
        lane.note_more(NOW);
        load(&mut lane).expect("something waits");
        offer(&mut lane, 0..MANY + 88);
        lane.end_load(batch([], None), Room::Plenty);
        assert_eq!(drain(&mut lane).len(), READY_MOST);
        assert!(load(&mut lane).is_some());
    }

    #[test]
    fn what_is_known_or_was_just_recorded_is_not_taken_twice() {
        let mut lane = lane();
        offer(&mut lane, [1, 2]);
        assert_eq!(drain(&mut lane), [1, 2]);
        offer(&mut lane, [1]);
        lane.note_more(NOW);
        load(&mut lane).expect("something waits");
        lane.recorded(1, DeliveryState::Delivered, NOW);
        lane.end_load(batch([1, 2, 3], None), Room::Plenty);
        assert_eq!(drain(&mut lane), [3]);
        lane.recorded(2, DeliveryState::Delivered, NOW);
        lane.recorded(3, DeliveryState::Delivered, NOW);
        assert!(lane.is_idle(NOW));
    }

    #[test]
    fn a_delivery_changed_by_hand_is_taken_as_it_is_now_or_again_afterwards() {
        let mut lane = lane();
        offer(&mut lane, [1, 2]);
        assert_eq!(next(&mut lane), Next::Ready);
        lane.send(NOW).expect("the first is ready");
        // One in flight, one ready; once by hand-over, once found by a read.
        lane.offer(revised(1, 1), Room::Plenty);
        lane.note_more(NOW);
        load(&mut lane).expect("something waits");
        let found = DueBatch { deliveries: vec![revised(1, 1), revised(2, 5)], next_due_at: None };
        lane.end_load(Ok(found), Room::Plenty);
        assert_eq!(next(&mut lane), Next::Ready);
        let second = lane.send(NOW).expect("the second is ready");
        assert_eq!(second.progress.revision, 5);
        assert_eq!(load(&mut lane), None);
        lane.recorded(1, DeliveryState::Delivered, NOW);
        assert!(load(&mut lane).is_some(), "it is read again once its attempt is recorded");
    }

    #[test]
    fn a_read_that_finds_only_what_is_in_flight_waits_for_a_record() {
        let mut lane = lane();
        offer(&mut lane, [1]);
        lane.send(NOW).expect("it is ready");
        lane.note_more(NOW);
        load(&mut lane).expect("something waits");
        lane.end_load(batch([1], Some(NOW)), Room::Plenty);
        assert_eq!(load(&mut lane), None);
        assert_eq!(next(&mut lane), Next::Wait(Waiting::InFlightFull));
        assert!(lane.view(NOW).more_in_database && !lane.is_idle(NOW));
        lane.sent(Some(&OK), NOW, NOW);
        lane.recorded(1, DeliveryState::Delivered, NOW);
        assert!(load(&mut lane).is_some());
    }

    #[test]
    fn a_failed_read_is_tried_again_later_and_not_at_once() {
        let mut lane = lane();
        lane.note_more(NOW);
        load(&mut lane).expect("something waits");
        lane.note_more(NOW);
        lane.end_load(Err(LATER), Room::Plenty);
        assert_eq!(load(&mut lane), None);
        assert_eq!(next(&mut lane), Next::Wait(Waiting::Due(LATER)));
        assert!(lane.begin_load(Standing::Open, Room::Plenty, LATER).is_some());
    }

    #[test]
    fn a_paused_lane_forgets_what_is_ready_and_reads_it_again() {
        let mut lane = lane();
        offer(&mut lane, [1, 2]);
        assert_eq!(lane.next(Standing::Paused, None, NOW), Next::Wait(Waiting::Disabled));
        assert_eq!((lane.ready.len(), lane.ready_bytes(), lane.known.len()), (0, 0, 0));
        assert_eq!(lane.begin_load(Standing::Paused, Room::Plenty, NOW), None);
        load(&mut lane).expect("both wait in the database");
        lane.end_load(batch([1, 2], None), Room::Plenty);
        assert_eq!(drain(&mut lane), [1, 2]);
    }

    #[test]
    fn full_memory_leaves_a_lane_one_delivery() {
        let mut lane = lane();
        for message in 0..3 {
            lane.offer(due(message), Room::Full);
        }
        assert_eq!(lane.ready.len(), 1);
        assert_eq!(lane.begin_load(Standing::Open, Room::Full, NOW), None);
        assert_eq!(drain(&mut lane), [0]);
        lane.recorded(0, DeliveryState::Delivered, NOW);
        assert_eq!(lane.begin_load(Standing::Open, Room::Full, NOW), Some(1));
        lane.end_load(batch([1, 2], None), Room::Full);
        assert_eq!(drain(&mut lane), [1]);
        assert!(lane.begin_load(Standing::Open, Room::Full, NOW).is_some());
    }

    #[test]
    fn scarce_memory_leaves_a_lane_what_its_endpoint_takes() {
        let mut lane = lane();
        for message in 0..100 {
            lane.offer(due(message), Room::Scarce);
        }
        assert_eq!(lane.ready.len(), 8);
    }

    #[test]
    fn what_is_ended_is_forgotten_once() {
        let mut lane = lane();
        assert!(!lane.begin_end(), "there is nothing to end");
        offer(&mut lane, [1, 2]);
        assert!(lane.begin_end() && !lane.begin_end());
        assert_eq!((lane.ready.len(), lane.ready_bytes()), (0, 0));
        offer(&mut lane, [3]);
        assert!(!lane.is_idle(NOW));
        lane.end_end();
        assert!(lane.begin_end(), "what came meanwhile is to be ended too");
        lane.end_end();
        assert!(lane.is_idle(NOW));
    }

    #[test]
    fn a_lane_that_was_asked_to_wait_is_not_forgotten() {
        let mut lane = lane();
        lane.pause(LATER);
        assert!(!lane.is_idle(NOW) && lane.is_idle(LATER));
        lane.set_rate(Some(1), LATER);
        offer(&mut lane, [1]);
        lane.send(LATER).expect("it is ready");
        lane.sent(Some(&OK), LATER, LATER);
        lane.recorded(1, DeliveryState::Delivered, LATER);
        assert!(!lane.is_idle(LATER), "its rate would be forgotten");
    }

    #[test]
    fn an_endpoint_that_says_gone_gets_nothing_more_until_that_is_recorded() {
        let mut lane = lane();
        offer(&mut lane, [1, 2]);
        lane.send(NOW).expect("it is ready");
        lane.stop_until_recorded(1);
        lane.sent(Some(&OK), NOW, NOW);
        assert_eq!(next(&mut lane), Next::Wait(Waiting::Disabled));
        lane.recorded(1, DeliveryState::Failed, NOW);
        assert_eq!(next(&mut lane), Next::Ready);
    }
}
