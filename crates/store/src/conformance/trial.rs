//! A fresh store under trial, with the engine's end of the hand-over, a clock, and things to put into it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use wirepost_model::app::{App, Metadata};
use wirepost_model::attempt::{Attempt, AttemptContent, Timing, Trigger};
use wirepost_model::clock::{Clock, ManualClock};
use wirepost_model::delivery::{DeliveryKey, DeliveryState, Progress};
use wirepost_model::delivery_rules::DeliveryRules;
use wirepost_model::endpoint::{CustomHeaders, Endpoint, EndpointSecret};
use wirepost_model::id_source::first_key_at;
use wirepost_model::ids::{EndpointId, Id, MessageId, TAIL_BYTES};
use wirepost_model::message::{Message, RETENTION_HOURS_DEFAULT};
use wirepost_model::names::EventTypeName;
use wirepost_model::payload_validation::PayloadValidation;
use wirepost_model::signing_secret::SigningSecret;
use wirepost_model::timestamp::Timestamp;

use super::StoreFactory;
use crate::Store;
use crate::accepted::{Arrivals, DueDelivery, handover};
use crate::deliveries::AttemptRecord;
use crate::messages::NewMessage;

/// When every trial begins.
pub(super) const START: Timestamp = Timestamp::from_millis(1_769_860_800_000);
/// Room in the hand-over; a case that wants less makes its own.
const BATCHES: usize = 1_024;

/// A store under trial.
pub(super) struct Trial {
    pub(super) store: Arc<dyn Store>,
    pub(super) arrivals: Arrivals,
    pub(super) clock: Arc<ManualClock>,
    factory: Arc<dyn StoreFactory>,
    made: AtomicI64,
}

impl Trial {
    pub(super) async fn begin(factory: Arc<dyn StoreFactory>) -> Self {
        Self::with_room(factory, BATCHES).await
    }

    async fn with_room(factory: Arc<dyn StoreFactory>, batches: usize) -> Self {
        let (handover, arrivals) = handover(batches);
        let clock = Arc::new(ManualClock::new(START));
        let store = factory.open(handover, clock.clone()).await;
        Self { store, arrivals, clock, factory, made: AtomicI64::new(0) }
    }

    /// The same database, opened again, with so much room in the hand-over.
    pub(super) async fn reopened(self, batches: usize) -> Self {
        self.store.close().await;
        let made = self.made.into_inner();
        let mut again = Self::with_room(self.factory, batches).await;
        again.made = AtomicI64::new(made);
        again
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Moves the clock on.
    pub(super) fn pass(&self, time: Duration) {
        self.clock.set(self.now().plus(time));
    }

    /// An id made now; keys rise.
    pub(super) fn id<K: wirepost_model::ids::Kind>(&self) -> Id<K> {
        let number = self.made.fetch_add(1, Ordering::SeqCst) + 1;
        let mut tail = [7; TAIL_BYTES];
        tail[..8].copy_from_slice(&number.to_le_bytes());
        Id::from_parts(first_key_at(self.now()) + number, tail)
    }

    /// An app that is not in the store yet.
    pub(super) fn unsaved_app(&self) -> App {
        App {
            id: self.id(),
            uid: None,
            name: "An app".to_owned(),
            throttle_rate: None,
            metadata: Metadata::new(),
            payload_validation: PayloadValidation::Off,
            created_at: self.now(),
            updated_at: self.now(),
        }
    }

    pub(super) async fn app(&self) -> App {
        let app = self.unsaved_app();
        let created = self.store.create_app(app.clone()).await;
        created.expect("an app without uid collides with nothing");
        app
    }

    /// An endpoint that is not in the store yet.
    pub(super) fn unsaved_endpoint(&self, app: &App) -> Endpoint {
        Endpoint {
            id: self.id(),
            app: app.id,
            uid: None,
            url: "https://example.com/hook".to_owned(),
            description: String::new(),
            event_types: Vec::new(),
            channels: Vec::new(),
            disabled: None,
            throttle_rate: None,
            metadata: Metadata::new(),
            headers: CustomHeaders::default(),
            delivery_rules: DeliveryRules::default(),
            failing_since: None,
            created_at: self.now(),
            updated_at: self.now(),
            revision: 1,
        }
    }

    pub(super) async fn endpoint(&self, app: &App) -> Endpoint {
        let endpoint = self.unsaved_endpoint(app);
        let created = self.store.create_endpoint(endpoint.clone(), self.secret(1)).await;
        created.expect("an endpoint without uid collides with nothing");
        endpoint
    }

    /// A current secret made now.
    pub(super) fn secret(&self, byte: u8) -> EndpointSecret {
        EndpointSecret {
            secret: SigningSecret::from_random([byte; SigningSecret::GENERATED_BYTES]),
            created_at: self.now(),
            expires_at: None,
        }
    }

    /// A message for these endpoints, pending now, that is not in the store yet.
    pub(super) fn message<'a>(
        &self,
        app: &App,
        endpoints: impl IntoIterator<Item = &'a Endpoint>,
    ) -> NewMessage {
        let state = DeliveryState::Pending { due_at: self.now() };
        let deliveries = endpoints.into_iter().map(|endpoint| (endpoint.id, state)).collect();
        NewMessage {
            message: Message {
                id: self.id(),
                app: app.id,
                event_type: event_type("asset.created"),
                event_id: None,
                channels: Vec::new(),
                tags: Vec::new(),
                created_at: self.now(),
                deliver_at: None,
                retention_hours: RETENTION_HOURS_DEFAULT,
            },
            payload: Bytes::from_static(b"{ \"a\":1.50 }"),
            deliveries,
            payload_event_id: None,
        }
    }

