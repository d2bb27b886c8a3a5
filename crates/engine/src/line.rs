//! The line of an endpoint whose messages go one by one, in the order in which they were accepted. Pure.
//!
//! The database is the truth; a line holds its first few. From `unread` on there may be others that only the database
//! knows, and nothing that is ready stands behind it: so nothing overtakes what was not read yet. The next one goes
//! when the one before is recorded, not earlier: after a crash no older one comes after a newer one. What is to be
//! sent again by hand takes turns with the line; where it was still waiting in the line, none behind it passes.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::time::Duration;

use wirepost_model::delivery::{DeliveryState, ResumeAs};
use wirepost_model::id_source::first_key_at;
use wirepost_model::ids::MessageId;
use wirepost_model::lane::Waiting;
use wirepost_model::timestamp::Timestamp;
use wirepost_store::accepted::DueDelivery;
use wirepost_store::lines::LineBatch;

use crate::queue::weight;

/// Deliveries held ready: one goes at a time, and whatever one fails is read again with those behind it.
const READY_MOST: usize = 64;
/// How much later than another with a higher key a message may be committed: both were under way at once.
const COMMITS_CROSS: Duration = Duration::from_secs(10);

/// Deliveries in the order of their messages' keys.
#[derive(Debug)]
pub(crate) struct Line {
    ready: BTreeMap<i64, DueDelivery>,
    by_hand: VecDeque<DueDelivery>,
    /// Message keys in flight or waiting for their record, with the revision held. One, unless order matters only
    /// since they were sent.
    going: HashMap<i64, u32>,
    /// Of those, the ones that became due again by hand meanwhile.
    again: HashSet<i64>,
    /// The first in line, once it was tried.
    head: Option<MessageId>,
    unread: Option<Unread>,
    reading: Option<Reading>,
    /// Whether the last one that went was one by hand.
    by_hand_went: bool,
    /// Whether something may wait in the database before `unread`; it is looked for when the line was read to its end.
    look_back: bool,
}

/// From which key on something that waits in the database may be unread, and when to look.
#[derive(Debug, Clone, Copy)]
struct Unread {
    from: i64,
    at: Timestamp,
}

/// A read under way. What happened since it began is not in what it will answer.
#[derive(Debug)]
struct Reading {
    from: i64,
    finished: HashSet<i64>,
    /// What came since and stands behind `from`.
    arrived: BTreeMap<i64, DueDelivery>,
    noted: Option<Unread>,
    /// Whether something of it may have been canceled since.
    outdated: bool,
}

impl Line {
    /// A line in front of which these are going. Whether anything is pending is in the database.
    pub(crate) fn new(going: HashMap<i64, u32>, again: HashSet<i64>, pending: bool, now: Timestamp) -> Self {
        Self {
            ready: BTreeMap::new(),
            by_hand: VecDeque::new(),
            going,
            again,
            head: None,
            unread: pending.then_some(Unread { from: i64::MIN, at: now }),
            reading: None,
            by_hand_went: false,
            look_back: false,
        }
    }

    /// Those that are going, and those of them that are due again.
    pub(crate) fn into_going(self) -> (HashMap<i64, u32>, HashSet<i64>) {
        (self.going, self.again)
    }

    /// Takes a delivery that was just committed, or notes that it waits in the database.
    pub(crate) fn offer(&mut self, delivery: DueDelivery, most: usize) {
        let key = key_of(&delivery);
        let waiting = self.by_hand.iter().find(|waiting| key_of(waiting) == key);
        let waiting =
            waiting.or_else(|| self.ready.get(&key)).or_else(|| self.reading.as_ref()?.arrived.get(&key));
        let held = self.going.get(&key).copied().or(waiting.map(|waiting| waiting.progress.revision));
        if held.is_some_and(|held| held >= delivery.progress.revision) {
            return;
        }
        if self.going.contains_key(&key) {
            self.again.insert(key);
            return;
        }
        // Somebody changed it: by now it may be one by hand, or no longer.
        self.by_hand.retain(|waiting| key_of(waiting) != key);
        self.ready.remove(&key);
        if let Some(reading) = &mut self.reading {
            reading.arrived.remove(&key);
        }
        self.take_in(delivery, most.min(READY_MOST));
    }

