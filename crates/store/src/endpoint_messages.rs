//! The messages of one endpoint in the database, each with how it stands there.

use async_trait::async_trait;
use wirepost_model::delivery::{DeliveryState, DeliveryStatus};
use wirepost_model::ids::{AppId, EndpointId};
use wirepost_model::message::StoredMessage;

use crate::StoreResult;
use crate::messages::MessageFilter;
use crate::page::{Page, PageQuery};

/// Which messages of an endpoint a list shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EndpointMessageFilter {
    /// Only those that stand so; empty means all.
    pub statuses: Vec<DeliveryStatus>,
    /// All else.
    pub message: MessageFilter,
}

/// A message, and how it stands at an endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointMessage {
    /// The message.
    pub stored: StoredMessage,
    /// How it stands.
    pub state: DeliveryState,
}

/// Lists messages by endpoint.
#[async_trait]
pub trait EndpointMessages {
    /// A page of the messages that have a delivery for this endpoint, by key; an endpoint that was deleted still
    /// shows its own.
    async fn list_messages_of_endpoint(
        &self,
        app: AppId,
        endpoint: EndpointId,
        filter: EndpointMessageFilter,
        page: PageQuery<i64>,
    ) -> StoreResult<Page<EndpointMessage>>;
}
