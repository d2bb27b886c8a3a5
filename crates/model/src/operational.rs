//! What an operator is told of: endpoints that change or fail, deliveries in trouble, work that ended. Each becomes
//! a message of the operational app, in the shapes that published clients know.

use bytes::Bytes;
use serde::Serialize;
use serde_json::{Value, json};

use crate::attempt::Attempt;
use crate::background_task::{BackgroundTask, TaskStop};
use crate::endpoint::{DisabledReason, Endpoint};
use crate::ids::{AppId, EndpointId};
use crate::names::{EventTypeName, Uid};
use crate::timestamp::Timestamp;
use crate::verdict::Milestone;

/// What may have happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OperationalType {
    /// An endpoint was made.
    EndpointCreated,
    /// An endpoint was changed by a person or program.
    EndpointUpdated,
    /// An endpoint was deleted.
    EndpointDeleted,
    /// A disabled endpoint was enabled.
    EndpointEnabled,
    /// An endpoint was disabled, by hand or because of its answers.
    EndpointDisabled,
    /// Every attempt to an endpoint has failed for a good part of the time after which it is disabled.
    EndpointFailing,
    /// A message has failed four times at an endpoint, and is tried on.
    AttemptFailing,
    /// A message that had been failing, or had failed, was delivered after all.
    AttemptRecovered,
    /// The last attempt of a message at an endpoint failed.
    AttemptExhausted,
    /// A background task came to its end.
    TaskFinished,
}

/// Something that happened in an app, and of which its operator is told.
#[derive(Debug, Clone, PartialEq)]
pub struct OperationalEvent {
    /// What it is.
    pub event_type: OperationalType,
    /// Where it happened.
    pub app: AppId,
    data: Value,
}

/// An endpoint and its app, as they are named to operators.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    app: AppId,
    app_uid: Option<&'a Uid>,
    endpoint: EndpointId,
    endpoint_uid: Option<&'a Uid>,
}

#[derive(Serialize)]
struct Envelope<'a> {
    r#type: &'static str,
    timestamp: Timestamp,
    data: &'a Value,
}

impl OperationalType {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 10] = [
        Self::EndpointCreated,
        Self::EndpointUpdated,
        Self::EndpointDeleted,
        Self::EndpointEnabled,
        Self::EndpointDisabled,
        Self::EndpointFailing,
        Self::AttemptFailing,
        Self::AttemptRecovered,
        Self::AttemptExhausted,
        Self::TaskFinished,
    ];

    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EndpointCreated => "endpoint.created",
            Self::EndpointUpdated => "endpoint.updated",
            Self::EndpointDeleted => "endpoint.deleted",
            Self::EndpointEnabled => "endpoint.enabled",
            Self::EndpointDisabled => "endpoint.disabled",
            Self::EndpointFailing => "endpoint.failing",
            Self::AttemptFailing => "message.attempt.failing",
            Self::AttemptRecovered => "message.attempt.recovered",
            Self::AttemptExhausted => "message.attempt.exhausted",
            Self::TaskFinished => "background_task.finished",
        }
    }

    /// What it says, for people who choose what they are told.
    pub fn description(self) -> &'static str {
        match self {
            Self::EndpointCreated => "An endpoint was made.",
            Self::EndpointUpdated => "An endpoint was changed.",
            Self::EndpointDeleted => "An endpoint was deleted.",
            Self::EndpointEnabled => "A disabled endpoint was enabled.",
            Self::EndpointDisabled => "An endpoint was disabled, by hand or because of its answers.",
            Self::EndpointFailing => "Every attempt to an endpoint has failed for long; it will be disabled.",
            Self::AttemptFailing => "A message has failed four times at an endpoint and is tried on.",
            Self::AttemptRecovered => "A message that had been failing was delivered after all.",
            Self::AttemptExhausted => "The last attempt of a message at an endpoint failed.",
            Self::TaskFinished => "A background task came to its end.",
        }
    }

    /// The name as messages and subscriptions carry it.
    pub fn name(self) -> EventTypeName {
        EventTypeName::parse(self.as_str()).expect("the names above are letters, dots and one underscore")
    }

    /// The type of this name.
    pub fn from_name(name: &EventTypeName) -> Option<Self> {
        Self::ALL.into_iter().find(|event_type| event_type.as_str() == name.as_str())
    }
}