    /// Notes that something waits in the database, due at `at`.
    pub(crate) fn note_more(&mut self, at: Timestamp, now: Timestamp) {
        let at = at.min(now);
        self.look_back = true;
        self.note(first_key_at(at.minus(COMMITS_CROSS)), at);
    }

    /// Whether it is time to read from the database.
    pub(crate) fn wants_read(&self, most: usize, now: Timestamp) -> bool {
        let few = self.ready.len() < (most.min(READY_MOST) / 4).max(1);
        few && self.reading.is_none() && self.unread.is_some_and(|unread| unread.at <= now)
    }

    /// From which key on to read, if it is known, and how many; then a read is under way.
    pub(crate) fn begin_read(&mut self, most: usize) -> (Option<i64>, usize) {
        let from = self.unread.take().map_or(i64::MIN, |unread| unread.from);
        self.reading = Some(Reading {
            from,
            finished: HashSet::new(),
            arrived: BTreeMap::new(),
            noted: None,
            outdated: false,
        });
        let room = most.min(READY_MOST).saturating_sub(self.ready.len()).max(1);
        (Some(from).filter(|from| *from > i64::MIN), room + self.going.len())
    }

    /// Takes what a read found; without an answer, it is tried again at `retry_at`.
    pub(crate) fn end_read(&mut self, found: Result<LineBatch, Timestamp>, most: usize, now: Timestamp) {
        let Some(reading) = self.reading.take() else {
            return;
        };
        match found {
            // What arrived meanwhile lies in the database, too.
            Err(retry_at) => self.note(reading.from, retry_at),
            Ok(_) if reading.outdated => self.note(reading.from, now),
            Ok(batch) => {
                let rest = batch.rest_from;
                let read = batch.deliveries.into_iter();
                let read = read.filter(|delivery| !reading.finished.contains(&key_of(delivery)));
                let arrived = reading.arrived.into_values();
                let arrived = arrived.filter(|delivery| rest.is_none_or(|rest| key_of(delivery) < rest));
                read.chain(arrived).for_each(|delivery| self.offer(delivery, most));
                if let Some(rest) = rest {
                    self.note(rest, now);
                }
            }
        }
        if let Some(noted) = reading.noted {
            self.note(noted.from, noted.at);
        }
        if self.unread.is_none() && std::mem::take(&mut self.look_back) {
            self.note(i64::MIN, now);
        }
    }

    /// Why nothing may go now; `None` when [`Self::pop`] has one.
    pub(crate) fn waits(&mut self, now: Timestamp) -> Option<Waiting> {
        if !self.going.is_empty() {
            return Some(Waiting::InFlightFull);
        }
        if !self.by_hand.is_empty() || self.first_may_go(now) {
            return None;
        }
        // Whoever waits for a time waits in the database, and with it all behind it.
        let first = self.ready.values().next().map(|first| (first.key.message, first.due_at));
        if let Some((message, due_at)) = first {
            self.head = Some(message);
            self.note(message.key(), due_at);
        }
        Some(match (&self.reading, self.unread) {
            (Some(_), _) => Waiting::Loading,
            (None, Some(unread)) => Waiting::Head(unread.at),
            (None, None) => Waiting::Empty,
        })
    }

    /// Takes out the one that goes now.
    pub(crate) fn pop(&mut self, now: Timestamp) -> Option<DueDelivery> {
        let line_goes = self.first_may_go(now) && (self.by_hand_went || self.by_hand.is_empty());
        let delivery = if line_goes && !self.by_hand_is_before_first() {
            self.by_hand_went = false;
            let (_, delivery) = self.ready.pop_first()?;
            self.head = Some(delivery.key.message);
            delivery
        } else {
            self.by_hand_went = true;
            self.by_hand.pop_front()?
        };
        self.going.insert(key_of(&delivery), delivery.progress.revision);
        Some(delivery)
    }

