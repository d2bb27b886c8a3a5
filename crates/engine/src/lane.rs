//! One lane as a pure value: an endpoint's deliveries in memory, and what to do next.
//!
//! What waits in it is its queue's to know; the lane adds the endpoint's limits and what its answers teach. It sends
//! nothing and reads nothing itself.

use wirepost_model::attempt::AttemptOutcome;
use wirepost_model::delivery::DeliveryState;
use wirepost_model::lane::{LaneView, Waiting};
use wirepost_model::timestamp::Timestamp;
use wirepost_store::accepted::DueDelivery;

use crate::due_queue::DueQueue;
use crate::in_flight_limit::InFlightLimit;
use crate::memory::Room;
use crate::pace::Pace;
use crate::queue::{Queue, Read, Wanted};
use crate::sockets::Repute;

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

/// What a lane wants to have read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ToRead {
    /// To be given back with what was found: a lane that changed its order meanwhile wants it no more.
    pub(crate) number: u64,
    pub(crate) wanted: Wanted,
}

/// An endpoint's deliveries in memory.
#[derive(Debug)]
pub(crate) struct Lane {
    /// Deliveries it may hold ready.
    most: usize,
    queue: Queue,
    /// The last read.
    read_number: u64,
    in_flight: usize,
    limit: InFlightLimit,
    pace: Pace,
    paused_until: Timestamp,
    backs_off_until: Timestamp,
    /// The delivery whose answer said that the endpoint is gone, until that is recorded.
    gone_by: Option<i64>,
    waits_for_socket: bool,
    /// What is pending in the database is being ended: the endpoint is gone.
    ending: bool,
    waiting: Option<Waiting>,
}

impl Lane {
    /// An empty lane.
    pub(crate) fn new(bounds: LaneBounds, pace: Pace, now: Timestamp) -> Self {
        Self {
            most: bounds.ready.max(1),
            queue: Queue::Due(DueQueue::default()),
            read_number: 0,
            in_flight: 0,
            limit: InFlightLimit::new(bounds.in_flight, now),
            pace,
            paused_until: Timestamp::default(),
            backs_off_until: Timestamp::default(),
            gone_by: None,
            waits_for_socket: false,
            ending: false,
            waiting: Some(Waiting::Empty),
        }
    }

    /// Says whether messages go in order. Where that changed, all that waits is read anew.
    pub(crate) fn set_order(&mut self, fifo: bool, now: Timestamp) {
        if self.queue.is_line() != fifo {
            let queue = std::mem::replace(&mut self.queue, Queue::Due(DueQueue::default()));
            self.queue = queue.turned(now);
            self.read_number += 1;
        }
    }

    /// Whether messages go in order.
    pub(crate) fn is_line(&self) -> bool {
        self.queue.is_line()
    }

    /// Takes a delivery that was just committed, or notes that it waits in the database.
    pub(crate) fn offer(&mut self, delivery: DueDelivery, room: Room) {
        self.queue.offer(delivery, self.ready_most(room));
    }

    /// Notes that something waits in the database, due at `due_at`.
    pub(crate) fn note_more(&mut self, due_at: Timestamp, now: Timestamp) {
        self.queue.note_more(due_at, now);
    }

    /// What to read from the database now, if it is time to; then a read is under way.
    pub(crate) fn begin_load(&mut self, standing: Standing, room: Room, now: Timestamp) -> Option<ToRead> {
        let most = self.ready_most(room);
        if standing != Standing::Open || !self.queue.wants_read(most, now) {
            return None;
        }
        if self.queue.held() > 0 && self.limits_wait(now).is_some() {
            return None;
        }
        self.read_number += 1;
        Some(ToRead { number: self.read_number, wanted: self.queue.begin_read(most, now) })
    }

    /// Takes what the read of this number found; without an answer, it is tried again at the instant given.
    pub(crate) fn end_load(
        &mut self,
        number: u64,
        found: Result<Read, Timestamp>,
        room: Room,
        now: Timestamp,
    ) {
        if number == self.read_number {
            self.queue.end_read(found, self.ready_most(room), now);
        }
    }

    /// What may go next, by the lane's own limits and the pace of its app.
    /// `app_waits` is until when the app's pace holds the lane up.
    pub(crate) fn next(&mut self, standing: Standing, app_waits: Option<Timestamp>, now: Timestamp) -> Next {
        if standing == Standing::Paused {
            self.queue.put_back();
            return self.wait(Waiting::Disabled);
        }
        if self.gone_by.is_some() {
            return self.wait(Waiting::Disabled);
        }
        if let Some(waiting) = self.queue.waits(now) {
            return self.wait(waiting);
        }
        if let Some(waiting) = self.limits_wait(now) {
            return self.wait(waiting);
        }
        if let Some(at) = app_waits {
            self.waiting = Some(Waiting::AppRateLimit(at));
            return Next::WaitForApp(at);
        }
        if self.waits_for_socket {
            return self.wait(Waiting::Sockets);
        }
        Next::Ready
    }

