//! Finding an endpoint's rate limit: a trial that sends examples at rising rates while somebody watches, within the
//! bounds that this person set. Nothing of it is stored, neither as messages nor as attempts.
//!
//! Trials live in memory. One runs for an endpoint at a time, and a few in the process. Nothing is sent before
//! somebody watches, and nothing after the last one stopped watching.

mod draft;
mod runner;
mod sender;
mod trial;

use std::sync::Arc;

use parking_lot::Mutex;
use wirepost_model::capability::Capability;
use wirepost_model::endpoint::Endpoint;
use wirepost_model::ids::EndpointId;
use wirepost_model::rate_trial::{Ending, TrialBounds};

pub use draft::RateTrialDraft;
pub use sender::{TrialReply, TrialSender, TrialSenders};
pub use trial::{TrialPhase, TrialView, Watching};

use crate::caller::AppAccess;
use crate::{Control, ControlError, ControlResult};
use runner::Runner;
use trial::Trial;

/// Trials that run in this process at a time.
const RUNNING_MOST: usize = 4;
/// Trials that can still be looked at after their end.
const KEPT_MOST: usize = 32;
/// Requests of one trial that are open at a time, where the endpoint allows no fewer.
const OPEN_MOST: usize = 512;

/// The trials of this process, the latest last.
#[derive(Default)]
pub(crate) struct RateTrials(Mutex<Vec<Arc<Trial>>>);

impl Control {
    /// Prepares a trial; answers its id. It sends nothing before somebody watches, and ends when nobody comes.
    ///
    /// # Errors
    /// `MissingCapability`; `NotFound` for an unknown endpoint or event type; `NoExample`; `EndpointDisabled`;
    /// `Invalid`; `TooManyRequests`; `LimitReached` while one runs for the endpoint, or as many as may be; `Unavailable`.
    pub async fn start_rate_trial(
        &self,
        access: &AppAccess,
        endpoint: &str,
        draft: RateTrialDraft,
    ) -> ControlResult<String> {
        access.require(Capability::CreateAttempts)?;
        let endpoint = self.find_endpoint(access, endpoint).await?;
        if endpoint.disabled.is_some() {
            return Err(ControlError::EndpointDisabled);
        }
        let bounds = draft.check(rate_limit_in_force(access, &endpoint))?;
        let payload = self.example_payload(access, &draft.event_type, 0).await?;
        let senders = self.0.parts.trial_senders.as_ref();
        let senders = senders.ok_or_else(|| ControlError::Unavailable("nothing is sent here".into()))?;
        let sender = senders.open(access.id(), endpoint.id).await.ok_or(ControlError::EndpointDisabled)?;
        let trial = Trial::new(self.trial_id(), endpoint.id, draft.event_type, bounds);
        let trial = Arc::new(trial);
        self.0.trials.take(access.id(), self.now())?;
        self.0.rate_trials.add(trial.clone())?;
        tracing::info!(endpoint = %endpoint.id, rate_most = bounds.rate_most, "a rate trial begins");
        let id = trial.id.clone();
        let open_most = self.open_most(&endpoint);
        let (clock, ids) = (self.0.parts.clock.clone(), self.0.parts.ids.clone());
        tokio::spawn(Runner { trial, sender, clock, ids, payload, open_most }.run());
        Ok(id)
    }

    /// A trial of this endpoint as it stands.
    ///
    /// # Errors
    /// `NotFound`, also for one that ended long ago.
    pub fn rate_trial(&self, access: &AppAccess, endpoint: &str, id: &str) -> ControlResult<TrialView> {
        Ok(self.find_trial(access, endpoint, id)?.view())
    }

    /// Watches a trial of this endpoint. While somebody does, it runs; when the last one drops this, it stops.
    ///
    /// # Errors
    /// `MissingCapability`; `NotFound`.
    pub fn watch_rate_trial(&self, access: &AppAccess, endpoint: &str, id: &str) -> ControlResult<Watching> {
        access.require(Capability::CreateAttempts)?;
        Ok(self.find_trial(access, endpoint, id)?.watch())
    }