    /// Learns that a record was committed: from now on the database tells the truth about this delivery.
    pub(crate) fn recorded(&mut self, key: i64, state: DeliveryState, now: Timestamp) {
        self.going.remove(&key);
        if let Some(reading) = &mut self.reading {
            reading.finished.insert(key);
        }
        if self.again.remove(&key) {
            self.note(key, now);
        } else if let DeliveryState::Pending { due_at } = state {
            self.note(key, due_at);
        } else {
            self.head = self.head.filter(|head| head.key() != key);
            let noted = self.reading.as_ref().and_then(|reading| reading.noted);
            if [self.unread, noted].into_iter().flatten().any(|unread| unread.from == key) {
                // It was ended by hand. The time that those behind it waited for is over.
                self.note(key, now);
            }
        }
    }

    /// Forgets what is ready: it is in the database, and is read again when the line goes on.
    pub(crate) fn put_back(&mut self) {
        let mut held: Vec<(i64, Timestamp)> = Vec::with_capacity(self.held());
        held.extend(self.by_hand.drain(..).map(|delivery| (key_of(&delivery), delivery.due_at)));
        if let Some(reading) = &mut self.reading {
            held.extend(std::mem::take(&mut reading.arrived).into_iter().map(|(key, one)| (key, one.due_at)));
        }
        held.extend(self.ready.first_key_value().map(|(key, first)| (*key, first.due_at)));
        for (key, due_at) in held {
            self.note(key, due_at);
        }
    }

    /// The same because deliveries were canceled: what a read under way finds may be one of them.
    pub(crate) fn withdraw(&mut self) {
        self.put_back();
        // It may be the first in line that was canceled: no time is worth waiting for.
        if let Some(unread) = &mut self.unread {
            unread.at = Timestamp::default();
        }
        if let Some(reading) = &mut self.reading {
            reading.outdated = true;
        }
    }

    /// Forgets all that waits, because it is being ended. Whether there was anything.
    pub(crate) fn forget(&mut self) -> bool {
        self.put_back();
        self.head = None;
        self.unread.take().is_some()
    }

    /// Whether nothing of it is in memory or expected.
    pub(crate) fn is_idle(&self) -> bool {
        self.going.is_empty() && self.held() == 0 && self.reading.is_none() && self.unread.is_none()
    }

    /// Whether more may wait in the database.
    pub(crate) fn has_more(&self) -> bool {
        self.reading.is_some() || self.unread.is_some()
    }

    /// The one that has to end before another may go, once it was tried.
    pub(crate) fn head(&self) -> Option<MessageId> {
        self.head
    }

    /// Deliveries held.
    pub(crate) fn held(&self) -> usize {
        self.each_held().count()
    }

    /// Bytes they cost.
    pub(crate) fn held_bytes(&self) -> usize {
        self.each_held().map(weight).sum()
    }

    fn each_held(&self) -> impl Iterator<Item = &DueDelivery> {
        let arrived = self.reading.iter().flat_map(|reading| reading.arrived.values());
        self.ready.values().chain(&self.by_hand).chain(arrived)
    }

    fn take_in(&mut self, delivery: DueDelivery, most: usize) {
        let (key, due_at) = (key_of(&delivery), delivery.due_at);
        let is_by_hand = delivery.progress.resend.is_some();
        let is_behind = self.unread.is_some_and(|unread| unread.from <= key);
        if self.held() >= most || is_behind && !is_by_hand {
            self.note(key, due_at);
        } else if is_by_hand {
            self.by_hand.push_back(delivery);
        } else if let Some(reading) = self.reading.as_mut().filter(|reading| reading.from <= key) {
            reading.arrived.insert(key, delivery);
        } else {
            self.ready.insert(key, delivery);
        }
    }