    /// Takes out the delivery that goes now. Call it only after [`Next::Ready`], with a socket in hand.
    pub(crate) fn send(&mut self, now: Timestamp) -> Option<DueDelivery> {
        let delivery = self.queue.pop(now)?;
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

    /// Forgets what is ready, because deliveries were canceled: what is still pending is read again.
    pub(crate) fn withdraw(&mut self) {
        self.queue.withdraw();
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
            self.backs_off_until = now.plus(self.limit.back_off());
        }
        self.limit.now(self.in_flight, now) > self.in_flight + 1
    }

    /// Learns that a record was committed: from now on the database tells the truth about this delivery.
    pub(crate) fn recorded(&mut self, message_key: i64, state: DeliveryState, now: Timestamp) {
        self.gone_by = self.gone_by.filter(|gone_by| *gone_by != message_key);
        self.queue.recorded(message_key, state, now);
    }

    /// Forgets what waits, because the endpoint is gone. Whether there was anything to end in the database.
    pub(crate) fn begin_end(&mut self) -> bool {
        if self.ending || !self.queue.forget() {
            return false;
        }
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
        self.queue.held_bytes()
    }

    /// Whether forgetting the lane loses nothing: nothing of its endpoint is in memory or expected, and no limit
    /// would be forgotten with it.
    pub(crate) fn is_idle(&self, now: Timestamp) -> bool {
        let limited = self.paused_until > now || self.backs_off_until > now || !self.pace.is_quiet(now);
        self.queue.is_idle() && !self.waits_for_socket && !self.ending && !limited
    }

