//! Endpoints on the wire: what is read, what is shown, under all names that callers know.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wirepost_control::apps::THROTTLE_RATE_MOST;
use wirepost_control::change::Change;
use wirepost_control::endpoint_draft::{EndpointChanges, EndpointDraft};
use wirepost_model::app::Metadata;
use wirepost_model::endpoint::Endpoint;
use wirepost_model::ids::EndpointId;
use wirepost_model::names::{Channel, EventTypeName, Uid};
use wirepost_model::timestamp::Timestamp;

/// What a receiver verifies with, as we show it.
#[derive(Serialize, JsonSchema)]
pub(crate) struct SecretOut {
    /// `whsec_…`; of an asymmetric one the public half, `whpk_…`.
    pub(crate) key: String,
}

/// An endpoint as it is sent to us.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EndpointIn {
    /// Where to post.
    #[schemars(url)]
    url: String,
    /// Shown to people.
    description: Option<String>,
    /// Subscribed event types; none means all. Each must be in the catalogue.
    #[schemars(with = "Option<Vec<EventTypeName>>")]
    event_types: Option<Vec<String>>,
    /// The same under its other name.
    #[schemars(with = "Option<Vec<EventTypeName>>")]
    filter_types: Option<Vec<String>>,
    /// Subscribed channels; `null` means all.
    #[schemars(with = "Option<Vec<Channel>>", length(min = 1, max = 10))]
    channels: Option<Vec<String>>,
    /// Whether nothing is to be sent to it.
    disabled: Option<bool>,
    /// Most messages per second.
    #[schemars(range(min = 1, max = THROTTLE_RATE_MOST))]
    throttle_rate: Option<u32>,
    /// The same under its other name.
    #[schemars(range(min = 1, max = THROTTLE_RATE_MOST))]
    rate_limit: Option<u32>,
    /// Your own id for it; unique in the app.
    #[serde(default)]
    #[schemars(with = "Option<Uid>")]
    uid: Change<Option<String>>,
    /// The signing secret, `whsec_…` or `whsk_…`; a first one is made where none is given. A replacement rotates to
    /// another one.
    secret: Option<String>,
    /// Your notes, at most 4096 bytes as JSON.
    metadata: Option<Metadata>,
    /// Headers of every request.
    headers: Option<BTreeMap<String, String>>,
}

/// Changes of an endpoint as they are sent to us.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct EndpointPatch {
    /// Where to post.
    #[schemars(url)]
    url: Change<String>,
    /// Shown to people.
    description: Change<String>,
    /// Subscribed event types; none means all. Each must be in the catalogue.
    #[schemars(with = "Option<Vec<EventTypeName>>")]
    event_types: Change<Option<Vec<String>>>,
    /// The same under its other name.
    #[schemars(with = "Option<Vec<EventTypeName>>")]
    filter_types: Change<Option<Vec<String>>>,
    /// Subscribed channels; none means all.
    #[schemars(with = "Option<Vec<Channel>>", length(max = 10))]
    channels: Change<Option<Vec<String>>>,
    /// Whether nothing is to be sent to it.
    disabled: Change<bool>,
    /// Most messages per second.
    #[schemars(range(min = 1, max = THROTTLE_RATE_MOST))]
    throttle_rate: Change<Option<u32>>,
    /// The same under its other name.
    #[schemars(range(min = 1, max = THROTTLE_RATE_MOST))]
    rate_limit: Change<Option<u32>>,
    /// Your own id for it; unique in the app.
    #[schemars(with = "Option<Uid>")]
    uid: Change<Option<String>>,
    /// The signing secret from now on, `whsec_…` or `whsk_…`; the one before it goes on signing for a day.
    secret: Change<String>,
    /// Your notes, at most 4096 bytes as JSON.
    metadata: Change<Metadata>,
}

