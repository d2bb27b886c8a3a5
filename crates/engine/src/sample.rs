//! Things for the tests of this crate.

use std::time::Duration;

use bytes::Bytes;
use wirepost_model::app::Metadata;
use wirepost_model::attempt::{Attempt, AttemptContent, Timing, Trigger};
use wirepost_model::delivery::{DeliveryKey, DeliveryState};
use wirepost_model::delivery_rules::DeliveryRules;
use wirepost_model::endpoint::{CustomHeaders, Endpoint, EndpointSecret};
use wirepost_model::ids::{AppId, AttemptId, EndpointId, MessageId};
use wirepost_model::message::{Message, RETENTION_HOURS_DEFAULT};
use wirepost_model::operational::OperationalType;
use wirepost_model::signing_secret::SigningSecret;
use wirepost_model::timestamp::Timestamp;
use wirepost_store::deliveries::{AttemptRecord, HealthChange};
use wirepost_store::directory::EndpointView;
use wirepost_store::messages::NewMessage;
use wirepost_store::notices::{Cause, Notice};

/// An enabled endpoint without limits.
pub(crate) fn endpoint_view(number: i64) -> EndpointView {
    let endpoint = Endpoint {
        id: EndpointId::from_parts(number, [0; 12]),
        app: AppId::from_parts(1, [0; 12]),
        uid: None,
        url: format!("https://receiver-{number}.example/"),
        description: String::new(),
        event_types: Vec::new(),
        channels: Vec::new(),
        disabled: None,
        throttle_rate: None,
        metadata: Metadata::new(),
        headers: CustomHeaders::default(),
        delivery_rules: DeliveryRules::default(),
        failing_since: None,
        created_at: Timestamp::default(),
        updated_at: Timestamp::default(),
        revision: 0,
    };
    let secret = SigningSecret::from_random([7; SigningSecret::GENERATED_BYTES]);
    let secrets = vec![EndpointSecret { secret, created_at: Timestamp::default(), expires_at: None }];
    EndpointView { endpoint, secrets, oauth: None, app_throttle_rate: None }
}

/// A failed attempt.
pub(crate) fn record(number: i64) -> AttemptRecord {
    let delivery = DeliveryKey {
        app: AppId::from_parts(1, [0; 12]),
        endpoint: EndpointId::from_parts(1, [0; 12]),
        message: MessageId::from_parts(number, [0; 12]),
    };
    let attempt = Attempt {
        id: AttemptId::from_parts(number, [0; 12]),
        delivery,
        trigger: Trigger::Scheduled,
        started_at: Timestamp::default(),
        duration: Duration::ZERO,
        succeeded: false,
        status: Some(500),
        failure: None,
        remote_address: None,
        timing: Timing::default(),
        url: "https://receiver.example/".into(),
    };
    let content = AttemptContent::default();
    AttemptRecord { attempt, content, read_revision: 0, state: DeliveryState::Failed, tries: 1 }
}

/// An endpoint that begins to fail.
pub(crate) fn health_change(number: i64) -> HealthChange {
    HealthChange {
        app: AppId::from_parts(1, [0; 12]),
        endpoint: EndpointId::from_parts(number, [0; 12]),
        failing_since: Some(Timestamp::default()),
        disable: None,
    }
}

/// A notice for so many endpoints.
pub(crate) fn notice(cause: Cause, endpoints: i64) -> Notice {
    let message = Message {
        id: MessageId::from_parts(1, [0; 12]),
        app: AppId::from_parts(2, [0; 12]),
        event_type: OperationalType::AttemptExhausted.name(),
        event_id: None,
        channels: Vec::new(),
        tags: Vec::new(),
        created_at: Timestamp::default(),
        deliver_at: None,
        retention_hours: RETENTION_HOURS_DEFAULT,
    };
    let state = DeliveryState::Pending { due_at: Timestamp::default() };
    let deliveries = (0..endpoints).map(|number| (EndpointId::from_parts(number, [0; 12]), state)).collect();
    let payload = Bytes::from_static(b"{}");
    Notice { cause, message: NewMessage { message, payload, deliveries, payload_event_id: None } }
}