    /// The lane as people may see it.
    pub(crate) fn view(&self, now: Timestamp) -> LaneView {
        LaneView {
            in_flight: self.in_flight,
            in_flight_limit: self.limit.now(self.in_flight, now),
            queued: self.queue.held(),
            more_in_database: self.queue.has_more(now),
            waiting: self.waiting,
            throttled: self.limit.throttled(),
            head: self.queue.head(),
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

    /// Deliveries the lane may hold ready.
    fn ready_most(&self, room: Room) -> usize {
        match room {
            Room::Plenty => self.most,
            Room::Scarce => (2 * self.limit.learned()).min(self.most),
            Room::Full => 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use wirepost_model::delivery::{DeliveryKey, Progress};
    use wirepost_model::ids::{AppId, EndpointId, MessageId};
    use wirepost_store::deliveries::DueBatch;

    use super::*;
    use crate::due_queue::LOAD_MOST;

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);
    const LATER: Timestamp = Timestamp::from_millis(1_005_000);
    const OK: AttemptOutcome = AttemptOutcome::Answered { status: 200, retry_after: None };

    fn lane() -> Lane {
        Lane::new(LaneBounds { ready: READY_MOST, in_flight: 4 }, Pace::default(), NOW)
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
    ) -> Result<Read, Timestamp> {
        Ok(Read::Due(DueBatch { deliveries: messages.into_iter().map(due).collect(), next_due_at }))
    }

    fn limit_of(to_read: ToRead) -> usize {
        match to_read.wanted {
            Wanted::Due { limit } | Wanted::Line { limit, .. } => limit,
        }
    }

    fn end_load(lane: &mut Lane, found: Result<Read, Timestamp>, room: Room) {
        lane.end_load(lane.read_number, found, room, NOW);
    }

    fn offer(lane: &mut Lane, messages: impl IntoIterator<Item = i64>) {
        for message in messages {
            lane.offer(due(message), Room::Plenty);
        }
    }

    fn load(lane: &mut Lane) -> Option<usize> {
        lane.begin_load(Standing::Open, Room::Plenty, NOW).map(limit_of)
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
        assert_eq!(lane.queue.held(), READY_MOST);
        assert_eq!(load(&mut lane), None, "there is enough to do");
        assert_eq!(drain(&mut lane).len(), READY_MOST);
        offer(&mut lane, [MANY + 88]);
        assert!(drain(&mut lane).is_empty(), "it waits behind the older ones");
        let limit = load(&mut lane).expect("older ones wait in the database");
        assert_eq!(limit, LOAD_MOST + READY_MOST, "rows in memory come back too");
        end_load(&mut lane, batch(0..MANY + 89, None), Room::Plenty);
        assert_eq!(drain(&mut lane), (MANY..MANY + 89).collect::<Vec<_>>());
        assert_eq!(next(&mut lane), Next::Wait(Waiting::Empty));
    }

    #[test]
    fn what_comes_during_a_read_goes_behind_what_was_read() {
        let mut lane = lane();
        lane.note_more(NOW, NOW);
        load(&mut lane).expect("something waits");
        offer(&mut lane, [7, 8]);
        end_load(&mut lane, batch([1, 2, 7], None), Room::Plenty);
        assert_eq!(drain(&mut lane), [1, 2, 7, 8]);
    }

    #[test]
    fn what_comes_during_a_read_goes_back_when_older_ones_are_left() {
        let mut lane = lane();
        lane.note_more(NOW, NOW);
        load(&mut lane).expect("something waits");
        offer(&mut lane, [7, 8]);
        end_load(&mut lane, batch([1, 2], Some(NOW)), Room::Plenty);
        assert_eq!(drain(&mut lane), [1, 2]);
        load(&mut lane).expect("the rest waits");
        end_load(&mut lane, batch([3, 7, 8], None), Room::Plenty);
        assert_eq!(drain(&mut lane), [3, 7, 8]);
    }

    #[test]
    fn a_hint_that_is_dropped_during_a_read_makes_it_read_again() {
        let mut lane = lane();
        lane.note_more(NOW, NOW);
        load(&mut lane).expect("something waits");
        offer(&mut lane, 0..MANY + 88);
        end_load(&mut lane, batch([], None), Room::Plenty);
        assert_eq!(drain(&mut lane).len(), READY_MOST);
        assert!(load(&mut lane).is_some());
    }

    #[test]
    fn what_is_known_or_was_just_recorded_is_not_taken_twice() {
        let mut lane = lane();
        offer(&mut lane, [1, 2]);
        assert_eq!(drain(&mut lane), [1, 2]);
        offer(&mut lane, [1]);
        lane.note_more(NOW, NOW);
        load(&mut lane).expect("something waits");
        lane.recorded(1, DeliveryState::Delivered, NOW);
        end_load(&mut lane, batch([1, 2, 3], None), Room::Plenty);
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
        lane.note_more(NOW, NOW);
        load(&mut lane).expect("something waits");
        let found = DueBatch { deliveries: vec![revised(1, 1), revised(2, 5)], next_due_at: None };
        let found = Read::Due(found);
        end_load(&mut lane, Ok(found), Room::Plenty);
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
        lane.note_more(NOW, NOW);
        load(&mut lane).expect("something waits");
        end_load(&mut lane, batch([1], Some(NOW)), Room::Plenty);
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
        lane.note_more(NOW, NOW);
        load(&mut lane).expect("something waits");
        lane.note_more(NOW, NOW);
        end_load(&mut lane, Err(LATER), Room::Plenty);
        assert_eq!(load(&mut lane), None);
        assert_eq!(next(&mut lane), Next::Wait(Waiting::Due(LATER)));
        assert!(lane.begin_load(Standing::Open, Room::Plenty, LATER).is_some());
    }

    #[test]
    fn a_paused_lane_forgets_what_is_ready_and_reads_it_again() {
        let mut lane = lane();
        offer(&mut lane, [1, 2]);
        assert_eq!(lane.next(Standing::Paused, None, NOW), Next::Wait(Waiting::Disabled));
        assert_eq!((lane.queue.held(), lane.ready_bytes()), (0, 0));
        assert_eq!(lane.begin_load(Standing::Paused, Room::Plenty, NOW), None);
        load(&mut lane).expect("both wait in the database");
        end_load(&mut lane, batch([1, 2], None), Room::Plenty);
        assert_eq!(drain(&mut lane), [1, 2]);
    }

    #[test]
    fn what_was_canceled_is_not_sent_from_memory_nor_from_a_read_under_way() {
        let mut lane = lane();
        offer(&mut lane, [1, 2]);
        lane.withdraw();
        assert!(drain(&mut lane).is_empty());
        load(&mut lane).expect("what is left waits in the database");
        lane.withdraw();
        end_load(&mut lane, batch([1, 2], None), Room::Plenty);
        assert!(drain(&mut lane).is_empty());
        load(&mut lane).expect("it is read again");
        end_load(&mut lane, batch([2], None), Room::Plenty);
        assert_eq!(drain(&mut lane), [2]);
    }

    #[test]
    fn full_memory_leaves_a_lane_one_delivery() {
        let mut lane = lane();
        for message in 0..3 {
            lane.offer(due(message), Room::Full);
        }
        assert_eq!(lane.queue.held(), 1);
        assert_eq!(lane.begin_load(Standing::Open, Room::Full, NOW), None);
        assert_eq!(drain(&mut lane), [0]);
        lane.recorded(0, DeliveryState::Delivered, NOW);
        assert_eq!(lane.begin_load(Standing::Open, Room::Full, NOW).map(limit_of), Some(1));
        end_load(&mut lane, batch([1, 2], None), Room::Full);
        assert_eq!(drain(&mut lane), [1]);
        assert!(lane.begin_load(Standing::Open, Room::Full, NOW).is_some());
    }

    #[test]
    fn scarce_memory_leaves_a_lane_what_its_endpoint_takes() {
        let mut lane = lane();
        for message in 0..100 {
            lane.offer(due(message), Room::Scarce);
        }
        assert_eq!(lane.queue.held(), 8);
    }

    #[test]
    fn what_is_ended_is_forgotten_once() {
        let mut lane = lane();
        assert!(!lane.begin_end(), "there is nothing to end");
        offer(&mut lane, [1, 2]);
        assert!(lane.begin_end() && !lane.begin_end());
        assert_eq!((lane.queue.held(), lane.ready_bytes()), (0, 0));
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