    /// From this key on there is something unread, the first of it due at `at`: nothing behind it is ready.
    fn note(&mut self, key: i64, at: Timestamp) {
        let reading = self.reading.as_mut().filter(|reading| reading.from <= key);
        let noted = reading.map_or(&mut self.unread, |reading| &mut reading.noted);
        match noted {
            Some(unread) if unread.from < key => {}
            Some(unread) if unread.from == key => unread.at = unread.at.min(at),
            _ => *noted = Some(Unread { from: key, at }),
        }
        if let Some(unread) = self.unread {
            self.ready.split_off(&unread.from);
        }
    }

    fn first_may_go(&self, now: Timestamp) -> bool {
        self.ready.values().next().is_some_and(|first| first.due_at <= now)
    }

    /// Whether one that is to be tried by hand was waiting in the line, before the first that is ready.
    fn by_hand_is_before_first(&self) -> bool {
        let first = self.ready.first_key_value().map(|(key, _)| *key);
        let in_line = |waiting: &&DueDelivery| {
            matches!(waiting.progress.resend, Some(ResumeAs(DeliveryState::Pending { .. })))
        };
        let mut in_line = self.by_hand.iter().filter(in_line);
        in_line.any(|waiting| first.is_some_and(|first| key_of(waiting) < first))
    }
}

fn key_of(delivery: &DueDelivery) -> i64 {
    delivery.key.message.key()
}