    /// Stops a trial of this endpoint at once, if it still runs.
    ///
    /// # Errors
    /// `MissingCapability`; `NotFound`.
    pub fn stop_rate_trial(&self, access: &AppAccess, endpoint: &str, id: &str) -> ControlResult<()> {
        access.require(Capability::CreateAttempts)?;
        self.find_trial(access, endpoint, id)?.halt(Ending::Stopped);
        Ok(())
    }

    /// The bounds that a trial of this endpoint may be offered with at first.
    pub fn suggested_trial_bounds(&self, access: &AppAccess, endpoint: &Endpoint) -> TrialBounds {
        TrialBounds {
            rate_most: rate_limit_in_force(access, endpoint).unwrap_or(100).min(100),
            requests_most: 5_000,
            lasts_most: std::time::Duration::from_secs(120),
            errors_percent_most: 5,
        }
    }

    /// Stops all trials, because the process ends.
    pub fn stop_rate_trials(&self) {
        for trial in self.0.rate_trials.0.lock().iter() {
            trial.halt(Ending::ServerStopping);
        }
    }

    /// Reads no database: whoever watches a trial that sends hundreds of requests a second should be told of it only.
    fn find_trial(&self, access: &AppAccess, endpoint: &str, id: &str) -> ControlResult<Arc<Trial>> {
        let is_meant = |known: &&Endpoint| {
            known.uid.as_ref().is_some_and(|uid| uid.as_str() == endpoint) || known.id.to_string() == endpoint
        };
        let endpoint = self.all_endpoints(access).find(is_meant).ok_or(ControlError::NotFound)?;
        self.0.rate_trials.find(endpoint.id, id).ok_or(ControlError::NotFound)
    }

    fn trial_id(&self) -> String {
        let mut random = [0; 16];
        self.fill_random(&mut random);
        random.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn open_most(&self, endpoint: &Endpoint) -> usize {
        let operators = self.settings().operator_rules.in_flight_most;
        match endpoint.delivery_rules.fifo {
            true => 1,
            false => endpoint.delivery_rules.in_flight_most(operators).min(OPEN_MOST),
        }
    }
}

/// The lowest of the limits that deliveries of this endpoint are held to.
pub(crate) fn rate_limit_in_force(access: &AppAccess, endpoint: &Endpoint) -> Option<u32> {
    [endpoint.throttle_rate, access.app().throttle_rate].into_iter().flatten().min()
}

impl RateTrials {
    /// Adds a trial. One of the same endpoint that nobody came to watch makes room for it.
    fn add(&self, trial: Arc<Trial>) -> ControlResult<()> {
        let mut trials = self.0.lock();
        let mut running = 0;
        for other in trials.iter().filter(|other| !other.is_over()) {
            if other.endpoint == trial.endpoint && other.is_waiting() {
                other.halt(Ending::Unwatched);
                continue;
            }
            if other.endpoint == trial.endpoint {
                let sentence = "A trial is running for this endpoint: stop it, or wait for its end";
                return Err(ControlError::LimitReached(sentence.to_owned()));
            }
            running += 1;
        }
        if running >= RUNNING_MOST {
            let sentence =
                format!("This server runs {RUNNING_MOST} trials at a time: try again in a few minutes");
            return Err(ControlError::LimitReached(sentence));
        }
        while trials.len() >= KEPT_MOST
            && let Some(oldest) = trials.iter().position(|other| other.is_over())
        {
            trials.remove(oldest);
        }
        trials.push(trial);
        Ok(())
    }

    fn find(&self, endpoint: EndpointId, id: &str) -> Option<Arc<Trial>> {
        self.0.lock().iter().find(|trial| trial.id == id && trial.endpoint == endpoint).cloned()
    }
}
