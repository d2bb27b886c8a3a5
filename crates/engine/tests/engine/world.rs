//! A whole world around one engine: disk, store, directory, receivers and clock, and what people do in it.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use parking_lot::Mutex;
use rand::SeedableRng;
use rand::rngs::StdRng;
use wirepost_engine::{Engine, EngineParts, EngineSettings};
use wirepost_model::app::{App, Metadata};
use wirepost_model::delivery::{DeliveryKey, DeliveryState, DeliveryStatus};
use wirepost_model::delivery_rules::DeliveryRules;
use wirepost_model::endpoint::{CustomHeaders, Disabled, DisabledReason, Endpoint, EndpointSecret};
use wirepost_model::id_source::IdSource;
use wirepost_model::ids::{AppId, EndpointId, MessageId};
use wirepost_model::message::{Message, RETENTION_HOURS_DEFAULT};
use wirepost_model::names::EventTypeName;
use wirepost_model::payload_validation::PayloadValidation;
use wirepost_model::signing_secret::SigningSecret;
use wirepost_model::timestamp::Timestamp;
use wirepost_store::accepted::handover;
use wirepost_store::apps::Apps;
use wirepost_store::directory::Directory;
use wirepost_store::endpoints::Endpoints;
use wirepost_store::messages::{Messages, NewMessage};

use crate::clock::{NOON, VirtualClock, pass_until};
use crate::disk::{Disk, EndpointRow};
use crate::faults::{Faults, Odds};
use crate::memory_store::MemoryStore;
use crate::receiver::{Character, Receivers, Request, ToReceivers};

/// The seed of the engine's own chance.
pub(crate) const ENGINE_SEED: u64 = 7;

/// One engine in its world. The runtime it was made in is its process.
pub(crate) struct World {
    pub(crate) disk: Arc<Mutex<Disk>>,
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) directory: Arc<Directory>,
    pub(crate) receivers: Arc<Receivers>,
    pub(crate) clock: Arc<VirtualClock>,
    pub(crate) engine: Engine,
    pub(crate) ids: Arc<IdSource>,
}

/// How a world begins.
pub(crate) struct Beginning {
    pub(crate) disk: Arc<Mutex<Disk>>,
    pub(crate) ids: Arc<IdSource>,
    pub(crate) now: Timestamp,
    pub(crate) odds: Odds,
    pub(crate) seed: u64,
    pub(crate) handover_batches: usize,
    pub(crate) characters: Vec<(String, Character)>,
}

impl Default for Beginning {
    fn default() -> Self {
        Self {
            disk: Arc::default(),
            ids: Arc::new(IdSource::new(0, StdRng::seed_from_u64(1))),
            now: NOON,
            odds: Odds::default(),
            seed: ENGINE_SEED,
            handover_batches: 64,
            characters: Vec::new(),
        }
    }
}

/// The URL of an endpoint's receiver.
pub(crate) fn url_of(endpoint: EndpointId) -> String {
    format!("https://receiver.example/{endpoint}")
}

impl World {
    /// An engine with these settings and nothing to do.
    pub(crate) async fn with(settings: EngineSettings) -> Self {
        Self::begin(Beginning::default(), settings).await
    }

    /// The start itself goes well: where it does not, a process ends and is started again.
    pub(crate) async fn begin(beginning: Beginning, settings: EngineSettings) -> Self {
        let clock = Arc::new(VirtualClock::new(beginning.now));
        let faults = Faults::new(beginning.seed, beginning.odds);
        let receivers = Arc::new(Receivers::new(beginning.seed, clock.clone(), beginning.disk.clone()));
        for (url, character) in beginning.characters {
            receivers.set(&url, character);
        }
        let (hand, arrivals) = handover(beginning.handover_batches);
        let store = Arc::new(MemoryStore::new(beginning.disk.clone(), faults, clock.clone(), hand));
        let directory = Arc::new(Directory::new(store.clone()));
        let parts = EngineParts {
            store: store.clone(),
            directory: directory.clone(),
            transport: Arc::new(ToReceivers(receivers.clone())),
            clock: clock.clone(),
            ids: beginning.ids.clone(),
            rng: StdRng::seed_from_u64(beginning.seed),
            arrivals,
        };
        store.faults.set_calm(true);
        let engine = Engine::start(parts, settings).await.expect("a calm store lets it start");
        store.faults.set_calm(false);
        Self { disk: beginning.disk, store, directory, receivers, clock, engine, ids: beginning.ids }
    }