#[cfg(test)]
mod tests {
    use wirepost_model::delivery::{DeliveryKey, Progress};
    use wirepost_model::ids::{AppId, EndpointId};

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_769_860_800_000);
    const LATER: Timestamp = Timestamp::from_millis(1_769_860_900_000);
    const MOST: usize = 512;

    fn line() -> Line {
        Line::new(HashMap::new(), HashSet::new(), false, NOW)
    }

    fn due(key: i64) -> DueDelivery {
        DueDelivery {
            key: DeliveryKey {
                app: AppId::from_parts(1, [0; 12]),
                endpoint: EndpointId::from_parts(1, [0; 12]),
                message: MessageId::from_parts(key, [0; 12]),
            },
            progress: Progress::FRESH,
            due_at: NOW,
            payload: None,
        }
    }

    fn offer(line: &mut Line, keys: impl IntoIterator<Item = i64>) {
        keys.into_iter().for_each(|key| line.offer(due(key), MOST));
    }

    fn found(keys: impl IntoIterator<Item = i64>, rest_from: Option<i64>) -> Result<LineBatch, Timestamp> {
        Ok(LineBatch { deliveries: keys.into_iter().map(due).collect(), rest_from })
    }

    /// Delivers all that may go now.
    fn drain(line: &mut Line) -> Vec<i64> {
        let mut went = Vec::new();
        while line.waits(NOW).is_none() {
            let key = key_of(&line.pop(NOW).expect("one may go"));
            line.recorded(key, DeliveryState::Delivered, NOW);
            went.push(key);
        }
        went
    }

    #[test]
    fn the_next_one_waits_for_the_record_of_the_one_before() {
        let mut line = line();
        offer(&mut line, [3, 1, 2]);
        assert_eq!(line.pop(NOW).map(|first| key_of(&first)), Some(1), "in the order of keys");
        assert_eq!(line.waits(NOW), Some(Waiting::InFlightFull));
        line.recorded(1, DeliveryState::Delivered, NOW);
        assert_eq!(drain(&mut line), [2, 3]);
        assert!(line.is_idle());
    }

    #[test]
    fn a_failing_head_is_read_again_with_those_behind_it() {
        let mut line = line();
        offer(&mut line, 1..5);
        line.pop(NOW).expect("one may go");
        line.recorded(1, DeliveryState::Pending { due_at: LATER }, NOW);
        offer(&mut line, [5]);
        assert_eq!((line.held(), line.waits(NOW)), (0, Some(Waiting::Head(LATER))));
        assert!(!line.wants_read(MOST, NOW) && line.wants_read(MOST, LATER));
        assert_eq!(line.begin_read(MOST).0, Some(1));
        line.end_read(found(1..6, None), MOST, LATER);
        assert_eq!(drain(&mut line), [1, 2, 3, 4, 5]);
    }

    #[test]
    fn nothing_overtakes_what_is_unread() {
        let mut line = line();
        offer(&mut line, 0..70);
        assert_eq!(line.held(), READY_MOST);
        assert_eq!(drain(&mut line), (0..64).collect::<Vec<_>>());
        offer(&mut line, [70]);
        assert_eq!(drain(&mut line), [0; 0], "it stands behind those that only the database knows");
        assert_eq!(line.begin_read(MOST).0, Some(64));
        offer(&mut line, [71]);
        assert_eq!(drain(&mut line), [0; 0]);
        line.end_read(found(64..68, Some(68)), MOST, NOW);
        assert_eq!(drain(&mut line), [64, 65, 66, 67]);
        assert_eq!(line.begin_read(MOST).0, Some(68));
        line.end_read(found(68..72, None), MOST, NOW);
        assert_eq!(drain(&mut line), [68, 69, 70, 71]);
    }

    #[test]
    fn what_arrives_during_a_read_to_the_end_stays_in_memory() {
        let mut line = Line::new(HashMap::new(), HashSet::new(), true, NOW);
        assert_eq!(line.begin_read(MOST).0, None);
        offer(&mut line, [8, 9]);
        line.end_read(found([5, 8], None), MOST, NOW);
        assert!(!line.has_more());
        assert_eq!(drain(&mut line), [5, 8, 9]);
    }

    #[test]
    fn one_that_is_committed_late_goes_before_those_with_higher_keys() {
        let mut line = line();
        offer(&mut line, [1, 3]);
        line.pop(NOW).expect("one may go");
        offer(&mut line, [2]);
        line.recorded(1, DeliveryState::Delivered, NOW);
        assert_eq!(drain(&mut line), [2, 3]);
    }

    #[test]
    fn what_was_missed_is_read_before_anything_goes_and_once_more_from_the_beginning() {
        let mut line = line();
        let key = first_key_at(NOW);
        offer(&mut line, [key + 7]);
        line.note_more(NOW, NOW);
        assert_eq!(drain(&mut line), [0; 0]);
        assert!(line.begin_read(MOST).0.is_some_and(|from| from < key));
        line.end_read(found([key, key + 7], None), MOST, NOW);
        assert_eq!(line.begin_read(MOST).0, None, "what is older than it could be, too");
        line.end_read(found([3, key, key + 7], None), MOST, NOW);
        assert_eq!(drain(&mut line), [3, key, key + 7]);
        assert!(line.is_idle());
    }

    #[test]
    fn nobody_waits_for_a_head_that_was_delivered_by_hand_or_canceled() {
        for canceled in [true, false] {
            let mut line = line();
            offer(&mut line, [1, 2]);
            line.pop(NOW).expect("one may go");
            line.recorded(1, DeliveryState::Pending { due_at: LATER }, NOW);
            if canceled {
                line.withdraw();
            } else {
                let state = DeliveryState::Pending { due_at: LATER };
                let progress = Progress { revision: 2, resend: Some(ResumeAs(state)), ..Progress::FRESH };
                line.offer(DueDelivery { progress, ..due(1) }, MOST);
                assert_eq!(drain(&mut line), [1]);
            }
            assert!(line.wants_read(MOST, NOW));
            line.begin_read(MOST);
            line.end_read(found([2], None), MOST, NOW);
            assert_eq!(drain(&mut line), [2]);
        }
    }
}