impl<'a> Place<'a> {
    /// This endpoint, in an app of this uid.
    pub fn of(app_uid: Option<&'a Uid>, endpoint: &'a Endpoint) -> Self {
        Self { app: endpoint.app, app_uid, endpoint: endpoint.id, endpoint_uid: endpoint.uid.as_ref() }
    }

    fn event(self, event_type: OperationalType, more: Value) -> OperationalEvent {
        let mut data = json!({
            "appId": self.app,
            "appUid": self.app_uid,
            "endpointId": self.endpoint,
            "endpointUid": self.endpoint_uid,
        });
        if let (Value::Object(data), Value::Object(more)) = (&mut data, more) {
            data.extend(more);
        }
        OperationalEvent { event_type, app: self.app, data }
    }
}

impl OperationalEvent {
    /// An endpoint was made.
    pub fn created(place: Place<'_>) -> Self {
        place.event(OperationalType::EndpointCreated, json!({}))
    }

    /// An endpoint was deleted.
    pub fn deleted(place: Place<'_>) -> Self {
        place.event(OperationalType::EndpointDeleted, json!({}))
    }

    /// What a person or program did to an endpoint that was `before`; nothing where it is what it was.
    pub fn of_change(app_uid: Option<&Uid>, before: &Endpoint, after: &Endpoint) -> Vec<Self> {
        let place = Place::of(app_uid, after);
        let mut events = Vec::new();
        let otherwise_the_same = Endpoint {
            disabled: after.disabled,
            failing_since: after.failing_since,
            updated_at: after.updated_at,
            revision: after.revision,
            ..before.clone()
        };
        if otherwise_the_same != *after {
            events.push(place.event(OperationalType::EndpointUpdated, json!({})));
        }
        match (before.disabled, after.disabled) {
            (None, Some(disabled)) => {
                events.push(Self::disabled(place, after.failing_since, disabled.reason));
            }
            (Some(_), None) => events.push(place.event(OperationalType::EndpointEnabled, json!({}))),
            _ => {}
        }
        events
    }

    /// An endpoint was disabled, after every attempt since `fail_since` had failed, if any had.
    pub fn disabled(place: Place<'_>, fail_since: Option<Timestamp>, reason: DisabledReason) -> Self {
        let trigger = match reason {
            DisabledReason::ByHand => "manual",
            DisabledReason::Gone | DisabledReason::Failing => "automatic",
        };
        let more = json!({ "failSince": fail_since, "trigger": trigger, "reason": reason.as_str() });
        place.event(OperationalType::EndpointDisabled, more)
    }

    /// Every attempt to an endpoint has failed for so many percent of the time; going on like this it is disabled
    /// by the first attempt that fails at `disable_at` or later.
    pub fn failing(place: Place<'_>, fail_since: Timestamp, percent: u8, disable_at: Timestamp) -> Self {
        let more = json!({ "failSince": fail_since, "percent": percent, "disableAt": disable_at });
        place.event(OperationalType::EndpointFailing, more)
    }

    /// A delivery passed a milestone with this attempt.
    pub fn of_attempt(place: Place<'_>, milestone: Milestone, attempt: &Attempt) -> Self {
        let event_type = match milestone {
            Milestone::Failing => OperationalType::AttemptFailing,
            Milestone::Recovered => OperationalType::AttemptRecovered,
            Milestone::Exhausted => OperationalType::AttemptExhausted,
        };
        let more = json!({
            "msgId": attempt.delivery.message,
            "lastAttempt": {
                "id": attempt.id,
                // As everywhere on the wire, no answer is 0.
                "responseStatusCode": attempt.status.unwrap_or(0),
                "timestamp": attempt.started_at,
            },
        });
        place.event(event_type, more)
    }

    /// A background task ended, as it is then; its `data` is what the API shows of it.
    pub fn task_finished(task: &BackgroundTask) -> Self {
        let data = json!({
            "taskId": task.id,
            "task": task.work.as_str(),
            "status": task.status.as_str(),
            "data": {
                "appId": task.app,
                "endpointId": task.endpoint,
                "since": task.choice.since,
                "until": task.choice.until,
                "rate": task.rate,
                "messagesFound": task.progress.found,
                "messagesSent": task.progress.sent,
                "messagesExpired": task.progress.expired,
                "canceled": task.was_canceled(),
                "reason": task.stopped.map(TaskStop::sentence),
            },
        });
        Self { event_type: OperationalType::TaskFinished, app: task.app, data }
    }