    /// A new app with this limit.
    pub(crate) async fn app(&self, throttle_rate: Option<u32>) -> AppId {
        let app = self.app_row(throttle_rate);
        let id = app.id;
        self.store.create_app(app).await.expect("the store is there");
        self.directory.changed(id);
        id
    }

    pub(crate) fn app_row(&self, throttle_rate: Option<u32>) -> App {
        let now = self.clock.shows();
        App {
            id: self.ids.next(now),
            uid: None,
            name: "an app".into(),
            throttle_rate,
            metadata: Metadata::new(),
            payload_validation: PayloadValidation::Off,
            created_at: now,
            updated_at: now,
        }
    }

    /// A new endpoint of the app, with a receiver of this character.
    pub(crate) async fn endpoint(&self, app: AppId, character: Character) -> EndpointId {
        self.endpoint_at_rate(app, character, None).await
    }

    /// The same with a limit of messages per second.
    pub(crate) async fn endpoint_at_rate(
        &self,
        app: AppId,
        character: Character,
        throttle_rate: Option<u32>,
    ) -> EndpointId {
        let mut row = self.endpoint_row_of(app, throttle_rate);
        let (id, secret) = (row.endpoint.id, row.secrets.remove(0));
        self.receivers.set(&url_of(id), character);
        self.store.create_endpoint(row.endpoint, secret).await.expect("the store is there");
        self.directory.changed(app);
        id
    }

    pub(crate) fn endpoint_row_of(&self, app: AppId, throttle_rate: Option<u32>) -> EndpointRow {
        let now = self.clock.shows();
        let id: EndpointId = self.ids.next(now);
        let mut random = [0; SigningSecret::GENERATED_BYTES];
        self.ids.fill_random(&mut random);
        let endpoint = Endpoint {
            id,
            app,
            uid: None,
            url: url_of(id),
            description: String::new(),
            event_types: Vec::new(),
            channels: Vec::new(),
            disabled: None,
            throttle_rate,
            metadata: Metadata::new(),
            headers: CustomHeaders::default(),
            delivery_rules: DeliveryRules::default(),
            failing_since: None,
            created_at: now,
            updated_at: now,
            revision: 0,
        };
        let secret =
            EndpointSecret { secret: SigningSecret::from_random(random), created_at: now, expires_at: None };
        EndpointRow { endpoint, secrets: vec![secret], oauth: None, deleted: false, was_gone: false }
    }

    /// A message of this app for these endpoints, due now.
    pub(crate) async fn accept(&self, app: AppId, endpoints: &[EndpointId]) -> MessageId {
        self.accept_many(app, endpoints, 1).await[0]
    }

    /// Messages of this app for these endpoints, due now, in one transaction.
    pub(crate) async fn accept_many(
        &self,
        app: AppId,
        endpoints: &[EndpointId],
        count: usize,
    ) -> Vec<MessageId> {
        let messages: Vec<_> = (0..count).map(|_| self.message(app, endpoints, self.clock.shows())).collect();
        let ids = messages.iter().map(|message| message.message.id).collect();
        let accepted = self.store.accept_messages(messages).await;
        assert!(accepted.is_ok_and(|each| each.iter().all(Result::is_ok)));
        ids
    }

