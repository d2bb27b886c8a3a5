//! The closed loop: every connection posts its next message as soon as the last one is answered, so the
//! server sets the pace. It shows what a machine can do, not how latency feels at a given rate.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::task::JoinSet;

use super::{LoadOutcome, Requests, Target, Worker};
use crate::clock;
use crate::payload::Stamp;

/// How long the workers may take to end after the stop: a request that hangs ends with its connection.
const LONGEST_END: Duration = Duration::from_secs(30);

/// A closed loop that runs until it is finished or dropped.
pub(crate) struct ClosedLoop {
    workers: JoinSet<LoadOutcome>,
    stop: Arc<AtomicBool>,
    outcome: LoadOutcome,
}

impl ClosedLoop {
    /// Starts one worker per connection on `runtime`.
    pub(crate) fn start<R: Requests>(runtime: &Handle, target: &Target<R>) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let outcome = LoadOutcome::new();
        let mut workers = JoinSet::new();
        for _ in 0..target.connections {
            workers.spawn_on(post_until_stopped(Worker::new(target.clone()), Arc::clone(&stop)), runtime);
        }
        Self { workers, stop, outcome }
    }

    /// Lets the loop run for `duration`, then ends it.
    pub(crate) async fn finish_after(self, duration: Duration) -> LoadOutcome {
        tokio::time::sleep(duration).await;
        self.finish().await
    }

    /// Lets every worker end its current request and adds up what they met.
    pub(crate) async fn finish(mut self) -> LoadOutcome {
        self.stop.store(true, Ordering::Relaxed);
        let all = async {
            while let Some(ended) = self.workers.join_next().await {
                match ended {
                    Ok(outcome) => self.outcome.merge(outcome),
                    Err(error) => self.outcome.broken.push(error.to_string()),
                }
            }
        };
        if tokio::time::timeout(LONGEST_END, all).await.is_err() {
            self.outcome.broken.push(format!("{} requests got no answer", self.workers.len()));
        }
        self.outcome
    }
}

async fn post_until_stopped<R: Requests>(mut worker: Worker<R>, stop: Arc<AtomicBool>) -> LoadOutcome {
    if let Some(mut connection) = worker.connect().await {
        while !stop.load(Ordering::Relaxed) {
            let stamp = Stamp { sequence: worker.target.next_sequence(), sent_at_ns: clock::now_ns() };
            if !worker.post(&mut connection, stamp).await {
                break;
            }
        }
    }
    worker.outcome
}
