//! What an app's log shows beside its messages, and how people find one of them again.

use async_trait::async_trait;
use wirepost_model::ids::{AppId, MessageId};
use wirepost_model::message::StoredMessage;

use crate::StoreResult;
use crate::deliveries::DeliveryView;

/// How a message stands at the endpoints of its app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageOutcomes {
    /// The message.
    pub message: MessageId,
    /// The `event.id` inside its payload.
    pub payload_event_id: Option<String>,
    /// Its deliveries by endpoint key; those of deleted endpoints are left out.
    pub deliveries: Vec<DeliveryView>,
    /// Whether all endpoints were asked; where not, there may be more deliveries.
    pub complete: bool,
}

/// Reads for the log.
#[async_trait]
pub trait Logs {
    /// How these messages stand, in the order in which they were asked for; those that the app does not have are
    /// left out. No more than `endpoints_most` endpoints of the app are asked, the oldest.
    async fn outcomes(
        &self,
        app: AppId,
        messages: Vec<MessageId>,
        endpoints_most: usize,
    ) -> StoreResult<Vec<MessageOutcomes>>;

    /// The messages that somebody may mean by this, without payloads, no more than `most`: the one of this id, the
    /// one of this `eventId`, and those with this `event.id` in their payload, newest first.
    async fn messages_called(&self, app: AppId, name: &str, most: usize) -> StoreResult<Vec<StoredMessage>>;
}
