//! Deliveries in the database: what is due, and how states change.

use std::sync::Arc;

use async_trait::async_trait;
use wirepost_model::attempt::{Attempt, AttemptContent};
use wirepost_model::delivery::{DeliveryKey, DeliveryState, DeliveryStatus};
use wirepost_model::endpoint::Disabled;
use wirepost_model::ids::{AppId, EndpointId, MessageId};
use wirepost_model::timestamp::Timestamp;

use crate::StoreResult;
use crate::accepted::DueDelivery;
use crate::notices::Notice;

/// What is due for one endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DueBatch {
    /// Pending deliveries due by now, earliest first.
    pub deliveries: Vec<DueDelivery>,
    /// When the first pending delivery behind them is due; in the past when the limit cut the batch.
    pub next_due_at: Option<Timestamp>,
}

/// An endpoint with pending deliveries, as found at start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PendingEndpoint {
    /// The app.
    pub app: AppId,
    /// The endpoint; it may be disabled or deleted.
    pub endpoint: EndpointId,
    /// When its first pending delivery is due.
    pub first_due_at: Timestamp,
}

/// An attempt, what is kept of it, and the state it leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptRecord {
    /// The attempt.
    pub attempt: Attempt,
    /// What expires with contents.
    pub content: AttemptContent,
    /// The revision the delivery had when it was read. Where the stored one differs, the attempt is kept as a
    /// fact and the state is left alone: somebody changed it meanwhile.
    pub read_revision: u32,
    /// The next state.
    pub state: DeliveryState,
    /// Attempts on the schedule, this one included.
    pub tries: u32,
}

/// What a batch of attempts says of an endpoint's health.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HealthChange {
    /// Which app.
    pub app: AppId,
    /// Which endpoint.
    pub endpoint: EndpointId,
    /// Since when every attempt failed; `None` after a success.
    pub failing_since: Option<Timestamp>,
    /// Set when the endpoint is to be disabled; an endpoint disabled already keeps its reason.
    pub disable: Option<Disabled>,
}

/// What is written down at once. Shared, so that it can be tried again without a copy.
#[derive(Debug, Default)]
pub struct Recording {
    /// Attempts, and the states that follow from them.
    pub records: Vec<AttemptRecord>,
    /// What they say of their endpoints.
    pub health: Vec<HealthChange>,
    /// What is told of them.
    pub notices: Vec<Notice>,
}

/// The state of one message for one endpoint, as people see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeliveryView {
    /// Which one.
    pub key: DeliveryKey,
    /// Its state.
    pub state: DeliveryState,
    /// Attempts on the schedule so far.
    pub tries: u32,
}

/// Keeps deliveries.
#[async_trait]
pub trait Deliveries: Sync {
    /// Up to `limit` pending deliveries of this endpoint that are due by `now`, with payloads; fewer where the
    /// payloads together are large.
    async fn due_deliveries(
        &self,
        endpoint: EndpointId,
        now: Timestamp,
        limit: usize,
    ) -> StoreResult<DueBatch>;

    /// Every endpoint that has pending deliveries.
    async fn pending_endpoints(&self) -> StoreResult<Vec<PendingEndpoint>>;

    /// Writes attempts, next states, endpoint health and 5-minute counters in one transaction, synced to disk, and
    /// accepts in it each notice whose cause took place. Of the deliveries that were attempted it hands nothing over:
    /// the caller knows the states it gave. Disabling raises the endpoint's revision,
    /// `failing_since` alone does not. A failed attempt by hand counts no end of its delivery again. An attempt that
    /// is there already, from a commit whose answer was lost, is left as it is and changes nothing.
    ///
    /// # Errors
    /// `Unavailable`: then nothing of it was written.
    async fn record_and_tell(&self, recording: Arc<Recording>) -> StoreResult<()>;

    /// The same where nobody is to be told.
    ///
    /// # Errors
    /// `Unavailable`: then nothing of it was written.
    async fn record_attempts(
        &self,
        records: Vec<AttemptRecord>,
        health: Vec<HealthChange>,
    ) -> StoreResult<()> {
        self.record_and_tell(Arc::new(Recording { records, health, notices: Vec::new() })).await
    }

    /// Asks for one attempt by hand now, whatever the endpoint subscribed; hands it over to the engine. When that
    /// attempt fails, the delivery returns to the state it had; to failed, where there was none.
    ///
    /// # Errors
    /// `NotFound` when the app lacks the message or endpoint.
    async fn resend(&self, key: DeliveryKey, now: Timestamp) -> StoreResult<()>;

    /// Ends up to `limit` pending deliveries of an endpoint with `status`; answers how many it ended. One that had
    /// ended and only waits for an attempt by hand returns to the state it had.
    async fn end_pending(
        &self,
        endpoint: EndpointId,
        status: DeliveryStatus,
        limit: usize,
    ) -> StoreResult<usize>;

    /// The deliveries of a message, by endpoint key; those of deleted endpoints too.
    async fn deliveries_of_message(&self, app: AppId, message: MessageId) -> StoreResult<Vec<DeliveryView>>;

    /// How the given deliveries stand; those that do not exist are left out.
    async fn find_deliveries(&self, keys: Vec<DeliveryKey>) -> StoreResult<Vec<DeliveryView>>;
}
