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
use wirepost_store::deliveries::{AttemptRecord, Recording};
use wirepost_store::directory::{Directory, EndpointView};
use wirepost_store::notices::Notice;

use crate::endpoint_health::{FailingRules, Sign};
use crate::herald::{HealthNews, Herald};
use crate::lane_cell::LaneCell;
use crate::meters;
use crate::record_steps::in_steps;
use crate::sender::Sent;
use crate::settings::EngineSettings;

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
    store: Arc<dyn Store>,
    directory: Arc<Directory>,
    disable_after: Duration,
    /// The parts of that time, in percent, at which the operator is warned; none where nobody would hear it.
    warn_at_percent: Vec<u8>,
    herald: Arc<Herald>,
}

impl Recorder {
    /// A recorder into this store that keeps to these settings.
    pub(crate) fn new(
        store: Arc<dyn Store>,
        directory: Arc<Directory>,
        herald: Arc<Herald>,
        settings: &EngineSettings,
    ) -> Self {
        let warn_at_percent = if herald.is_heard() { settings.warn_at_percent.clone() } else { Vec::new() };
        Self { store, directory, disable_after: settings.disable_after, warn_at_percent, herald }
    }

    /// Writes until the senders are gone; tells `recorded` of each batch after its commit.
    pub(crate) async fn run(
        self,
        mut queue: mpsc::Receiver<ToRecord>,
        recorded: mpsc::Sender<Vec<Recorded>>,
    ) {
        let mut batch = Vec::with_capacity(BATCH);
        while queue.recv_many(&mut batch, BATCH).await > 0 {
            let health = self.health_news(&batch);
            let notices = self.notices(&batch, &health).await;
            let (records, done): (Vec<_>, Vec<_>) = batch.drain(..).map(split).unzip();
            meters::note_attempts(&records);
            let changes = health.iter().map(|news| news.lesson.change).collect();
            for step in in_steps(Recording { records, health: changes, notices }) {
                self.write(step).await;
            }
            for news in health.iter().filter(|news| news.lesson.change.disable.is_some()) {
                self.directory.changed(news.lesson.change.app);
            }
            if recorded.send(done).await.is_err() {
                return;
            }
        }
    }

    async fn write(&self, recording: Recording) {
        let (recording, mut wait) = (Arc::new(recording), FIRST_WAIT);
        loop {
            let Err(error) = self.store.record_and_tell(recording.clone()).await else {
                return;
            };
            let attempts = recording.records.len();
            tracing::warn!(%error, attempts, "cannot record attempts; trying again in {wait:?}");
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }

    /// Who is to be told is asked again until it is known: what is recorded without its notice is never told of.
    async fn notices(&self, batch: &[ToRecord], health: &[HealthNews]) -> Vec<Notice> {
        let mut wait = FIRST_WAIT;
        loop {
            match self.herald.notices(batch, health).await {
                Ok(notices) => return notices,
                Err(error) => {
                    tracing::warn!(%error, "cannot read the operational app; trying again in {wait:?}");
                    tokio::time::sleep(wait).await;
                    wait = (wait * 2).min(LONGEST_WAIT);
                }
            }
        }
    }

    /// What the batch says of each endpoint, in the order of its attempts; the last word counts. A success
    /// takes back that its endpoint failed for too long, but not that it is gone.
    fn health_news(&self, batch: &[ToRecord]) -> Vec<HealthNews> {
        let rules = FailingRules { disable_after: self.disable_after, warn_at: &self.warn_at_percent };
        let mut news: HashMap<EndpointId, HealthNews> = HashMap::new();
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
            if let Some(mut lesson) = lane.health.lock().learn(view, sign, rules) {
                let before = news.get(&lane.endpoint).and_then(|before| before.lesson.change.disable);
                let before =
                    before.filter(|disabled| !sign.succeeded || disabled.reason == DisabledReason::Gone);
                lesson.change.disable = before.or(lesson.change.disable);
                news.insert(lane.endpoint, HealthNews { lesson, view: view.clone() });
            }
        }
        let mut news: Vec<_> = news.into_values().collect();
        news.sort_by_key(|news| news.lesson.change.endpoint);
        news
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
