//! A background task: work that was promised with an answer and goes on behind it, like sending again what failed.

use crate::ids::{AppId, EndpointId, TaskId};
use crate::replay::ReplayChoice;
use crate::timestamp::Timestamp;

/// Work that goes on behind an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackgroundTask {
    /// Its id.
    pub id: TaskId,
    /// The app it works in.
    pub app: AppId,
    /// The endpoint it sends to.
    pub endpoint: EndpointId,
    /// What it does.
    pub work: TaskWork,
    /// Which messages it does it to.
    pub choice: ReplayChoice,
    /// Most messages per second.
    pub rate: u32,
    /// How far it has come.
    pub progress: TaskProgress,
    /// Whether it is done.
    pub status: TaskStatus,
    /// Why it was given up; only where it failed.
    pub stopped: Option<TaskStop>,
    /// When it last came further.
    pub updated_at: Timestamp,
}

/// How far a task has come. Moves in the transaction that does the work, so that it tells no more and no less.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TaskProgress {
    /// The key of the last message it looked at.
    pub cursor: i64,
    /// Messages it chose.
    pub found: u64,
    /// Of those, the ones it gave to be sent.
    pub sent: u64,
    /// Of those, the ones whose payload is no longer kept.
    pub expired: u64,
}

/// What a background task does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskWork {
    /// Sends what an endpoint was never sent.
    EndpointReplay,
    /// Sends again what failed at an endpoint.
    EndpointRecover,
    /// Sends again what a filter chooses.
    EndpointBulkReplay,
}

/// Whether a background task is done. Published clients know these three words and no other, so that a task
/// somebody canceled is one that failed, and [`TaskStop`] says why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskStatus {
    /// It goes on.
    Running,
    /// It came to its end.
    Finished,
    /// It was given up.
    Failed,
}

/// Why a task was given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskStop {
    /// Somebody asked for it.
    Canceled,
    /// Its endpoint was disabled.
    EndpointDisabled,
    /// Its endpoint or app was deleted.
    EndpointDeleted,
}

impl BackgroundTask {
    /// Whether somebody ended it before it was done.
    pub fn was_canceled(&self) -> bool {
        self.stopped == Some(TaskStop::Canceled)
    }
}

impl TaskWork {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::EndpointReplay, Self::EndpointRecover, Self::EndpointBulkReplay];

    /// The word on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EndpointReplay => "endpoint.replay",
            Self::EndpointRecover => "endpoint.recover",
            Self::EndpointBulkReplay => "endpoint.bulk-replay",
        }
    }

    /// What this word stands for.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

impl TaskStatus {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Running, Self::Finished, Self::Failed];

    /// The word on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Finished => "finished",
            Self::Failed => "failed",
        }
    }

    /// The status of this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }
}

impl TaskStop {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Canceled, Self::EndpointDisabled, Self::EndpointDeleted];

    /// The word in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Canceled => "canceled",
            Self::EndpointDisabled => "endpoint_disabled",
            Self::EndpointDeleted => "endpoint_deleted",
        }
    }

    /// The reason of this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stop| stop.as_str() == word)
    }

    /// The reason for people.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Canceled => "It was canceled. What it had given to be sent by then goes on.",
            Self::EndpointDisabled => "The endpoint was disabled: enable it, then ask again for the rest.",
            Self::EndpointDeleted => "The endpoint was deleted.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_lead_back_to_what_they_stand_for() {
        for kind in TaskWork::ALL {
            assert_eq!(TaskWork::from_word(kind.as_str()), Some(kind));
        }
        for status in TaskStatus::ALL {
            assert_eq!(TaskStatus::from_word(status.as_str()), Some(status));
        }
        for stop in TaskStop::ALL {
            assert_eq!(TaskStop::from_word(stop.as_str()), Some(stop));
        }
        assert_eq!(TaskWork::from_word("sdk.generate"), None);
        assert_eq!(TaskStatus::from_word(""), None);
    }
}
