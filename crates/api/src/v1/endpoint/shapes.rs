//! Endpoints on the wire: what is read, what is shown, under all names that callers know.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wirepost_control::apps::THROTTLE_RATE_MOST;
use wirepost_control::change::Change;
use wirepost_control::delivery_rules::DeliveryRulesChanges;
use wirepost_control::endpoint_draft::{EndpointChanges, EndpointDraft};
use wirepost_model::app::Metadata;
use wirepost_model::delivery_rules::{FailingHead, HttpVersion, OperatorRules, SuccessRule};
use wirepost_model::endpoint::Endpoint;
use wirepost_model::ids::EndpointId;
use wirepost_model::names::{Channel, EventTypeName, Uid};
use wirepost_model::timestamp::Timestamp;

use super::rules_shapes::{RulesInForceOut, ScheduleIn, seconds_of};
use crate::error::{ApiError, ApiResult};

/// The version of every endpoint: nothing but clients of the published SDKs asks for it.
pub(crate) const ENDPOINT_VERSION: u8 = 1;
/// The two names of the event types, and those of the limit of messages per second.
const EVENT_TYPES: [&str; 2] = ["eventTypes", "filterTypes"];
const THROTTLE_RATE: [&str; 2] = ["throttleRate", "rateLimit"];

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
    /// When a failed message is tried again; `null` for the operator's schedule.
    retry_schedule: Option<ScheduleIn>,
    /// How long a request may take; `null` for the operator's time-out.
    #[schemars(range(min = 1, max = 60))]
    request_timeout_seconds: Option<u32>,
    /// Most requests open at a time; `null` for the operator's bound.
    #[schemars(range(min = 1, max = 1_000))]
    in_flight_most: Option<u32>,
    /// Which HTTP is spoken; `auto` where it is not said.
    http_version: Option<HttpVersion>,
    /// Which answers deliver; `2xx` where it is not said.
    success_rule: Option<SuccessRule>,
    /// Whether messages go one by one, in the order in which they were accepted.
    fifo: Option<bool>,
    /// What happens to those behind a message that fails, where order matters; `block` where it is not said.
    fifo_failing_head: Option<FailingHead>,
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
    /// Headers of every request, in place of all there are.
    headers: Change<BTreeMap<String, String>>,
    /// When a failed message is tried again; `null` for the operator's schedule.
    retry_schedule: Change<Option<ScheduleIn>>,
    /// How long a request may take; `null` for the operator's time-out.
    #[schemars(range(min = 1, max = 60))]
    request_timeout_seconds: Change<Option<u32>>,
    /// Most requests open at a time; `null` for the operator's bound.
    #[schemars(range(min = 1, max = 1_000))]
    in_flight_most: Change<Option<u32>>,
    /// Which HTTP is spoken; `auto` where it is not said.
    http_version: Change<Option<HttpVersion>>,
    /// Which answers deliver; `2xx` where it is not said.
    success_rule: Change<Option<SuccessRule>>,
    /// Whether messages go one by one, in the order in which they were accepted.
    fifo: Change<Option<bool>>,
    /// What happens to those behind a message that fails, where order matters; `block` where it is not said.
    fifo_failing_head: Change<Option<FailingHead>>,
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
    /// The waits between attempts in seconds; `null` for the operator's.
    pub(crate) retry_schedule: Option<Vec<u64>>,
    /// `null` for the operator's.
    pub(crate) request_timeout_seconds: Option<u64>,
    /// `null` for the operator's.
    pub(crate) in_flight_most: Option<u32>,
    pub(crate) http_version: HttpVersion,
    pub(crate) success_rule: SuccessRule,
    pub(crate) fifo: bool,
    pub(crate) fifo_failing_head: FailingHead,
    /// What applies now, its own rules or the operator's.
    pub(crate) in_force: RulesInForceOut,
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

