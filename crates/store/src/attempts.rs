//! Attempts in the database: facts, read by those who want to know what happened.

use async_trait::async_trait;
use wirepost_model::attempt::{Attempt, AttemptContent};
use wirepost_model::ids::{AppId, AttemptId, EndpointId, MessageId};
use wirepost_model::names::{Channel, EventTypeName};
use wirepost_model::timestamp::Timestamp;

use crate::StoreResult;
use crate::page::{Look, Page, PageQuery};

/// Which attempts a list shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AttemptFilter {
    /// Only those that succeeded, or only those that failed.
    pub succeeded: Option<bool>,
    /// Only answers of this class: 2 for 2xx, 0 for no answer at all.
    pub status_class: Option<u8>,
    /// Only attempts of messages of these event types; empty means all.
    pub event_types: Vec<EventTypeName>,
    /// Only attempts of messages on this channel.
    pub channel: Option<Channel>,
    /// Only attempts of messages with this tag.
    pub tag: Option<String>,
    /// Only attempts that began before this.
    pub before: Option<Timestamp>,
    /// Only attempts that began after this.
    pub after: Option<Timestamp>,
}

/// An attempt with what is still kept of its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAttempt {
    /// The attempt.
    pub attempt: Attempt,
    /// `None` once it expired.
    pub content: Option<AttemptContent>,
}

/// How many attempts there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttemptCount {
    /// So many were found.
    pub count: u64,
    /// Whether all were looked at; where not, there may be more.
    pub complete: bool,
}

/// Keeps attempts.
#[async_trait]
pub trait Attempts {
    /// A page of an endpoint's attempts by key. It may look at a bounded number of attempts, and end early.
    async fn list_attempts_of_endpoint(
        &self,
        app: AppId,
        endpoint: EndpointId,
        filter: AttemptFilter,
        page: PageQuery<i64>,
    ) -> StoreResult<Look<StoredAttempt>>;

    /// How many of an endpoint's attempts the filter lets through. Looks at no more than the newest `most`, unless
    /// counters know the answer: they do where nothing or only `succeeded` narrows it.
    async fn count_attempts_of_endpoint(
        &self,
        app: AppId,
        endpoint: EndpointId,
        filter: AttemptFilter,
        most: usize,
    ) -> StoreResult<AttemptCount>;

    /// A page of a message's attempts by key, for all endpoints or one.
    async fn list_attempts_of_message(
        &self,
        app: AppId,
        message: MessageId,
        endpoint: Option<EndpointId>,
        filter: AttemptFilter,
        page: PageQuery<i64>,
    ) -> StoreResult<Page<StoredAttempt>>;

    /// One attempt of a message.
    ///
    /// # Errors
    /// `NotFound`.
    async fn find_attempt(
        &self,
        app: AppId,
        message: MessageId,
        attempt: AttemptId,
    ) -> StoreResult<StoredAttempt>;

    /// Removes what is kept of an attempt's content; it reads as empty from then on.
    ///
    /// # Errors
    /// `NotFound` when the app has no such attempt of that message.
    async fn expunge_attempt_content(
        &self,
        app: AppId,
        message: MessageId,
        attempt: AttemptId,
    ) -> StoreResult<()>;
}
