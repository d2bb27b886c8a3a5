//! What a producer sends, and the check that turns it into a message.

use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;
use wirepost_model::ids::{AppId, Kind, MessageId, MessageKind};
use wirepost_model::message::Message;
use wirepost_model::names::Uid;
use wirepost_model::timestamp::Timestamp;

use crate::channels::{parse_channels, parse_event_type};
use crate::error::in_body;
use crate::settings::ControlSettings;
use crate::{ControlError, ControlResult};

const CHANNELS_MOST: usize = 5;
const TAGS_MOST: usize = 5;
const TAG_BYTES_MOST: usize = 128;
const HOUR: Duration = Duration::from_secs(3_600);

/// A message as a producer sends it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MessageDraft<'a> {
    /// What happened.
    pub event_type: Cow<'a, str>,
    /// The producer's own id for it.
    pub event_id: Option<Cow<'a, str>>,
    /// One JSON value without blanks around it, as posted. These bytes are kept, signed and sent.
    pub payload: Bytes,
    /// Further filters.
    pub channels: Option<Vec<Cow<'a, str>>>,
    /// Labels.
    pub tags: Option<Vec<Cow<'a, str>>>,
    /// Not to be sent before this.
    pub deliver_at: Option<Timestamp>,
    /// Days until the payload is removed.
    pub retention_days: Option<u64>,
    /// The same in hours; only one of the two may be said.
    pub retention_hours: Option<u64>,
}

impl MessageDraft<'_> {
    /// The message that this draft asks for.
    pub(crate) fn check(&self, identity: Identity, settings: &ControlSettings) -> ControlResult<Message> {
        check_payload(&self.payload, settings.payload_bytes_most)?;
        let retention_hours = self.check_retention(settings.retention_days)?;
        let channels = match &self.channels {
            None => Vec::new(),
            Some(names) => parse_channels(names, 1..=CHANNELS_MOST)?,
        };
        let parse_id =
            |id: &Cow<'_, str>| Uid::parse_beside_ids(id, MessageKind::PREFIX).map_err(in_body("eventId"));
        Ok(Message {
            id: identity.id,
            app: identity.app,
            event_type: parse_event_type(&self.event_type, "eventType")?,
            event_id: self.event_id.as_ref().map(parse_id).transpose()?,
            channels,
            tags: check_tags(self.tags.as_deref().unwrap_or_default())?,
            created_at: identity.at,
            deliver_at: check_deliver_at(
                self.deliver_at,
                identity.at,
                retention_hours.unwrap_or(settings.retention_days * 24),
            )?,
            retention_hours,
        })
    }

    /// How many hours the payload is to be kept, where that is said.
    fn check_retention(&self, days_most: u16) -> ControlResult<Option<u16>> {
        let (wanted, hours, unit, field) = match (self.retention_days, self.retention_hours) {
            (None, None) => return Ok(None),
            (Some(days), None) => (days, 24, "days", "payloadRetentionPeriod"),
            (None, Some(hours)) => (hours, 1, "hours", "payloadRetentionHours"),
            (Some(_), Some(_)) => {
                let sentence = "must not be said together with payloadRetentionPeriod";
                return Err(ControlError::body("payloadRetentionHours", sentence));
            }
        };
        let most = days_most * 24 / hours;
        match u16::try_from(wanted) {
            Ok(wanted) if (1..=most).contains(&wanted) => Ok(Some(wanted * hours)),
            _ => Err(ControlError::body(field, format!("must be 1 to {most} {unit}"))),
        }
    }
}

/// Who a message is to be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Identity {
    pub(crate) id: MessageId,
    pub(crate) app: AppId,
    pub(crate) at: Timestamp,
}

fn check_payload(payload: &[u8], limit: usize) -> ControlResult<()> {
    if payload.len() > limit {
        return Err(ControlError::PayloadTooLarge { limit });
    }
    if payload.first() != Some(&b'{') {
        return Err(ControlError::body("payload", "must be a JSON object"));
    }
    Ok(())
}

/// Past the retention there would be nothing left to send.
fn check_deliver_at(
    wanted: Option<Timestamp>,
    now: Timestamp,
    retention_hours: u16,
) -> ControlResult<Option<Timestamp>> {
    let end = now.plus(HOUR * u32::from(retention_hours));
    if wanted.is_some_and(|wanted| wanted >= end) {
        let sentence = format!("must lie within the {retention_hours} hours for which the payload is kept");
        return Err(ControlError::body("deliverAt", sentence));
    }
    Ok(wanted)
}