impl EndpointIn {
    /// # Errors
    /// Two names of one thing say different things.
    pub(crate) fn into_draft(self) -> ApiResult<EndpointDraft> {
        Ok(EndpointDraft {
            url: self.url,
            description: self.description.unwrap_or_default(),
            event_types: agreed(EVENT_TYPES, self.event_types, self.filter_types)?,
            channels: self.channels,
            disabled: self.disabled.unwrap_or_default(),
            throttle_rate: agreed(THROTTLE_RATE, self.throttle_rate, self.rate_limit)?,
            uid: self.uid,
            secret: self.secret,
            metadata: self.metadata.unwrap_or_default(),
            headers: self.headers,
            delivery_rules: DeliveryRulesChanges {
                retry_schedule: Change::Set(self.retry_schedule.map(Into::into)),
                request_timeout_seconds: Change::Set(self.request_timeout_seconds),
                in_flight_most: Change::Set(self.in_flight_most),
                http_version: Change::Set(self.http_version),
                success_rule: Change::Set(self.success_rule),
                fifo: Change::Set(self.fifo),
                fifo_failing_head: Change::Set(self.fifo_failing_head),
            },
        })
    }
}

impl EndpointPatch {
    /// # Errors
    /// Two names of one thing say different things.
    pub(crate) fn into_changes(self) -> ApiResult<EndpointChanges> {
        Ok(EndpointChanges {
            url: self.url,
            description: self.description,
            event_types: agreed(EVENT_TYPES, self.event_types, self.filter_types)?,
            channels: self.channels,
            disabled: self.disabled,
            throttle_rate: agreed(THROTTLE_RATE, self.throttle_rate, self.rate_limit)?,
            uid: self.uid,
            secret: self.secret,
            metadata: self.metadata,
            headers: self.headers,
            delivery_rules: DeliveryRulesChanges {
                retry_schedule: self.retry_schedule.map(|schedule| schedule.map(Into::into)),
                request_timeout_seconds: self.request_timeout_seconds,
                in_flight_most: self.in_flight_most,
                http_version: self.http_version,
                success_rule: self.success_rule,
                fifo: self.fifo,
                fifo_failing_head: self.fifo_failing_head,
            },
        })
    }
}

/// What is said under either of two names of one thing. Neither is passed over in silence.
fn agreed<T: Default + PartialEq>(names: [&str; 2], one: T, other: T) -> ApiResult<T> {
    if one == T::default() || one == other {
        return Ok(other);
    }
    if other == T::default() {
        return Ok(one);
    }
    let sentence = format!("says something else than {}, its other name", names[0]);
    Err(ApiError::refused(vec!["body".to_owned(), names[1].to_owned()], sentence, "value_error"))
}

impl From<HeadersPatch> for BTreeMap<String, Option<String>> {
    fn from(patch: HeadersPatch) -> Self {
        let deleted = patch.delete_headers.into_iter().map(|name| (name, None));
        patch.headers.into_iter().chain(deleted).collect()
    }
}

impl EndpointOut {
    /// The endpoint as it is where these are the operator's rules.
    pub(crate) fn new(endpoint: Endpoint, operators: &OperatorRules) -> Self {
        let rules = &endpoint.delivery_rules;
        let in_force = rules.in_force(operators).into();
        let retry_schedule = rules.retry_schedule.as_ref().map(seconds_of);
        let event_types = Some(endpoint.event_types).filter(|names| !names.is_empty());
        Self {
            id: endpoint.id,
            uid: endpoint.uid,
            url: endpoint.url,
            version: ENDPOINT_VERSION,
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
            retry_schedule,
            request_timeout_seconds: rules.request_timeout.map(|timeout| timeout.as_secs()),
            in_flight_most: rules.in_flight_most,
            http_version: rules.http_version,
            success_rule: rules.success_rule,
            fifo: rules.fifo,
            fifo_failing_head: rules.fifo_failing_head,
            in_force,
            created_at: endpoint.created_at,
            updated_at: endpoint.updated_at,
        }
    }
}
