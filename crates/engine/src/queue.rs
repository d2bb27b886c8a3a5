//! What waits in a lane: as it falls due or, where order matters, in line. Pure.

use std::collections::{HashMap, HashSet};

use wirepost_model::delivery::DeliveryState;
use wirepost_model::ids::MessageId;
use wirepost_model::lane::Waiting;
use wirepost_model::timestamp::Timestamp;
use wirepost_store::accepted::DueDelivery;
use wirepost_store::deliveries::DueBatch;
use wirepost_store::lines::LineBatch;

use crate::due_queue::DueQueue;
use crate::line::Line;

/// One of both.
#[derive(Debug)]
pub(crate) enum Queue {
    Due(DueQueue),
    Line(Line),
}

/// What to read from the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// So many of what is due.
    Due { limit: usize },
    /// So many of what is pending, from this key or from the first on.
    Line { from: Option<i64>, limit: usize },
}

/// What was read.
#[derive(Debug)]
pub(crate) enum Read {
    Due(DueBatch),
    Line(LineBatch),
}

impl Queue {
    /// A queue of the other kind, which reads anew what waits. What is going goes on.
    pub(crate) fn turned(self, now: Timestamp) -> Self {
        match self {
            Self::Due(mut queue) => {
                let pending = queue.forget() || queue.has_more(now);
                let (going, again): (HashMap<_, _>, HashSet<_>) = queue.into_going();
                Self::Line(Line::new(going, again, pending, now))
            }
            Self::Line(mut line) => {
                let pending = line.forget() || line.has_more();
                let (going, again) = line.into_going();
                Self::Due(DueQueue::new(going, again, pending, now))
            }
        }
    }

    /// Whether order matters.
    pub(crate) fn is_line(&self) -> bool {
        matches!(self, Self::Line(_))
    }

    /// See [`DueQueue::offer`]; `most` is how many may be held.
    pub(crate) fn offer(&mut self, delivery: DueDelivery, most: usize) {
        match self {
            Self::Due(queue) => queue.offer(delivery, most),
            Self::Line(line) => line.offer(delivery, most),
        }
    }

    /// Notes that something waits in the database, due at `due_at`.
    pub(crate) fn note_more(&mut self, due_at: Timestamp, now: Timestamp) {
        match self {
            Self::Due(queue) => queue.note_more(due_at),
            Self::Line(line) => line.note_more(due_at, now),
        }
    }

    /// Whether it is time to read from the database.
    pub(crate) fn wants_read(&self, most: usize, now: Timestamp) -> bool {
        match self {
            Self::Due(queue) => queue.wants_read(most, now),
            Self::Line(line) => line.wants_read(most, now),
        }
    }

    /// What to read; then a read is under way.
    pub(crate) fn begin_read(&mut self, most: usize, now: Timestamp) -> Wanted {
        match self {
            Self::Due(queue) => Wanted::Due { limit: queue.begin_read(most, now) },
            Self::Line(line) => {
                let (from, limit) = line.begin_read(most);
                Wanted::Line { from, limit }
            }
        }
    }

    /// Takes what a read found; without an answer, it is tried again at the instant given.
    pub(crate) fn end_read(&mut self, found: Result<Read, Timestamp>, most: usize, now: Timestamp) {
        match (self, found) {
            (Self::Due(queue), Ok(Read::Due(batch))) => queue.end_read(Ok(batch), most),
            (Self::Due(queue), Err(retry_at)) => queue.end_read(Err(retry_at), most),
            (Self::Line(line), Ok(Read::Line(batch))) => line.end_read(Ok(batch), most, now),
            (Self::Line(line), Err(retry_at)) => line.end_read(Err(retry_at), most, now),
            // What a queue of the other kind asked for.
            (Self::Due(_), Ok(Read::Line(_))) | (Self::Line(_), Ok(Read::Due(_))) => {}
        }
    }

    /// Why nothing may go; `None` when [`Self::pop`] has one.
    pub(crate) fn waits(&mut self, now: Timestamp) -> Option<Waiting> {
        match self {
            Self::Due(queue) => queue.waits(),
            Self::Line(line) => line.waits(now),
        }
    }

    /// Takes out the one that goes now.
    pub(crate) fn pop(&mut self, now: Timestamp) -> Option<DueDelivery> {
        match self {
            Self::Due(queue) => queue.pop(),
            Self::Line(line) => line.pop(now),
        }
    }

    /// Learns that a record was committed: from now on the database tells the truth about this delivery.
    pub(crate) fn recorded(&mut self, message_key: i64, state: DeliveryState, now: Timestamp) {
        match self {
            Self::Due(queue) => queue.recorded(message_key, state, now),
            Self::Line(line) => line.recorded(message_key, state, now),
        }
    }

    /// Forgets what is ready: it is in the database, and is read again when the lane goes on.
    pub(crate) fn put_back(&mut self) {
        match self {
            Self::Due(queue) => queue.put_back(),
            Self::Line(line) => line.put_back(),
        }
    }

    /// The same because deliveries were canceled: what a read under way finds may be one of them.
    pub(crate) fn withdraw(&mut self) {
        match self {
            Self::Due(queue) => queue.withdraw(),
            Self::Line(line) => line.withdraw(),
        }
    }

    /// Forgets all that waits, because it is being ended. Whether there was anything.
    pub(crate) fn forget(&mut self) -> bool {
        match self {
            Self::Due(queue) => queue.forget(),
            Self::Line(line) => line.forget(),
        }
    }

    /// Whether nothing of it is in memory or expected.
    pub(crate) fn is_idle(&self) -> bool {
        match self {
            Self::Due(queue) => queue.is_idle(),
            Self::Line(line) => line.is_idle(),
        }
    }

    /// Whether more may wait in the database.
    pub(crate) fn has_more(&self, now: Timestamp) -> bool {
        match self {
            Self::Due(queue) => queue.has_more(now),
            Self::Line(line) => line.has_more(),
        }
    }

    /// In a line, the one that has to end before another may go, where it is known.
    pub(crate) fn head(&self) -> Option<MessageId> {
        match self {
            Self::Due(_) => None,
            Self::Line(line) => line.head(),
        }
    }

    /// Deliveries held.
    pub(crate) fn held(&self) -> usize {
        match self {
            Self::Due(queue) => queue.held(),
            Self::Line(line) => line.held(),
        }
    }

    /// Bytes they cost.
    pub(crate) fn held_bytes(&self) -> usize {
        match self {
            Self::Due(queue) => queue.held_bytes(),
            Self::Line(line) => line.held_bytes(),
        }
    }
}

/// Bytes a delivery that is held costs, its place in the queue included.
pub(crate) fn weight(delivery: &DueDelivery) -> usize {
    delivery.payload.as_ref().map_or(0, bytes::Bytes::len) + size_of::<DueDelivery>()
}