    pub(super) async fn accept(&self, message: NewMessage) -> MessageId {
        let id = message.message.id;
        let answers = self.store.accept_messages(vec![message]).await;
        assert_eq!(answers.expect("the store writes"), [Ok(())]);
        id
    }

    /// Accepts a message for these endpoints and gives back what the engine was handed.
    pub(super) async fn accept_for<'a>(
        &mut self,
        app: &App,
        endpoints: impl IntoIterator<Item = &'a Endpoint>,
    ) -> Vec<DueDelivery> {
        self.accept(self.message(app, endpoints)).await;
        self.arrived().await
    }

    /// The next deliveries that are handed over; waits until some are.
    pub(super) async fn arrived(&mut self) -> Vec<DueDelivery> {
        let mut batches = Vec::new();
        while batches.iter().all(Vec::is_empty) {
            let waiting = self.arrivals.next(&mut batches);
            let count = tokio::time::timeout(Duration::from_secs(30), waiting).await;
            assert!(count.expect("something is handed over") > 0, "the store is gone");
        }
        batches.into_iter().flatten().collect()
    }

    /// An attempt of this delivery made now, and the state it leads to.
    pub(super) fn attempt(&self, due: &DueDelivery, state: DeliveryState) -> AttemptRecord {
        let succeeded = state == DeliveryState::Delivered;
        let trigger = match due.progress.resend {
            Some(_) => Trigger::Manual,
            None => Trigger::Scheduled,
        };
        AttemptRecord {
            attempt: Attempt {
                id: self.id(),
                delivery: due.key,
                trigger,
                started_at: self.now(),
                duration: Duration::from_micros(1_500),
                succeeded,
                status: Some(if succeeded { 204 } else { 500 }),
                failure: None,
                remote_address: Some("192.0.2.1:443".to_owned()),
                timing: Timing::default(),
                url: "https://example.com/hook".into(),
            },
            content: AttemptContent::default(),
            read_revision: due.progress.revision,
            state,
            tries: due.progress.tries + u32::from(trigger == Trigger::Scheduled),
        }
    }

    pub(super) async fn record(&self, record: AttemptRecord) {
        let recorded = self.store.record_attempts(vec![record], Vec::new()).await;
        recorded.expect("the store writes");
    }

    /// Records an attempt of this delivery made now, and how it then stands.
    pub(super) async fn record_now(&self, due: &DueDelivery, state: DeliveryState) {
        self.record(self.attempt(due, state)).await;
    }

    /// How this delivery stands: its state and its tries.
    pub(super) async fn standing(&self, key: DeliveryKey) -> (DeliveryState, u32) {
        let found = self.store.find_deliveries(vec![key]).await.expect("the store reads");
        let view = found.first().expect("the delivery exists");
        (view.state, view.tries)
    }

    /// What is due now for this endpoint.
    pub(super) async fn due(&self, endpoint: EndpointId) -> Vec<DueDelivery> {
        let batch = self.store.due_deliveries(endpoint, self.now(), 100).await;
        batch.expect("the store reads").deliveries
    }
}

/// The name of an event type.
pub(super) fn event_type(name: &str) -> EventTypeName {
    EventTypeName::parse(name).expect("a good name")
}

/// The same key with another tail, as somebody who guesses would have it.
pub(super) fn guessed<K: wirepost_model::ids::Kind>(id: Id<K>) -> Id<K> {
    Id::from_parts(id.key(), [0xEE; TAIL_BYTES])
}

/// A delivery that was handed over fresh: its progress after the given number of recorded attempts on the schedule.
pub(super) fn progress_after(tries: u32) -> Progress {
    Progress { tries, revision: tries, resend: None }
}
