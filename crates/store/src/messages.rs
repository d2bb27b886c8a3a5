//! Messages and their payloads in the database.

use async_trait::async_trait;
use bytes::Bytes;
use wirepost_model::delivery::DeliveryState;
use wirepost_model::ids::{AppId, EndpointId, MessageId};
use wirepost_model::message::{Message, StoredMessage};
use wirepost_model::names::{Channel, EventTypeName};
use wirepost_model::timestamp::Timestamp;

use crate::page::{Look, PageQuery};
use crate::{StoreError, StoreResult};

/// A message to be accepted, with the deliveries that follow from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMessage {
    /// The message.
    pub message: Message,
    /// Its bytes, as posted.
    pub payload: Bytes,
    /// One delivery per endpoint: `Pending`, or `Skipped` where the endpoint is disabled.
    pub deliveries: Vec<(EndpointId, DeliveryState)>,
    /// The `event.id` inside the payload, by which people look for the message too.
    pub payload_event_id: Option<String>,
}

impl NewMessage {
    /// Rows that accepting it adds, about.
    pub fn rows(&self) -> usize {
        // A message, its payload, and entries in their indices.
        3 + self.deliveries.len()
    }
}

/// Which messages a list shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MessageFilter {
    /// Only these event types; empty means all.
    pub event_types: Vec<EventTypeName>,
    /// Only messages on this channel.
    pub channel: Option<Channel>,
    /// Only messages with this tag.
    pub tag: Option<String>,
    /// Only messages accepted before this.
    pub before: Option<Timestamp>,
    /// Only messages accepted after this.
    pub after: Option<Timestamp>,
    /// Whether payloads are wanted.
    pub with_content: bool,
}

/// Keeps messages.
#[async_trait]
pub trait Messages {
    /// Commits messages and deliveries, synced to disk, in one transaction shared with whoever came at the same
    /// moment; then hands the pending ones that are due over to the engine. A result per message, in order.
    ///
    /// Per message: `Conflict(EventId)` when the app has another message of that `eventId`; the others are kept.
    ///
    /// # Errors
    /// `Unavailable`: then none of them was accepted.
    async fn accept_messages(&self, messages: Vec<NewMessage>) -> StoreResult<Vec<Result<(), StoreError>>>;

    /// The app's message whose id, or else whose `eventId`, this is; or else the newest one that came with
    /// this `event.id` in its payload.
    ///
    /// # Errors
    /// `NotFound`.
    async fn find_message(&self, app: AppId, id: &str, with_content: bool) -> StoreResult<StoredMessage>;

    /// The app's messages of these ids, without payloads; those that do not exist are left out.
    async fn find_messages(
        &self,
        app: AppId,
        ids: Vec<MessageId>,
        with_content: bool,
    ) -> StoreResult<Vec<StoredMessage>>;

    /// A page of the app's messages by key. It may look at a bounded number of messages, and end early.
    async fn list_messages(
        &self,
        app: AppId,
        filter: MessageFilter,
        page: PageQuery<i64>,
    ) -> StoreResult<Look<StoredMessage>>;

    /// Removes a message's payload.
    ///
    /// # Errors
    /// `NotFound` when the app has no such message.
    async fn expunge_content(&self, app: AppId, message: MessageId) -> StoreResult<()>;
}
