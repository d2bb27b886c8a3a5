//! What people may do: every operation on apps, endpoints, event types, messages and attempts, with its rules.
//!
//! It knows who calls and what is allowed. It must not know HTTP requests, JSON bodies or HTML: the API and the
//! pages stand on it alike, so a rule that both need stands here.

pub mod activity;
pub mod app_search;
pub mod app_stats;
pub mod apps;
pub mod attempt_details;
pub mod attempt_headers;
pub mod attempts;
mod authentication;
pub mod background_tasks;
pub mod basic_auth;
pub mod caller;
pub mod catalogue;
pub mod change;
pub mod channels;
pub mod connection_check;
mod curl_command;
pub mod deliveries;
pub mod delivery_rules;
pub mod endpoint_authentication;
pub mod endpoint_batch;
pub mod endpoint_draft;
pub mod endpoint_messages;
pub mod endpoint_now;
pub mod endpoints;
pub mod error;
pub mod event_type_texts;
pub mod event_types;
pub mod examples;
pub mod explain;
pub mod fault;
pub mod headers;
pub mod health;
pub mod idempotency;
pub mod issuer;
mod known_tokens;
pub mod logs;
pub mod matching;
pub mod message_draft;
pub mod messages;
pub mod messages_once;
mod meters;
pub mod next_try;
pub mod oauth;
pub mod oauth_trial;
pub mod openid;
pub mod operational;
pub mod operations_view;
pub mod own_app;
mod payload_checks;
mod payload_event_id;
mod payload_schema;
pub mod portal;
pub mod pulse_draft;
pub mod pulses;
pub mod raisers;
pub mod raises;
pub mod rate_trial;
pub mod recovery;
pub mod repeated_request;
mod request_pace;
mod schema_weight;
pub mod secrets;
pub mod sessions;
pub mod settings;
pub mod signing;
pub mod stats;
pub mod status;
pub mod tokens;
mod trial_pace;
mod turns;

use std::sync::Arc;

use parking_lot::Mutex;
use wirepost_egress::Client;
use wirepost_model::clock::Clock;
use wirepost_model::id_source::IdSource;
use wirepost_model::ids::AppId;
use wirepost_model::lane::Lanes;
use wirepost_model::storage::StorageUse;
use wirepost_model::timestamp::Timestamp;
use wirepost_store::directory::Directory;
use wirepost_store::operational_app::OperationalApp;
use wirepost_store::{Store, StoreError, StoreResult};

pub use error::Conflict;
pub use error::{ControlError, ControlResult};
pub use settings::ControlSettings;
pub use wirepost_store::attempts::{AttemptCount, AttemptFilter, StoredAttempt};
pub use wirepost_store::messages::MessageFilter;
pub use wirepost_store::page;

use crate::issuer::Issuer;
use crate::known_tokens::KnownTokens;
use crate::openid::OpenId;
use crate::payload_checks::PayloadChecks;
use crate::rate_trial::{RateTrials, TrialSenders};
use crate::request_pace::FailedAttempts;
use crate::trial_pace::TrialPace;
use crate::turns::Turns;

/// All that the operations stand on.
pub struct ControlParts {
    /// The database.
    pub store: Arc<dyn Store>,
    /// Its apps and endpoints in memory.
    pub directory: Arc<Directory>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Makes ids, secrets and tokens.
    pub ids: Arc<IdSource>,
    /// Judges endpoint URLs.
    pub client: Client,
    /// Shows what is being sent at this moment; `None` where nothing is sent.
    pub lanes: Option<Arc<dyn Lanes>>,
    /// Sends the requests of rate trials; `None` where nothing is sent.
    pub trial_senders: Option<Arc<dyn TrialSenders>>,
    /// Bounds.
    pub settings: ControlSettings,
}

/// The operations. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Control(Arc<Inside>);

struct Inside {
    parts: ControlParts,
    tokens: KnownTokens,
    failed_attempts: FailedAttempts,
    issuer: Option<Issuer>,
    openid: Option<OpenId>,
    turns: Turns,
    payload_checks: PayloadChecks,
    trials: TrialPace,
    rate_trials: RateTrials,
    operational: OperationalApp,
    storage: Mutex<Option<StorageUse>>,
    started_at: Timestamp,
}

/// How often a change is tried again that somebody else's change forestalled.
const ROUNDS_MOST: usize = 8;

impl Control {
    /// The operations over these parts.
    pub fn new(parts: ControlParts) -> Self {
        let issuer = parts.settings.issuer.clone().map(Issuer::new);
        let started_at = parts.clock.now();
        let openid = parts.settings.openid.clone().map(|access| OpenId::new(access, &parts.settings));
        let operational =
            OperationalApp::new(parts.directory.clone(), parts.settings.operational_app.clone());
        Self(Arc::new(Inside {
            parts,
            tokens: KnownTokens::default(),
            failed_attempts: FailedAttempts::default(),
            issuer,
            openid,
            turns: Turns::default(),
            payload_checks: PayloadChecks::default(),
            trials: TrialPace::default(),
            rate_trials: RateTrials::default(),
            operational,
            storage: Mutex::default(),
            started_at,
        }))
    }

    /// The bounds in force.
    pub fn settings(&self) -> &ControlSettings {
        &self.0.parts.settings
    }

    /// Fills `bytes` with random ones.
    pub fn fill_random(&self, bytes: &mut [u8]) {
        self.ids().fill_random(bytes);
    }

    fn store(&self) -> &Arc<dyn Store> {
        &self.0.parts.store
    }

    fn directory(&self) -> &Arc<Directory> {
        &self.0.parts.directory
    }

    fn payload_checks(&self) -> &PayloadChecks {
        &self.0.payload_checks
    }

    fn operational(&self) -> &OperationalApp {
        &self.0.operational
    }

    fn turns(&self) -> &Turns {
        &self.0.turns
    }

    fn ids(&self) -> &IdSource {
        &self.0.parts.ids
    }

    /// The time by which everything is judged.
    pub fn now(&self) -> Timestamp {
        self.0.parts.clock.now()
    }

    /// Runs a write to its end, and then makes the directory forget the app. A task of its own does it: a caller
    /// who hangs up would otherwise cut it off between the commit and the forgetting.
    async fn commit<W>(&self, app: AppId, write: W) -> StoreResult<()>
    where
        W: Future<Output = StoreResult<()>> + Send + 'static,
    {
        let directory = self.directory().clone();
        let task = tokio::spawn(async move {
            let outcome = write.await;
            directory.changed(app);
            outcome
        });
        task.await.unwrap_or_else(|failure| Err(StoreError::Unavailable(failure.to_string())))
    }
}
