//! Sending again what a background task chooses, and canceling what is pending: in steps, each short.

use async_trait::async_trait;
use bytes::Bytes;
use wirepost_model::background_task::TaskWork;
use wirepost_model::endpoint::Endpoint;
use wirepost_model::ids::{AppId, EndpointId, MessageId, TaskId};
use wirepost_model::replay::ReplayChoice;
use wirepost_model::timestamp::Timestamp;

use crate::StoreResult;
use crate::messages::NewMessage;

/// Which messages are looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplayQuery {
    /// The endpoint they are sent to, as it is now.
    pub endpoint: Endpoint,
    /// What is done with them.
    pub work: TaskWork,
    /// Which of them.
    pub choice: ReplayChoice,
    /// Only messages whose key lies above this.
    pub after: i64,
}

/// How far one look goes: whichever bound comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplayBounds {
    /// Rows that are looked at.
    pub rows: usize,
    /// Messages that are chosen.
    pub messages: usize,
}

/// A message that is to be sent again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replayable {
    /// Which one.
    pub message: MessageId,
    /// The revision of its delivery; `None` where there is none yet.
    pub revision: Option<u32>,
    /// Not sent before this, if its producer said so.
    pub deliver_at: Option<Timestamp>,
    /// What is sent; `None` when it was removed by age or by hand.
    pub payload: Option<Bytes>,
}

/// What one look found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplayPage {
    /// The chosen ones, oldest first; fewer than asked where their payloads together are large.
    pub chosen: Vec<Replayable>,
    /// The key of the last message it looked at, or the one it began behind.
    pub looked_to: i64,
    /// Whether there is nothing behind it.
    pub done: bool,
}

/// A number of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplayCount {
    /// So many at least.
    pub count: u64,
    /// Whether all were looked at.
    pub complete: bool,
}

/// One step of a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplayStep {
    /// Whose.
    pub task: TaskId,
    /// Its app.
    pub app: AppId,
    /// Its endpoint.
    pub endpoint: EndpointId,
    /// Where its cursor stood when the step was planned. Where it stands elsewhere, another step came between.
    pub from: i64,
    /// What was found from there on.
    pub page: ReplayPage,
    /// When the messages are due.
    pub now: Timestamp,
    /// What tells of the task's end; accepted where nothing is behind the page.
    pub notices: Vec<NewMessage>,
}

/// Where a walk along what is pending stands: an instant and the key of a message due then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PendingPlace {
    /// When it is due.
    pub due_at: Timestamp,
    /// Its key.
    pub message_key: i64,
}

/// Which pending deliveries are canceled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CancelStep {
    /// The app.
    pub app: AppId,
    /// The endpoint.
    pub endpoint: EndpointId,
    /// Only messages accepted before this.
    pub created_before: Timestamp,
    /// Only what stands behind this place.
    pub after: Option<PendingPlace>,
    /// Pending deliveries that are looked at.
    pub rows: usize,
}

/// What came of canceling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Canceled {
    /// Deliveries that were canceled.
    pub count: u64,
    /// Where to go on; `None` when all were looked at.
    pub next: Option<PendingPlace>,
}

/// Sends again and cancels, many at a time.
#[async_trait]
pub trait Replays {
    /// The next messages that a task is to send, with their payloads. Nothing where the app lacks the endpoint.
    async fn find_replayable(&self, query: ReplayQuery, bounds: ReplayBounds) -> StoreResult<ReplayPage>;

    /// How many of those there are whose payload is kept, looking at so many rows at most.
    async fn count_replayable(&self, query: ReplayQuery, rows: usize) -> StoreResult<ReplayCount>;

    /// Makes what was found pending, on the schedule from its start, hands it over, and moves the task's cursor and
    /// counts, all in one transaction; ends the task where nothing is behind. A delivery that changed since it was
    /// found is left alone. Each end that follows counts in the statistics anew. Answers how many became pending.
    ///
    /// # Errors
    /// `NotFound`; `Conflict(Revision)` when the task has ended or its cursor is not where it was.
    async fn replay(&self, step: ReplayStep) -> StoreResult<u64>;

    /// Cancels pending deliveries along the instants they are due at. One that had ended and only waits for an
    /// attempt by hand returns to the state it had. The engine forgets what it held of the endpoint; what is being
    /// attempted ends and changes no state.
    async fn cancel_pending(&self, step: CancelStep) -> StoreResult<Canceled>;
}
