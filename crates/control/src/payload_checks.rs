//! Holds payloads against the catalogue where an app or an event type asks for it. Where nobody asks, a message pays
//! for one look at a number.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

use parking_lot::RwLock;
use serde_json::Value;
use wirepost_model::event_type::EventType;
use wirepost_model::names::EventTypeName;
use wirepost_model::payload_validation::PayloadValidation;
use wirepost_store::messages::NewMessage;
use wirepost_store::{StoreError, StoreResult};

use crate::caller::AppAccess;
use crate::fault::Fault;
use crate::payload_schema::PayloadSchema;
use crate::{Control, ControlError, ControlResult};

/// Most event types kept in memory; unknown names count too, and anybody may make them up.
const DESCRIBED_MOST: usize = 10_000;
/// Stands for a number that has to be read first.
const NOT_READ: u8 = u8::MAX;

/// What the catalogue says of payloads, as far as it was asked for, compiled. Every change of the catalogue empties it.
pub(crate) struct PayloadChecks {
    /// The strictest that any event type asks for.
    strictest: AtomicU8,
    cache: RwLock<Cache>,
    accepted_with_faults: AtomicU64,
}

#[derive(Default)]
struct Cache {
    described: HashMap<EventTypeName, Arc<Described>>,
    /// Rises with every change: what was read before one must not be kept after it.
    version: u64,
}

/// What the catalogue says of the payloads of one event type.
struct Described {
    validation: PayloadValidation,
    expects: Expects,
}

enum Expects {
    /// The event type is not in the catalogue.
    NoSuchType,
    Anything,
    Schema(PayloadSchema),
    /// A schema that was stored by a version that took more.
    Unusable(Fault),
}

impl Default for PayloadChecks {
    fn default() -> Self {
        Self {
            strictest: AtomicU8::new(NOT_READ),
            cache: RwLock::default(),
            accepted_with_faults: AtomicU64::new(0),
        }
    }
}

impl PayloadChecks {
    /// Forgets everything. To be called after every committed change of the catalogue, before it is answered.
    pub(crate) fn forget(&self) {
        let mut cache = self.cache.write();
        cache.version += 1;
        cache.described.clear();
        self.strictest.store(NOT_READ, Ordering::Release);
    }

    fn strictest(&self) -> Option<PayloadValidation> {
        PayloadValidation::from_number(self.strictest.load(Ordering::Acquire))
    }

    /// Keeps what was read, unless the catalogue changed since.
    fn keep_strictest(&self, version: u64, strictest: PayloadValidation) {
        let cache = self.cache.write();
        if cache.version == version {
            self.strictest.store(strictest.number(), Ordering::Release);
        }
    }

    fn keep(&self, version: u64, name: EventTypeName, described: &Arc<Described>) {
        let mut cache = self.cache.write();
        if cache.version == version {
            if cache.described.len() >= DESCRIBED_MOST {
                cache.described.clear();
            }
            cache.described.insert(name, described.clone());
        }
    }
}

impl Control {
    /// What is wrong with a payload that is accepted all the same.
    ///
    /// # Errors
    /// `Refused` where the app or the event type insists; `Unavailable`.
    pub(crate) async fn check_payload(
        &self,
        access: &AppAccess,
        new: &NewMessage,
    ) -> ControlResult<Vec<Fault>> {
        let asked_by_app = access.app().payload_validation;
        if asked_by_app == PayloadValidation::Off
            && self.payload_checks().strictest() == Some(PayloadValidation::Off)
        {
            return Ok(Vec::new());
        }
        // Boxed, so that the future of a message that nobody checks stays small.
        Box::pin(self.check_described(asked_by_app, new)).await
    }

    async fn check_described(
        &self,
        asked_by_app: PayloadValidation,
        new: &NewMessage,
    ) -> ControlResult<Vec<Fault>> {
        if asked_by_app.max(self.strictest_validation().await?) == PayloadValidation::Off {
            return Ok(Vec::new());
        }
        let described = self.described(&new.message.event_type).await?;
        let validation = asked_by_app.max(described.validation);
        if validation == PayloadValidation::Off {
            return Ok(Vec::new());
        }
        let faults = described.faults(&new.payload);
        match validation {
            _ if faults.is_empty() => Ok(faults),
            PayloadValidation::Enforce => Err(ControlError::Refused(faults)),
            PayloadValidation::Off | PayloadValidation::Warn => {
                let count = self.payload_checks().accepted_with_faults.fetch_add(1, Ordering::Relaxed) + 1;
                let (event_type, first) = (&new.message.event_type, &faults[0]);
                tracing::debug!(%event_type, %first, count, "a payload does not fit its schema");
                Ok(faults)
            }
        }
    }

    /// Messages accepted since the start although their payloads did not fit.
    pub fn accepted_with_faults(&self) -> u64 {
        self.payload_checks().accepted_with_faults.load(Ordering::Relaxed)
    }

    /// Runs a write to the catalogue to its end, and then forgets what was compiled; in a task of its own, as
    /// [`Self::commit`] does.
    pub(crate) async fn commit_catalogue<W>(&self, write: W) -> StoreResult<()>
    where
        W: Future<Output = StoreResult<()>> + Send + 'static,
    {
        let control = self.clone();
        let task = tokio::spawn(async move {
            let outcome = write.await;
            control.payload_checks().forget();
            outcome
        });
        task.await.unwrap_or_else(|failure| Err(StoreError::Unavailable(failure.to_string())))
    }

    async fn strictest_validation(&self) -> ControlResult<PayloadValidation> {
        if let Some(known) = self.payload_checks().strictest() {
            return Ok(known);
        }
        let version = self.payload_checks().cache.read().version;
        let strictest = self.store().strictest_payload_validation().await?;
        self.payload_checks().keep_strictest(version, strictest);
        Ok(strictest)
    }

    async fn described(&self, name: &EventTypeName) -> ControlResult<Arc<Described>> {
        let version = {
            let cache = self.payload_checks().cache.read();
            if let Some(described) = cache.described.get(name) {
                return Ok(described.clone());
            }
            cache.version
        };
        let described = match self.store().find_event_type(name).await {
            Ok(event_type) => Described::of(&event_type),
            Err(StoreError::NotFound) => {
                Described { validation: PayloadValidation::Off, expects: Expects::NoSuchType }
            }
            Err(error) => return Err(error.into()),
        };
        let described = Arc::new(described);
        self.payload_checks().keep(version, name.clone(), &described);
        Ok(described)
    }
}

impl Described {
    fn of(event_type: &EventType) -> Self {
        let expects = match event_type.newest_schema().map(PayloadSchema::compile) {
            None => Expects::Anything,
            Some(Ok(schema)) => Expects::Schema(schema),
            Some(Err(fault)) => Expects::Unusable(fault),
        };
        Self { validation: event_type.payload_validation, expects }
    }

    fn faults(&self, payload: &[u8]) -> Vec<Fault> {
        let schema = match &self.expects {
            Expects::NoSuchType => return vec![Fault::at(["eventType"], "is not in the catalogue")],
            Expects::Anything => return Vec::new(),
            Expects::Schema(schema) => schema,
            Expects::Unusable(fault) => {
                let sentence = format!("the schema of its event type cannot be used: {fault}");
                return vec![Fault::at(["eventType"], sentence)];
            }
        };
        match serde_json::from_slice::<Value>(payload) {
            Ok(payload) => {
                schema.faults(&payload).into_iter().map(|fault| fault.within(["payload"])).collect()
            }
            Err(error) => vec![Fault::at(["payload"], format!("cannot be checked: {error}"))],
        }
    }
}
