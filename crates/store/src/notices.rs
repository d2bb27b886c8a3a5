//! What an operator is to be told together with a write: a message that is accepted in the transaction of its cause,
//! and only if that took place. So no notice is lost and none is given twice, whatever is killed when.

use wirepost_model::ids::{AttemptId, EndpointId};
use wirepost_model::timestamp::Timestamp;

use crate::messages::NewMessage;

/// A message and what must take place for it to be accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// What it tells of.
    pub cause: Cause,
    /// The message.
    pub message: NewMessage,
}

/// What must take place in the same write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// This attempt is recorded for the first time, and moves its delivery.
    Attempt(AttemptId),
    /// This endpoint is disabled, and was not before.
    Disabled(EndpointId),
    /// An enabled endpoint has been failing since this instant, and was not yet warned of so many percent of the time
    /// that it may.
    Failing {
        /// The endpoint.
        endpoint: EndpointId,
        /// Since when every attempt failed; with another instant it is another period.
        since: Timestamp,
        /// 1 to 99.
        percent: u8,
    },
}

impl Notice {
    /// Rows that accepting it adds, about.
    pub fn rows(&self) -> usize {
        self.message.rows()
    }
}