    /// A message that is due at this instant.
    pub(crate) fn message(&self, app: AppId, endpoints: &[EndpointId], due_at: Timestamp) -> NewMessage {
        let now = self.clock.shows();
        let id: MessageId = self.ids.next(now);
        let message = Message {
            id,
            app,
            event_type: EventTypeName::parse("asset.created").expect("a good name"),
            event_id: None,
            channels: Vec::new(),
            tags: Vec::new(),
            created_at: now,
            deliver_at: None,
            retention_hours: RETENTION_HOURS_DEFAULT,
        };
        let state = |endpoint: &EndpointId| {
            let disk = self.disk.lock();
            let row = disk.endpoints.get(endpoint);
            match row.is_some_and(|row| row.endpoint.disabled.is_some()) {
                true => DeliveryState::Skipped,
                false => DeliveryState::Pending { due_at },
            }
        };
        NewMessage {
            message,
            payload: Bytes::from(format!("{{ \"message\" : \"{id}\" }}")),
            deliveries: endpoints.iter().map(|endpoint| (*endpoint, state(endpoint))).collect(),
            payload_event_id: None,
        }
    }

    /// Changes an endpoint, and tells of it as `control` does: after the commit, and after a lost answer too.
    pub(crate) async fn change(&self, endpoint: EndpointId, change: impl FnOnce(&mut Endpoint)) {
        let mut changed = self.endpoint_row(endpoint);
        change(&mut changed);
        let app = changed.app;
        // An unavailable store refuses; the caller sees on the disk what came of it.
        let _ = self.store.update_endpoint(changed).await;
        self.directory.changed(app);
    }

    pub(crate) async fn disable(&self, endpoint: EndpointId) {
        let at = self.clock.shows();
        let reason = DisabledReason::ByHand;
        self.change(endpoint, |row| row.disabled = Some(Disabled { reason, at })).await;
    }

    pub(crate) async fn enable(&self, endpoint: EndpointId) {
        self.change(endpoint, |row| row.disabled = None).await;
    }

    pub(crate) async fn delete(&self, endpoint: EndpointId) {
        let app = self.endpoint_row(endpoint).app;
        let _ = self.store.delete_endpoint(app, endpoint, self.clock.shows()).await;
        self.directory.changed(app);
    }

    /// The endpoint as the disk has it.
    pub(crate) fn endpoint_row(&self, endpoint: EndpointId) -> Endpoint {
        self.disk.lock().endpoints[&endpoint].endpoint.clone()
    }

    /// The state of a delivery on the disk.
    pub(crate) fn state(&self, endpoint: EndpointId, message: MessageId) -> DeliveryState {
        self.disk.lock().deliveries[&(endpoint, message)].state
    }

    pub(crate) fn key(&self, app: AppId, endpoint: EndpointId, message: MessageId) -> DeliveryKey {
        DeliveryKey { app, endpoint, message }
    }

    /// Requests that this endpoint's receiver has had.
    pub(crate) fn requests(&self, endpoint: EndpointId) -> Vec<Request> {
        assert_eq!(self.receivers.untimely(), [""; 0]);
        self.receivers.log_of(&url_of(endpoint))
    }

    /// When they began, in milliseconds since noon.
    pub(crate) fn began(&self, endpoint: EndpointId) -> Vec<i64> {
        let since_noon = |request: &Request| request.began_at.as_millis() - NOON.as_millis();
        self.requests(endpoint).iter().map(since_noon).collect()
    }

    /// How many deliveries of the endpoint stand so.
    pub(crate) fn count(&self, endpoint: EndpointId, status: DeliveryStatus) -> usize {
        let disk = self.disk.lock();
        let of_endpoint = disk.deliveries.values().filter(|row| row.key.endpoint == endpoint);
        of_endpoint.filter(|row| row.state.status() == status).count()
    }

    /// Lets time pass until no delivery is pending; answers whether that came within `most`.
    pub(crate) async fn settle(&self, most: Duration) -> bool {
        pass_until(Duration::from_secs(1), most, || {
            let disk = self.disk.lock();
            disk.pending_endpoints().is_empty()
        })
        .await
    }
}
