//! What happened in a whole app: sums of the counters of its endpoints, and, where the event type matters, of its
//! attempts themselves.

use async_trait::async_trait;
use wirepost_model::ids::{AppId, EndpointId};
use wirepost_model::names::EventTypeName;
use wirepost_model::timestamp::Timestamp;

use crate::StoreResult;
use crate::stats::Counts;

/// Attempts of one event type in one span of five minutes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventTypeCounts {
    /// What had happened.
    pub event_type: EventTypeName,
    /// Start of the span.
    pub from: Timestamp,
    /// Attempts that succeeded.
    pub succeeded: u64,
    /// Attempts that failed.
    pub failed: u64,
}

/// An app's counters in a period, summed up in two ways.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AppActivity {
    /// All endpoints together by span, oldest first; spans in which nothing happened are left out.
    pub by_span: Vec<Counts>,
    /// All spans together by endpoint, the oldest endpoint first; those at which nothing happened are left out. They
    /// count from where the first span begins in which something happened there.
    pub by_endpoint: Vec<(EndpointId, Counts)>,
}

/// Reads what happened in an app.
#[async_trait]
pub trait AppStats {
    /// The counters of all the app's endpoints, deleted ones too, summed up by span, from the span that holds
    /// `since` to the one that holds `until`, oldest first; spans in which nothing happened are left out.
    async fn app_counts(&self, app: AppId, since: Timestamp, until: Timestamp) -> StoreResult<Vec<Counts>>;

    /// The same counters, by endpoint too. `None` where that takes more than `most` of them: each is looked at.
    async fn app_activity(
        &self,
        app: AppId,
        since: Timestamp,
        until: Timestamp,
        most: usize,
    ) -> StoreResult<Option<AppActivity>>;

    /// The attempts that began from `since` to `until`, both included, by event type and span, in that order. `None`
    /// where there are more than `most`: nothing but looking at each of them tells its event type.
    async fn attempts_by_event_type(
        &self,
        app: AppId,
        since: Timestamp,
        until: Timestamp,
        most: usize,
    ) -> StoreResult<Option<Vec<EventTypeCounts>>>;
}
