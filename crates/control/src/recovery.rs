//! Sends again what was sent already, or never was, because a person or program asks for it: one message at once, many
//! by a background task. And cancels what is pending.

use std::time::Duration;

use wirepost_model::background_task::{BackgroundTask, TaskProgress, TaskStatus, TaskWork};
use wirepost_model::capability::Capability;
use wirepost_model::delivery::{DeliveryKey, DeliveryStatus};
use wirepost_model::endpoint::Endpoint;
use wirepost_model::message::Payload;
use wirepost_model::replay::ReplayChoice;
pub use wirepost_model::replay::ReplayFilter;
use wirepost_model::timestamp::Timestamp;
use wirepost_store::StoreError;
pub use wirepost_store::replays::ReplayCount;
use wirepost_store::replays::{CancelStep, ReplayQuery};

use crate::caller::AppAccess;
use crate::error::Conflict;
use crate::{Control, ControlError, ControlResult};

/// How far back failed messages can be recovered: 14 days, and a minute on which whoever asked counted them.
const RECOVER_WITHIN: Duration = Duration::from_secs(14 * 24 * 60 * 60 + 60);
/// The highest rate that may be asked for, in messages per second.
const RATE_MOST: u32 = 100_000;
/// Tasks that may run in one app at a time.
const RUNNING_MOST: usize = 20;
/// Rows that a preview looks at: some 20 ms of a reader's time.
const PREVIEW_ROWS: usize = 20_000;
/// Pending deliveries that are looked at in one transaction: a few milliseconds of the writer's time.
const CANCEL_ROWS: usize = 500;

/// Which messages are to be sent again, as it is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplayDraft {
    /// What is to be done.
    pub work: TaskWork,
    /// Only messages accepted at this instant or later.
    pub since: Timestamp,
    /// Only messages accepted until this instant; until now where none is given.
    pub until: Option<Timestamp>,
    /// What narrows a bulk replay.
    pub filter: ReplayFilter,
    /// Most messages per second; the one of the settings where none is given.
    pub rate: Option<u32>,
}

impl Control {
    /// Asks for one attempt of a message at an endpoint now, whatever the endpoint subscribed to.
    ///
    /// # Errors
    /// `NotFound`; `EndpointDisabled`; `MissingPayload`; `Unavailable`.
    pub async fn resend_message(
        &self,
        access: &AppAccess,
        message: &str,
        endpoint: &str,
    ) -> ControlResult<()> {
        access.require(Capability::CreateAttempts)?;
        let stored = self.find_message(access, message, true).await?;
        let endpoint = self.find_endpoint(access, endpoint).await?;
        if endpoint.disabled.is_some() {
            return Err(ControlError::EndpointDisabled);
        }
        if stored.payload == Payload::Expired {
            return Err(ControlError::MissingPayload);
        }
        let key = DeliveryKey { app: access.id(), endpoint: endpoint.id, message: stored.message.id };
        Ok(self.store().resend(key, self.now()).await?)
    }

    /// Begins a background task that sends messages again, oldest first, each on the schedule from its start.
    ///
    /// # Errors
    /// `NotFound`; `EndpointDisabled`; `Invalid`; `LimitReached`; `Unavailable`.
    pub async fn begin_replay(
        &self,
        access: &AppAccess,
        endpoint: &str,
        draft: ReplayDraft,
    ) -> ControlResult<BackgroundTask> {
        access.require(Capability::CreateAttempts)?;
        let (endpoint, choice) = self.check_replay(access, endpoint, &draft).await?;
        let now = self.now();
        let task = BackgroundTask {
            id: self.ids().next(now),
            app: access.id(),
            endpoint: endpoint.id,
            work: draft.work,
            choice,
            rate: draft.rate.unwrap_or(self.settings().replay_rate),
            progress: TaskProgress::default(),
            status: TaskStatus::Running,
            stopped: None,
            updated_at: now,
        };
        let (store, row) = (self.store().clone(), task.clone());
        // The engine looks for tasks when an app changes.
        let write = async move { store.create_task(row, RUNNING_MOST).await };
        match self.commit(access.id(), write).await {
            Ok(()) => Ok(task),
            Err(StoreError::Conflict(Conflict::Tasks)) => Err(ControlError::LimitReached(format!(
                "At most {RUNNING_MOST} tasks may run in one app: wait for one to end, or cancel one"
            ))),
            Err(error) => Err(error.into()),
        }
    }

    /// How many messages such a task would send, were it begun now; where there are very many, how many at least.
    ///
    /// # Errors
    /// `NotFound`; `EndpointDisabled`; `Invalid`; `Unavailable`.
    pub async fn preview_replay(
        &self,
        access: &AppAccess,
        endpoint: &str,
        draft: ReplayDraft,
    ) -> ControlResult<ReplayCount> {
        let (endpoint, choice) = self.check_replay(access, endpoint, &draft).await?;
        let query = ReplayQuery { endpoint, work: draft.work, choice, after: 0 };
        Ok(self.store().count_replayable(query, PREVIEW_ROWS).await?)
    }

    /// Cancels an endpoint's pending deliveries of messages accepted before an instant, in short steps; asking again
    /// goes on where it was cut off. What is being attempted ends and changes no state any more.
    ///
    /// # Errors
    /// `NotFound`; `Unavailable`.
    pub async fn cancel_messages(
        &self,
        access: &AppAccess,
        endpoint: &str,
        created_before: Timestamp,
    ) -> ControlResult<u64> {
        access.require(Capability::CreateAttempts)?;
        let endpoint = self.find_endpoint(access, endpoint).await?.id;
        let (mut after, mut count) = (None, 0);
        loop {
            let step = CancelStep { app: access.id(), endpoint, created_before, after, rows: CANCEL_ROWS };
            let canceled = self.store().cancel_pending(step).await?;
            count += canceled.count;
            after = canceled.next;
            if after.is_none() {
                return Ok(count);
            }
        }
    }

    async fn check_replay(
        &self,
        access: &AppAccess,
        endpoint: &str,
        draft: &ReplayDraft,
    ) -> ControlResult<(Endpoint, ReplayChoice)> {
        let now = self.now();
        let until = draft.until.unwrap_or(now).min(now);
        if draft.since > until {
            return Err(ControlError::body("since", "must lie before until, and not in the future"));
        }
        let too_old = draft.since < now.minus(RECOVER_WITHIN);
        if draft.work == TaskWork::EndpointRecover && too_old {
            return Err(ControlError::body("since", "must be at most 14 days back"));
        }
        if draft.rate.is_some_and(|rate| !(1..=RATE_MOST).contains(&rate)) {
            return Err(ControlError::body("rate", format!("must be 1 to {RATE_MOST} messages per second")));
        }
        if draft.filter.statuses.contains(&DeliveryStatus::Pending) {
            return Err(ControlError::body("status", "what is pending is on its way already"));
        }
        let endpoint = self.find_endpoint(access, endpoint).await?;
        if endpoint.disabled.is_some() {
            return Err(ControlError::EndpointDisabled);
        }
        Ok((endpoint, ReplayChoice { since: draft.since, until, filter: draft.filter.clone() }))
    }
}
