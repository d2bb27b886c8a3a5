//! Destinations on the wire: an endpoint beside the state of one message.

use schemars::JsonSchema;
use serde::Serialize;
use wirepost_control::deliveries::Destination;
use wirepost_model::ids::EndpointId;
use wirepost_model::names::{Channel, EventTypeName, Uid};
use wirepost_model::timestamp::Timestamp;

use crate::v1::endpoint::shapes::ENDPOINT_VERSION;

/// An endpoint, and how a message stands there, as we show it.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DestinationOut {
    id: EndpointId,
    uid: Option<Uid>,
    status: u8,
    status_text: &'static str,
    next_attempt: Option<Timestamp>,
    url: String,
    version: u8,
    description: String,
    event_types: Option<Vec<EventTypeName>>,
    filter_types: Option<Vec<EventTypeName>>,
    channels: Option<Vec<Channel>>,
    disabled: bool,
    throttle_rate: Option<u32>,
    rate_limit: Option<u32>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl From<Destination> for DestinationOut {
    fn from(destination: Destination) -> Self {
        let endpoint = destination.endpoint;
        let event_types = Some(endpoint.event_types).filter(|names| !names.is_empty());
        Self {
            id: endpoint.id,
            uid: endpoint.uid,
            status: destination.status.number(),
            status_text: destination.status.as_str(),
            next_attempt: destination.next_attempt_at,
            url: endpoint.url,
            version: ENDPOINT_VERSION,
            description: endpoint.description,
            event_types: event_types.clone(),
            filter_types: event_types,
            channels: Some(endpoint.channels).filter(|names| !names.is_empty()),
            disabled: endpoint.disabled.is_some(),
            throttle_rate: endpoint.throttle_rate,
            rate_limit: endpoint.throttle_rate,
            created_at: endpoint.created_at,
            updated_at: endpoint.updated_at,
        }
    }
}
