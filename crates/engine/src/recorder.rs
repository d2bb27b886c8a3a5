//! Writes down what came of attempts, as many at once as wait: drain, commit, repeat.
//!
//! While the database is away it keeps what it has and tries again; the queue before it is bounded, so that the
//! senders wait too. Nothing is dropped.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use wirepost_model::delivery::DeliveryState;
use wirepost_model::endpoint::DisabledReason;
use wirepost_model::ids::EndpointId;
use wirepost_store::Store;
use wirepost_store::deliveries::{AttemptRecord, HealthChange};
use wirepost_store::directory::{Directory, EndpointView};

use crate::endpoint_health::Sign;
use crate::lane_cell::LaneCell;
use crate::sender::Sent;

/// Attempts that may wait for their record.
pub(crate) const QUEUE: usize = 4_096;
/// Attempts written in one transaction at most.
const BATCH: usize = 2048;
const FIRST_WAIT: Duration = Duration::from_millis(50);
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// An attempt that ended, on its way to its record.
pub(crate) struct ToRecord {
    pub(crate) sent: Sent,
    pub(crate) view: Arc<EndpointView>,
    pub(crate) lane: Arc<LaneCell>,
}

/// An attempt whose record is committed.
pub(crate) struct Recorded {
    pub(crate) lane: Arc<LaneCell>,
    pub(crate) message_key: i64,
    pub(crate) state: DeliveryState,
}

/// Writes attempts down.
pub(crate) struct Recorder {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) directory: Arc<Directory>,
    pub(crate) disable_after: Duration,
}

impl Recorder {
    /// Writes until the senders are gone; tells `recorded` of each batch after its commit.
    pub(crate) async fn run(
        self,
        mut queue: mpsc::Receiver<ToRecord>,
        recorded: mpsc::Sender<Vec<Recorded>>,
    ) {
        let mut batch = Vec::with_capacity(BATCH);
        while queue.recv_many(&mut batch, BATCH).await > 0 {
            let health = self.health_changes(&batch);
            let (records, done): (Vec<_>, Vec<_>) = batch.drain(..).map(split).unzip();
            self.write(records, &health).await;
            for change in health.iter().filter(|change| change.disable.is_some()) {
                self.directory.changed(change.app);
            }
            if recorded.send(done).await.is_err() {
                return;
            }
        }
    }

    async fn write(&self, records: Vec<AttemptRecord>, health: &[HealthChange]) {
        let mut wait = FIRST_WAIT;
        loop {
            let Err(error) = self.store.record_attempts(records.clone(), health.to_vec()).await else {
                return;
            };
            tracing::warn!(%error, attempts = records.len(), "cannot record attempts; trying again in {wait:?}");
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }

    /// What the batch says of each endpoint, in the order of its attempts; the last word counts. A success
    /// takes back that its endpoint failed for too long, but not that it is gone.
    fn health_changes(&self, batch: &[ToRecord]) -> Vec<HealthChange> {
        let mut changes: HashMap<EndpointId, HealthChange> = HashMap::new();
        for ToRecord { sent, view, lane } in batch {
            let sign = Sign {
                succeeded: sent.record.attempt.succeeded,
                gone: sent.verdict.endpoint_gone,
                started_at: sent.record.attempt.started_at,
                ended_at: sent.ended_at,
            };
            let says_nothing = !sent.asked || sent.outcome.is_our_fault();
            if says_nothing || !sign.succeeded && self.is_outdated(view) {
                continue;
            }
            if let Some(mut change) = lane.health.lock().learn(view, sign, self.disable_after) {
                let before = changes.get(&lane.endpoint).and_then(|before| before.disable);
                let before =
                    before.filter(|disabled| !sign.succeeded || disabled.reason == DisabledReason::Gone);
                change.disable = before.or(change.disable);
                changes.insert(lane.endpoint, change);
            }
        }
        let mut changes: Vec<_> = changes.into_values().collect();
        changes.sort_by_key(|change| change.endpoint);
        changes
    }

    /// Whether the endpoint was changed since the attempt began: what failed may be what was just mended.
    fn is_outdated(&self, view: &EndpointView) -> bool {
        let app = self.directory.cached(view.endpoint.app);
        app.and_then(|app| app.endpoint(view.endpoint.id).cloned())
            .is_some_and(|present| present.endpoint.revision > view.endpoint.revision)
    }
}

fn split(item: ToRecord) -> (AttemptRecord, Recorded) {
    let record = item.sent.record;
    let message_key = record.attempt.delivery.message.key();
    let state = record.state;
    (record, Recorded { lane: item.lane, message_key, state })
}
