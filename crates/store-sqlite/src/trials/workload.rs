//! A store in a folder of its own, with one app and one endpoint, and messages to put into it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use rand::SeedableRng;
use rand::rngs::StdRng;
use tempfile::TempDir;
use wirepost_model::app::{App, Metadata};
use wirepost_model::attempt::{Attempt, AttemptContent, Timing, Trigger};
use wirepost_model::clock::ManualClock;
use wirepost_model::delivery::{DeliveryKey, DeliveryState};
use wirepost_model::delivery_rules::DeliveryRules;
use wirepost_model::endpoint::{CustomHeaders, Endpoint, EndpointSecret};
use wirepost_model::ids::{Id, Kind};
use wirepost_model::message::{Message, RETENTION_HOURS_DEFAULT};
use wirepost_model::names::EventTypeName;
use wirepost_model::payload_validation::PayloadValidation;
use wirepost_model::signing_secret::SigningSecret;
use wirepost_model::timestamp::Timestamp;
use wirepost_store::accepted::handover;
use wirepost_store::apps::Apps;
use wirepost_store::deliveries::AttemptRecord;
use wirepost_store::endpoints::Endpoints;
use wirepost_store::messages::NewMessage;
use wirepost_store::sealing::{GivenKeys, MainKey, Sealing};

use crate::{Settings, SqliteStore};

/// When every trial takes place.
pub(super) const NOW: Timestamp = Timestamp::from_millis(1_769_860_800_000);

/// A store at work.
pub(crate) struct Workload {
    pub(crate) store: Arc<SqliteStore>,
    pub(super) app: App,
    pub(super) endpoint: Endpoint,
    pub(super) folder: TempDir,
    made: AtomicI64,
}

impl Workload {
    pub(crate) async fn begin(settings: Settings) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let store = open(&folder.path().join("wirepost.db"), settings);
        let made = AtomicI64::new(0);
        let app = App {
            id: rising(&made),
            uid: None,
            name: "An app".to_owned(),
            throttle_rate: None,
            metadata: Metadata::new(),
            payload_validation: PayloadValidation::Off,
            created_at: NOW,
            updated_at: NOW,
        };
        store.create_app(app.clone()).await.expect("it is created");
        let endpoint = endpoint_of(&app, rising(&made));
        let secret = EndpointSecret {
            secret: SigningSecret::from_random([1; SigningSecret::GENERATED_BYTES]),
            created_at: NOW,
            expires_at: None,
        };
        let created = store.create_endpoint(endpoint.clone(), secret).await;
        created.expect("it is created");
        Self { store: Arc::new(store), app, endpoint, folder, made }
    }

    /// The next id.
    pub(super) fn id<K: Kind>(&self) -> Id<K> {
        rising(&self.made)
    }

    pub(super) fn path(&self) -> PathBuf {
        self.folder.path().join("wirepost.db")
    }

    pub(super) fn log_bytes(&self) -> u64 {
        let log = self.folder.path().join("wirepost.db-wal");
        std::fs::metadata(log).map_or(0, |file| file.len())
    }

    /// A message of so many bytes, due now.
    pub(super) fn message(&self, bytes: usize) -> NewMessage {
        NewMessage {
            message: Message {
                id: rising(&self.made),
                app: self.app.id,
                event_type: EventTypeName::parse("asset.created").expect("a good name"),
                event_id: None,
                channels: Vec::new(),
                tags: Vec::new(),
                created_at: NOW,
                deliver_at: None,
                retention_hours: RETENTION_HOURS_DEFAULT,
            },
            payload: Bytes::from(vec![b'x'; bytes]),
            deliveries: vec![(self.endpoint.id, DeliveryState::Pending { due_at: NOW })],
            payload_event_id: None,
        }
    }

    /// A first attempt of this message that succeeded.
    pub(super) fn success(&self, message: &NewMessage) -> AttemptRecord {
        let delivery =
            DeliveryKey { app: self.app.id, endpoint: self.endpoint.id, message: message.message.id };
        AttemptRecord {
            attempt: Attempt {
                id: rising(&self.made),
                delivery,
                trigger: Trigger::Scheduled,
                started_at: NOW,
                duration: Duration::from_millis(1),
                succeeded: true,
                status: Some(204),
                failure: None,
                remote_address: None,
                timing: Timing::default(),
                url: self.endpoint.url.as_str().into(),
            },
            content: AttemptContent::default(),
            read_revision: 0,
            state: DeliveryState::Delivered,
            tries: 1,
        }
    }
}

/// Opens a store with a clock that stands still and no engine behind it.
pub(super) fn open(path: &Path, settings: Settings) -> SqliteStore {
    let (handover, _) = handover(8);
    let clock = Arc::new(ManualClock::new(NOW));
    let store = SqliteStore::open(path, settings, handover, clock, &sealing());
    store.expect("the database opens")
}

/// The key of every trial that is not about keys.
pub(crate) fn sealing() -> Sealing {
    Sealing::new(GivenKeys::from(MainKey::new([7; 32])), StdRng::seed_from_u64(7))
}

fn rising<K: Kind>(made: &AtomicI64) -> Id<K> {
    Id::from_parts(made.fetch_add(1, Ordering::Relaxed) + 1, [7; 12])
}

pub(super) fn endpoint_of(app: &App, id: wirepost_model::ids::EndpointId) -> Endpoint {
    Endpoint {
        id,
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
        created_at: NOW,
        updated_at: NOW,
        revision: 1,
    }
}
