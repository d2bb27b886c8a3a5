//! A message: what the producer sent. A fact; it never changes.

use bytes::Bytes;

use crate::ids::{AppId, MessageId};
use crate::names::{Channel, EventTypeName, Uid};
use crate::timestamp::Timestamp;

/// How long payloads and responses are kept unless the operator or the message says otherwise.
pub const RETENTION_DAYS_DEFAULT: u16 = 90;
/// What a message has that says nothing of it.
pub const RETENTION_HOURS_DEFAULT: Option<u16> = None;

/// The tag of a message that is no event but an example of one, sent to the one endpoint that asked for it.
pub const EXAMPLE_TAG: &str = "wirepost.example";

/// What the producer sent, without its payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its id; sent as `webhook-id` with every attempt.
    pub id: MessageId,
    /// The app it belongs to.
    pub app: AppId,
    /// What happened.
    pub event_type: EventTypeName,
    /// The producer's own id for it; unique in the app.
    pub event_id: Option<Uid>,
    /// Further filters, sorted.
    pub channels: Vec<Channel>,
    /// The producer's labels.
    pub tags: Vec<String>,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// Not sent before this.
    pub deliver_at: Option<Timestamp>,
    /// Hours until the payload is removed; `None` where it is kept as long as all others.
    pub retention_hours: Option<u16>,
}

/// A message's payload as a reader finds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Payload {
    /// The bytes as they were accepted; these are signed and sent.
    Present(Bytes),
    /// Removed, by age or by hand.
    Expired,
    /// The reader did not ask for it.
    Omitted,
}

/// A message as the store gives it back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredMessage {
    /// The message.
    pub message: Message,
    /// Its payload.
    pub payload: Payload,
}
