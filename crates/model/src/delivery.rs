//! A delivery: one message for one endpoint, and the only thing with a state.

use crate::ids::{AppId, EndpointId, MessageId};
use crate::timestamp::Timestamp;

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryState {
    /// To be attempted at this instant or as soon after it as the lane allows.
    Pending {
        /// Not attempted before this.
        due_at: Timestamp,
    },
    /// An attempt succeeded.
    Delivered,
    /// The last attempt allowed failed.
    Failed,
    /// Ended by hand, or because its endpoint was deleted.
    Canceled,
    /// The endpoint was disabled when the message was accepted; nothing was tried.
    Skipped,
}

/// The kind of a state without its instant: what lists filter by and counters count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeliveryStatus {
    /// See [`DeliveryState::Pending`].
    Pending,
    /// See [`DeliveryState::Delivered`].
    Delivered,
    /// See [`DeliveryState::Failed`].
    Failed,
    /// See [`DeliveryState::Canceled`].
    Canceled,
    /// See [`DeliveryState::Skipped`].
    Skipped,
}

/// Which message for which endpoint of which app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DeliveryKey {
    /// The app both belong to.
    pub app: AppId,
    /// Where to.
    pub endpoint: EndpointId,
    /// What.
    pub message: MessageId,
}

/// How far a delivery has come. Read with the delivery, given back with the attempt's record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Attempts recorded on the schedule so far; attempts by hand do not count.
    pub tries: u32,
    /// Rises with every change of state; a late writer that read an older one changes nothing.
    pub revision: u32,
    /// Set while one attempt by hand is wanted.
    pub resend: Option<ResumeAs>,
}

/// What a delivery returns to when its one attempt by hand fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResumeAs(pub DeliveryState);

impl Progress {
    /// A delivery nobody has tried.
    pub const FRESH: Self = Self { tries: 0, revision: 0, resend: None };
}

impl DeliveryState {
    /// Its kind.
    pub fn status(self) -> DeliveryStatus {
        match self {
            Self::Pending { .. } => DeliveryStatus::Pending,
            Self::Delivered => DeliveryStatus::Delivered,
            Self::Failed => DeliveryStatus::Failed,
            Self::Canceled => DeliveryStatus::Canceled,
            Self::Skipped => DeliveryStatus::Skipped,
        }
    }

    /// When the next attempt is due, if one is.
    pub fn due_at(self) -> Option<Timestamp> {
        match self {
            Self::Pending { due_at } => Some(due_at),
            _ => None,
        }
    }
}

impl DeliveryStatus {
    /// All of them, in the order of [`Self::number`].
    pub const ALL: [Self; 5] = [Self::Pending, Self::Delivered, Self::Failed, Self::Canceled, Self::Skipped];

    /// The number the database keeps.
    pub fn number(self) -> u8 {
        match self {
            Self::Pending => 0,
            Self::Delivered => 1,
            Self::Failed => 2,
            Self::Canceled => 3,
            Self::Skipped => 4,
        }
    }

    /// The state of this kind; `due_at` is used by `Pending` alone.
    pub fn with_due_at(self, due_at: Timestamp) -> DeliveryState {
        match self {
            Self::Pending => DeliveryState::Pending { due_at },
            Self::Delivered => DeliveryState::Delivered,
            Self::Failed => DeliveryState::Failed,
            Self::Canceled => DeliveryState::Canceled,
            Self::Skipped => DeliveryState::Skipped,
        }
    }
}