/// An endpoint as we show it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EndpointOut {
    pub(crate) id: EndpointId,
    pub(crate) uid: Option<Uid>,
    pub(crate) url: String,
    pub(crate) version: u8,
    pub(crate) description: String,
    /// `null` for all.
    pub(crate) event_types: Option<Vec<EventTypeName>>,
    /// The same under its other name.
    pub(crate) filter_types: Option<Vec<EventTypeName>>,
    /// `null` for all.
    pub(crate) channels: Option<Vec<Channel>>,
    pub(crate) disabled: bool,
    /// Who or what disabled it.
    pub(crate) disabled_reason: Option<&'static str>,
    pub(crate) disabled_at: Option<Timestamp>,
    /// Since when every attempt failed.
    pub(crate) failing_since: Option<Timestamp>,
    pub(crate) throttle_rate: Option<u32>,
    /// The same under its other name.
    pub(crate) rate_limit: Option<u32>,
    pub(crate) metadata: Metadata,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

/// An endpoint's headers as they are sent to us.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct HeadersIn {
    /// Names and values.
    pub(crate) headers: BTreeMap<String, String>,
}

/// Changes of an endpoint's headers as they are sent to us.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HeadersPatch {
    /// Names and values; `null` deletes.
    headers: BTreeMap<String, Option<String>>,
    /// Names to delete.
    #[serde(default)]
    delete_headers: Vec<String>,
}

/// An endpoint's headers as we show them.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct HeadersOut {
    /// Names and values.
    pub(crate) headers: BTreeMap<String, String>,
    /// Names alone: their values look like credentials.
    pub(crate) sensitive: Vec<String>,
}

impl From<EndpointIn> for EndpointDraft {
    fn from(endpoint: EndpointIn) -> Self {
        Self {
            url: endpoint.url,
            description: endpoint.description.unwrap_or_default(),
            event_types: endpoint.event_types.or(endpoint.filter_types),
            channels: endpoint.channels,
            disabled: endpoint.disabled.unwrap_or_default(),
            throttle_rate: endpoint.throttle_rate.or(endpoint.rate_limit),
            uid: endpoint.uid,
            secret: endpoint.secret,
            metadata: endpoint.metadata.unwrap_or_default(),
            headers: endpoint.headers,
        }
    }
}

impl From<EndpointPatch> for EndpointChanges {
    fn from(patch: EndpointPatch) -> Self {
        Self {
            url: patch.url,
            description: patch.description,
            event_types: patch.event_types.or(patch.filter_types),
            channels: patch.channels,
            disabled: patch.disabled,
            throttle_rate: patch.throttle_rate.or(patch.rate_limit),
            uid: patch.uid,
            secret: patch.secret,
            metadata: patch.metadata,
            headers: Change::Keep,
        }
    }
}

impl From<HeadersPatch> for BTreeMap<String, Option<String>> {
    fn from(patch: HeadersPatch) -> Self {
        let deleted = patch.delete_headers.into_iter().map(|name| (name, None));
        patch.headers.into_iter().chain(deleted).collect()
    }
}

impl From<Endpoint> for EndpointOut {
    fn from(endpoint: Endpoint) -> Self {
        let event_types = Some(endpoint.event_types).filter(|names| !names.is_empty());
        Self {
            id: endpoint.id,
            uid: endpoint.uid,
            url: endpoint.url,
            version: 1,
            description: endpoint.description,
            event_types: event_types.clone(),
            filter_types: event_types,
            channels: Some(endpoint.channels).filter(|names| !names.is_empty()),
            disabled: endpoint.disabled.is_some(),
            disabled_reason: endpoint.disabled.map(|disabled| disabled.reason.as_str()),
            disabled_at: endpoint.disabled.map(|disabled| disabled.at),
            failing_since: endpoint.failing_since,
            throttle_rate: endpoint.throttle_rate,
            rate_limit: endpoint.throttle_rate,
            metadata: endpoint.metadata,
            created_at: endpoint.created_at,
            updated_at: endpoint.updated_at,
        }
    }
}
