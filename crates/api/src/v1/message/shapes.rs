//! Messages on the wire. Payloads pass through as the bytes they are: never parsed into values, never written anew.

use std::borrow::Cow;

use bytes::Bytes;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use wirepost_control::fault::Fault;
use wirepost_control::message_draft::MessageDraft;
use wirepost_control::{ControlError, MessageFilter};
use wirepost_model::ids::MessageId;
use wirepost_model::message::{Message, Payload};
use wirepost_model::names::{Channel, EventTypeName, Uid};
use wirepost_model::timestamp::Timestamp;

use super::raw_payload::TransformationsParams;
use crate::error::{ApiError, ApiResult, RefusedValue};
use crate::object::object;
use crate::parameters::Parameters;
use crate::v1::app::shapes::AppIn;

/// Up to this many bytes, a payload is cheaper to copy than to keep the buffer of a whole connection alive for.
const COPY_BYTES_MOST: usize = 16 * 1_024;

/// A message as it is sent to us.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MessageIn<'a> {
    /// What happened.
    #[serde(borrow)]
    #[schemars(with = "EventTypeName")]
    event_type: Cow<'a, str>,
    /// Your own id for it; unique in the app.
    #[schemars(with = "Option<Uid>")]
    event_id: Option<Cow<'a, str>>,
    /// What receivers get, byte for byte as posted.
    #[serde(borrow)]
    #[schemars(with = "Map<String, Value>")]
    pub(crate) payload: &'a RawValue,
    /// Further filters beside the event type.
    #[schemars(with = "Option<Vec<Channel>>", length(min = 1, max = 5))]
    channels: Option<Vec<Cow<'a, str>>>,
    /// Labels to find it by.
    #[schemars(
        length(max = 5),
        inner(length(min = 1, max = 128), regex(pattern = r"^[A-Za-z0-9_./\\#-]+$"))
    )]
    tags: Option<Vec<Cow<'a, str>>>,
    /// Not to be sent before this.
    deliver_at: Option<Timestamp>,
    /// Days until the payload is removed.
    #[schemars(range(min = 1, max = 90))]
    payload_retention_period: Option<u64>,
    /// Hours until the payload is removed, where days are too long.
    payload_retention_hours: Option<u64>,
    /// Makes the app of this uid first where there is none.
    #[serde(default, deserialize_with = "object")]
    pub(crate) application: Option<AppIn>,
    /// What clients' helpers for raw payloads send.
    #[serde(default, deserialize_with = "object")]
    pub(crate) transformations_params: Option<TransformationsParams>,
}

/// A message as we show it.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MessageOut<'a> {
    id: MessageId,
    event_id: Option<Uid>,
    event_type: EventTypeName,
    /// As posted; `{}` when not asked for, `{"expired": true}` when no longer kept.
    #[schemars(with = "Map<String, Value>")]
    payload: Cow<'a, RawValue>,
    channels: Option<Vec<Channel>>,
    timestamp: Timestamp,
    tags: Option<Vec<String>>,
    deliver_at: Option<Timestamp>,
    /// What keeps the payload from fitting its schema, where somebody asked to be warned.
    #[serde(skip_serializing_if = "Option::is_none")]
    warnings: Option<Vec<RefusedValue>>,
}

impl Parameters {
    /// Which messages a list is to show.
    pub(crate) fn message_filter(&self) -> ApiResult<MessageFilter> {
        Ok(MessageFilter {
            event_types: self.event_types()?,
            channel: self.channel()?,
            tag: self.text("tag").map(str::to_owned),
            before: self.instant("before")?,
            after: self.instant("after")?,
            with_content: self.flag("with_content", true)?,
        })
    }
}

impl<'a> MessageIn<'a> {
    /// The message that was read from `body`.
    pub(crate) fn into_draft(self, payload: Bytes) -> MessageDraft<'a> {
        MessageDraft {
            event_type: self.event_type,
            event_id: self.event_id,
            payload,
            channels: self.channels,
            tags: self.tags,
            deliver_at: self.deliver_at,
            retention_days: self.payload_retention_period,
            retention_hours: self.payload_retention_hours,
        }
    }
}

impl<'a> MessageOut<'a> {
    pub(crate) fn new(message: &Message, payload: Cow<'a, RawValue>) -> Self {
        Self {
            id: message.id,
            event_id: message.event_id.clone(),
            event_type: message.event_type.clone(),
            payload,
            channels: Some(&message.channels).filter(|names| !names.is_empty()).cloned(),
            timestamp: message.created_at,
            tags: Some(&message.tags).filter(|tags| !tags.is_empty()).cloned(),
            deliver_at: message.deliver_at,
            warnings: None,
        }
    }

    /// The same with what was found in its payload.
    pub(crate) fn with_warnings(self, faults: &[Fault]) -> Self {
        Self { warnings: warnings_of(faults), ..self }
    }
}

/// What is told of an accepted payload that does not fit its schema.
pub(crate) fn warnings_of(faults: &[Fault]) -> Option<Vec<RefusedValue>> {
    (!faults.is_empty()).then(|| faults.iter().map(RefusedValue::from).collect())
}

/// The bytes of a payload that stands in `body`, or was taken out of a text in it.
pub(crate) fn payload_in(body: &Bytes, payload: &RawValue) -> Bytes {
    let bytes = payload.get().as_bytes();
    let is_in_body = || body.as_ptr_range().contains(&bytes.as_ptr());
    if bytes.len() > COPY_BYTES_MOST && is_in_body() {
        body.slice_ref(bytes)
    } else {
        Bytes::copy_from_slice(bytes)
    }
}

/// A stored payload, as it is shown.
pub(crate) fn payload_out(payload: &Payload) -> ApiResult<Cow<'_, RawValue>> {
    let raw = match payload {
        Payload::Present(bytes) => serde_json::from_slice(bytes),
        Payload::Expired => serde_json::from_str(r#"{"expired":true}"#),
        Payload::Omitted => return Ok(no_payload()),
    };
    let raw: &RawValue = raw.map_err(|error| {
        ApiError::from(ControlError::Internal(format!("a stored payload is not JSON: {error}")))
    })?;
    Ok(Cow::Borrowed(raw))
}

/// What stands for a payload that nobody asked for.
pub(crate) fn no_payload() -> Cow<'static, RawValue> {
    Cow::Borrowed(serde_json::from_str("{}").expect("an empty object is JSON"))
}
