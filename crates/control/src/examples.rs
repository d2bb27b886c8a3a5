//! Sends an event type's example to one endpoint, so that people see a real delivery before the first real event.

use bytes::Bytes;
use serde_json::Value;
use wirepost_model::capability::Capability;
use wirepost_model::delivery::DeliveryState;
use wirepost_model::event_type::EventType;
use wirepost_model::ids::EndpointId;
use wirepost_model::message::{EXAMPLE_TAG, Message};
use wirepost_store::messages::NewMessage;

use crate::caller::AppAccess;
use crate::message_draft::{Identity, MessageDraft};
use crate::payload_event_id::payload_event_id;
use crate::{Control, ControlError, ControlResult};

/// The event type that needs no catalogue.
pub const PING: &str = "svix.ping";
const PING_PAYLOAD: &str = r#"{"success":true}"#;

/// The example of an event type that has this number, from 0, where it can be sent: payloads are objects.
pub fn sendable_example(event_type: &EventType, number: usize) -> Option<&Value> {
    event_type.example_at(number).filter(|example| example.is_object())
}

impl Control {
    /// Accepts the example of an event type that has this number, from 0, as a message for this endpoint alone;
    /// answers it with its payload.
    ///
    /// # Errors
    /// `NotFound` for an unknown endpoint or event type; `EndpointDisabled`; `NoExample`; `Unavailable`.
    pub async fn send_example(
        &self,
        access: &AppAccess,
        endpoint: &str,
        event_type: &str,
        number: usize,
    ) -> ControlResult<(Message, Bytes)> {
        access.require(Capability::CreateAttempts)?;
        let endpoint = self.find_endpoint(access, endpoint).await?;
        let payload = self.example_payload(access, event_type, number).await?;
        if endpoint.disabled.is_some() {
            return Err(ControlError::EndpointDisabled);
        }
        let draft = MessageDraft {
            event_type: event_type.into(),
            payload: payload.clone(),
            tags: Some(vec![EXAMPLE_TAG.into()]),
            ..MessageDraft::default()
        };
        let message = self.accept_for_one(access, endpoint.id, &draft).await?;
        Ok((message, payload))
    }

    pub(crate) async fn example_payload(
        &self,
        access: &AppAccess,
        event_type: &str,
        number: usize,
    ) -> ControlResult<Bytes> {
        if event_type == PING && number == 0 {
            return Ok(Bytes::from_static(PING_PAYLOAD.as_bytes()));
        }
        let event_type = self.find_shown_event_type(access.flags(), event_type).await?;
        let example = sendable_example(&event_type, number).ok_or(ControlError::NoExample)?;
        Ok(Bytes::from(example.to_string()))
    }

    async fn accept_for_one(
        &self,
        access: &AppAccess,
        endpoint: EndpointId,
        draft: &MessageDraft<'_>,
    ) -> ControlResult<Message> {
        let now = self.now();
        let identity = Identity { id: self.ids().next(now), app: access.id(), at: now };
        let message = draft.check(identity, self.settings())?;
        let accepted = NewMessage {
            message: message.clone(),
            payload_event_id: payload_event_id(&draft.payload),
            payload: draft.payload.clone(),
            deliveries: vec![(endpoint, DeliveryState::Pending { due_at: now })],
        };
        self.accept(accepted).await?;
        Ok(message)
    }
}