    /// The payload of the message that says it happened at this instant.
    pub fn payload(&self, at: Timestamp) -> Bytes {
        let envelope = Envelope { r#type: self.event_type.as_str(), timestamp: at, data: &self.data };
        Bytes::from(serde_json::to_vec(&envelope).expect("ids, texts and numbers are always JSON"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::Metadata;
    use crate::endpoint::{CustomHeaders, Disabled};

    const NOON: Timestamp = Timestamp::from_millis(1_769_860_800_000);

    fn endpoint() -> Endpoint {
        Endpoint {
            id: EndpointId::from_parts(2, [0; 12]),
            app: AppId::from_parts(1, [0; 12]),
            uid: Uid::parse("main").ok(),
            url: "https://example.com/".into(),
            description: String::new(),
            event_types: Vec::new(),
            channels: Vec::new(),
            disabled: None,
            throttle_rate: None,
            metadata: Metadata::new(),
            headers: CustomHeaders::default(),
            delivery_rules: crate::delivery_rules::DeliveryRules::default(),
            failing_since: None,
            created_at: NOON,
            updated_at: NOON,
            revision: 0,
        }
    }

    fn types(events: &[OperationalEvent]) -> Vec<&'static str> {
        events.iter().map(|event| event.event_type.as_str()).collect()
    }

    fn told(event: &OperationalEvent) -> Value {
        serde_json::from_slice(&event.payload(NOON)).expect("a payload is JSON")
    }

    #[test]
    fn names_lead_back_to_their_types() {
        for event_type in OperationalType::ALL {
            assert_eq!(OperationalType::from_name(&event_type.name()), Some(event_type));
            assert!(event_type.description().ends_with('.'));
        }
        let other = EventTypeName::parse("endpoint.moved").expect("a good name");
        assert_eq!(OperationalType::from_name(&other), None);
    }

    #[test]
    fn an_envelope_says_what_when_and_where() {
        let (endpoint, uid) = (endpoint(), Uid::parse("acme").ok());
        let event = OperationalEvent::created(Place::of(uid.as_ref(), &endpoint));
        let expected = json!({
            "type": "endpoint.created",
            "timestamp": "2026-01-31T12:00:00.000Z",
            "data": {
                "appId": endpoint.app,
                "appUid": "acme",
                "endpointId": endpoint.id,
                "endpointUid": "main",
            },
        });
        assert_eq!(told(&event), expected);
    }

    #[test]
    fn a_change_is_told_by_what_it_changed() {
        let before = endpoint();
        let later = |after: Endpoint| {
            let revision = after.revision + 1;
            Endpoint { updated_at: NOON.plus(std::time::Duration::from_secs(1)), revision, ..after }
        };
        let change = |before: &Endpoint, after: &Endpoint| OperationalEvent::of_change(None, before, after);
        assert_eq!(types(&change(&before, &later(before.clone()))), [""; 0]);
        let moved = later(Endpoint { url: "https://example.com/new".into(), ..before.clone() });
        assert_eq!(types(&change(&before, &moved)), ["endpoint.updated"]);
        let disabled = Some(Disabled { reason: DisabledReason::ByHand, at: NOON });
        let disabled = later(Endpoint { disabled, ..before.clone() });
        assert_eq!(types(&change(&before, &disabled)), ["endpoint.disabled"]);
        assert_eq!(types(&change(&disabled, &before)), ["endpoint.enabled"]);
        let both = later(Endpoint { description: "mended".into(), ..before });
        assert_eq!(types(&change(&disabled, &both)), ["endpoint.updated", "endpoint.enabled"]);
    }

    #[test]
    fn a_disabled_endpoint_says_why() {
        let endpoint = endpoint();
        let place = Place::of(None, &endpoint);
        for (reason, trigger) in [
            (DisabledReason::ByHand, "manual"),
            (DisabledReason::Gone, "automatic"),
            (DisabledReason::Failing, "automatic"),
        ] {
            let data = told(&OperationalEvent::disabled(place, Some(NOON), reason))["data"].take();
            assert_eq!((&data["trigger"], &data["reason"]), (&json!(trigger), &json!(reason.as_str())));
            assert_eq!(data["failSince"], "2026-01-31T12:00:00.000Z");
        }
    }
}