fn check_tags(tags: &[Cow<'_, str>]) -> ControlResult<Vec<String>> {
    if tags.len() > TAGS_MOST {
        return Err(ControlError::body("tags", format!("must be at most {TAGS_MOST} tags")));
    }
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./\\#".contains(&byte);
    let mut checked: Vec<String> = Vec::with_capacity(tags.len());
    for tag in tags {
        if tag.is_empty() || tag.len() > TAG_BYTES_MOST || !tag.bytes().all(allowed) {
            let sentence = format!("must be 1 to {TAG_BYTES_MOST} letters, digits and - _ . / \\ # each");
            return Err(ControlError::body("tags", sentence));
        }
        if !checked.iter().any(|known| known == tag) {
            checked.push(tag.clone().into_owned());
        }
    }
    Ok(checked)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp::from_millis(1_769_860_800_000);

    fn check(draft: MessageDraft<'_>) -> ControlResult<Message> {
        let identity =
            Identity { id: MessageId::from_parts(1, [0; 12]), app: AppId::from_parts(1, [0; 12]), at: NOON };
        draft.check(identity, &ControlSettings::default())
    }

    fn draft() -> MessageDraft<'static> {
        MessageDraft {
            event_type: "asset.created".into(),
            payload: Bytes::from_static(b"{}"),
            ..MessageDraft::default()
        }
    }

    fn field(draft: MessageDraft<'_>) -> &'static str {
        match check(draft).expect_err("it is refused") {
            ControlError::Invalid { field, .. } => field,
            other => panic!("refused for another reason: {other}"),
        }
    }

    #[test]
    fn a_payload_must_be_an_object_and_small_enough() {
        assert_eq!(field(MessageDraft { payload: "[]".into(), ..draft() }), "payload");
        let payload = Bytes::from(vec![b'{'; (1 << 20) + 1]);
        let refusal = check(MessageDraft { payload, ..draft() });
        assert_eq!(refusal, Err(ControlError::PayloadTooLarge { limit: 1 << 20 }));
    }

    #[test]
    fn each_bound_names_its_field() {
        let many = |count: usize| Some((0..count).map(|at| Cow::from(at.to_string())).collect::<Vec<_>>());
        assert_eq!(field(MessageDraft { channels: many(0), ..draft() }), "channels");
        assert_eq!(field(MessageDraft { channels: many(6), ..draft() }), "channels");
        assert_eq!(field(MessageDraft { tags: many(6), ..draft() }), "tags");
        assert_eq!(field(MessageDraft { tags: Some(vec!["a b".into()]), ..draft() }), "tags");
        assert_eq!(field(MessageDraft { event_id: Some("msg_x".into()), ..draft() }), "eventId");
        assert_eq!(field(MessageDraft { event_type: "a b".into(), ..draft() }), "eventType");
        for days in [0, 91] {
            let refused = MessageDraft { retention_days: Some(days), ..draft() };
            assert_eq!(field(refused), "payloadRetentionPeriod");
        }
        for hours in [0, 2_161] {
            let refused = MessageDraft { retention_hours: Some(hours), ..draft() };
            assert_eq!(field(refused), "payloadRetentionHours");
        }
        let both = MessageDraft { retention_days: Some(1), retention_hours: Some(24), ..draft() };
        assert_eq!(field(both), "payloadRetentionHours");
    }

    #[test]
    fn a_message_may_wait_no_longer_than_its_payload_is_kept() {
        let in_a_day = NOON.plus(HOUR * 24);
        let refused = MessageDraft { deliver_at: Some(in_a_day), retention_days: Some(1), ..draft() };
        assert_eq!(field(refused), "deliverAt");
        let kept = MessageDraft { deliver_at: Some(in_a_day), retention_days: Some(2), ..draft() };
        assert_eq!(check(kept).expect("it waits a day").deliver_at, Some(in_a_day));
        let hours =
            |hours| MessageDraft { deliver_at: Some(in_a_day), retention_hours: Some(hours), ..draft() };
        assert_eq!(field(hours(24)), "deliverAt");
        assert_eq!(check(hours(25)).expect("it waits a day").retention_hours, Some(25));
        assert_eq!(check(draft()).expect("a good message").retention_hours, None);
    }

    #[test]
    fn channels_are_sorted_and_tags_keep_their_order() {
        let message = check(MessageDraft {
            channels: Some(vec!["b".into(), "a".into(), "b".into()]),
            tags: Some(vec!["b".into(), "a".into(), "b".into()]),
            ..draft()
        });
        let message = message.expect("a good message");
        let channels: Vec<_> = message.channels.iter().map(|channel| channel.as_str()).collect();
        assert_eq!((channels, message.tags), (vec!["a", "b"], vec!["b".into(), "a".into()]));
    }
}
