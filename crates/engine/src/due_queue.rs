//! What waits in a lane whose deliveries go as they fall due. Pure.
//!
//! The database is the truth. In memory are a few hundred deliveries; for the rest it is only known from when on
//! something may wait in the database (`more_at`).

use std::collections::{HashMap, HashSet, VecDeque};

use wirepost_model::delivery::DeliveryState;
use wirepost_model::lane::Waiting;
use wirepost_model::timestamp::Timestamp;
use wirepost_store::accepted::DueDelivery;
use wirepost_store::deliveries::DueBatch;

use crate::queue::weight;

/// Deliveries read at once at most, beside those that are known.
pub(crate) const LOAD_MOST: usize = 512;

/// Deliveries in the order in which they became known to be due.
#[derive(Debug, Default)]
pub(crate) struct DueQueue {
    ready: VecDeque<DueDelivery>,
    /// Bytes of the payloads that are ready.
    ready_bytes: usize,
    /// Message keys in memory, ready, in flight, or waiting for their record, with the revision held.
    known: HashMap<i64, u32>,
    /// Of those, the ones that became due again by hand meanwhile.
    again: HashSet<i64>,
    /// From when on something due may wait in the database.
    more_at: Option<Timestamp>,
    /// The same, where it can only be read once something known is recorded: those in flight fill a whole read.
    more_behind_known: Option<Timestamp>,
    loading: Option<Loading>,
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
    /// Whether something of it may have been canceled since.
    outdated: bool,
}

impl DueQueue {
    /// A queue beside which these are going. Whether anything is pending is in the database.
    pub(crate) fn new(going: HashMap<i64, u32>, again: HashSet<i64>, pending: bool, now: Timestamp) -> Self {
        Self { known: going, again, more_at: pending.then_some(now), ..Self::default() }
    }

    /// Those that are going, and those of them that are due again.
    pub(crate) fn into_going(mut self) -> (HashMap<i64, u32>, HashSet<i64>) {
        self.put_back();
        (self.known, self.again)
    }

    /// Takes a delivery that was just committed, or notes that it waits in the database.
    pub(crate) fn offer(&mut self, delivery: DueDelivery, most: usize) {
        if self.known.contains_key(&delivery.key.message.key()) {
            self.renew(delivery);
        } else if self.ready.len() >= most || self.is_behind(delivery.due_at) {
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

    /// Whether it is time to read from the database.
    pub(crate) fn wants_read(&self, most: usize, now: Timestamp) -> bool {
        let due = self.more_at.is_some_and(|at| at <= now);
        due && self.ready.len() < (most / 4).max(1) && self.loading.is_none()
    }

    /// How many to read; then a read is under way.
    pub(crate) fn begin_read(&mut self, most: usize, now: Timestamp) -> usize {
        self.more_at = None;
        self.loading =
            Some(Loading { now, finished: HashSet::new(), more_at: None, arrived: 0, outdated: false });
        // Rows already in memory come back too; behind them there must be room for others.
        LOAD_MOST.min(most.saturating_sub(self.ready.len())) + self.known.len()
    }

    /// Takes what a read found; without an answer, it is tried again at `retry_at`.
    pub(crate) fn end_read(&mut self, found: Result<DueBatch, Timestamp>, most: usize) {
        let Some(loading) = self.loading.take() else {
            return;
        };
        match found {
            Ok(_) if loading.outdated => self.note_more(loading.now),
            Ok(batch) => self.take_batch(batch, &loading, most),
            // The next try finds what was noted meanwhile, too.
            Err(retry_at) => self.note_more(retry_at),
        }
    }

    fn take_batch(&mut self, batch: DueBatch, loading: &Loading, most: usize) {
        let arrived = self.ready.split_off(self.ready.len() - loading.arrived.min(self.ready.len()));
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

    /// Why nothing is ready; `None` when [`Self::pop`] has one.
    pub(crate) fn waits(&self) -> Option<Waiting> {
        if !self.ready.is_empty() {
            return None;
        }
        Some(match (&self.loading, self.more_at, self.more_behind_known) {
            (Some(_), _, _) => Waiting::Loading,
            (None, Some(at), _) => Waiting::Due(at),
            (None, None, Some(_)) => Waiting::InFlightFull,
            (None, None, None) => Waiting::Empty,
        })
    }

    /// Takes out the one that goes now.
    pub(crate) fn pop(&mut self) -> Option<DueDelivery> {
        let delivery = self.ready.pop_front()?;
        self.ready_bytes -= weight(&delivery);
        Some(delivery)
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

    /// Forgets what is ready: it is in the database, and is read again when the lane goes on.
    pub(crate) fn put_back(&mut self) {
        self.put_back_last(self.ready.len());
        if let Some(loading) = &mut self.loading {
            loading.arrived = 0;
        }
    }

    /// The same because deliveries were canceled: what a read under way finds may be one of them.
    pub(crate) fn withdraw(&mut self) {
        self.put_back();
        if let Some(loading) = &mut self.loading {
            loading.outdated = true;
        }
    }

    /// Forgets all that waits, because it is being ended. Whether there was anything.
    pub(crate) fn forget(&mut self) -> bool {
        let nothing = self.more_at.is_none() && self.more_behind_known.is_none() && self.ready.is_empty();
        self.put_back();
        (self.more_at, self.more_behind_known) = (None, None);
        !nothing
    }

    /// Whether nothing of it is in memory or expected.
    pub(crate) fn is_idle(&self) -> bool {
        self.known.is_empty() && self.more_at.is_none() && self.loading.is_none()
    }

    /// Whether more that is due may wait in the database.
    pub(crate) fn has_more(&self, now: Timestamp) -> bool {
        self.is_behind(now) || self.loading.is_some()
    }

    /// Deliveries held ready.
    pub(crate) fn held(&self) -> usize {
        self.ready.len()
    }

    /// Bytes they cost.
    pub(crate) fn held_bytes(&self) -> usize {
        self.ready_bytes
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
