//! A background task: work that was promised with an answer and goes on behind it, like sending again what failed.

use serde_json::{Map, Value};

use crate::ids::{AppId, TaskId};
use crate::timestamp::Timestamp;

/// Work that goes on behind an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct BackgroundTask {
    /// Its id.
    pub id: TaskId,
    /// The app it works in.
    pub app: AppId,
    /// What it does.
    pub work: TaskWork,
    /// Whether it is done.
    pub status: TaskStatus,
    /// How far it has come, or what came of it; a JSON object.
    pub data: Map<String, Value>,
    /// When it last came further.
    pub updated_at: Timestamp,
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

/// Whether a background task is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskStatus {
    /// It goes on.
    Running,
    /// It came to its end.
    Finished,
    /// It was given up.
    Failed,
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
        assert_eq!(TaskWork::from_word("sdk.generate"), None);
        assert_eq!(TaskStatus::from_word(""), None);
    }
}
