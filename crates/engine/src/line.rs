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
