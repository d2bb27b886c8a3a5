//! The open loop: messages are due at a fixed rate whatever the server does, and their time counts from
//! the moment they were due, so that a stall shows in every message it delays.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinSet;

use super::{LoadOutcome, Requests, Target, Worker};
use crate::client::Connection;
use crate::clock;
use crate::payload::Stamp;

/// How long the last answers may take: one request time-out of the server and some room.
const LONGEST_END: Duration = Duration::from_secs(40);
/// The first message is due when the workers listen.
const LEAD: Duration = Duration::from_millis(5);

/// A fixed rate for a fixed time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OpenLoop {
    /// Messages per second.
    pub(crate) rate: u32,
    /// How long messages are due.
    pub(crate) duration: Duration,
}

type Due = Arc<Mutex<mpsc::UnboundedReceiver<u64>>>;

impl OpenLoop {
    /// Posts all messages on `runtime` and waits for their answers.
    pub(crate) async fn run<R: Requests>(self, runtime: &Handle, target: &Target<R>) -> LoadOutcome {
        let (announce, due) = mpsc::unbounded_channel();
        let due = Arc::new(Mutex::new(due));
        let mut workers = JoinSet::new();
        for worker in connected_workers(runtime, target).await {
            workers.spawn_on(post_what_is_due(worker, Arc::clone(&due)), runtime);
        }
        // With no worker left the pace ends at once, and the outcome says why.
        drop(due);
        let mut outcome = LoadOutcome::new();
        // A thread of its own, because the timer of tokio is only good to a millisecond.
        std::thread::Builder::new()
            .name("load-pace".to_owned())
            .spawn(move || self.pace(&announce))
            .expect("a thread can be started");
        let all = async {
            while let Some(ended) = workers.join_next().await {
                match ended {
                    Ok(ended) => outcome.merge(ended),
                    Err(error) => outcome.broken.push(error.to_string()),
                }
            }
        };
        if tokio::time::timeout(self.duration + LONGEST_END, all).await.is_err() {
            outcome.broken.push(format!("{} requests got no answer", workers.len()));
        }
        outcome
    }

    /// Announces every message at the moment it is due; ends early when nobody listens any more.
    fn pace(self, announce: &mpsc::UnboundedSender<u64>) {
        let interval_ns = 1_000_000_000 / u64::from(self.rate.max(1));
        let count = u64::from(self.rate) * self.duration.as_millis() as u64 / 1_000;
        let first_ns = clock::now_ns() + LEAD.as_nanos() as u64;
        for number in 0..count {
            let due_at_ns = first_ns + number * interval_ns;
            clock::block_until(due_at_ns);
            if announce.send(due_at_ns).is_err() {
                return;
            }
        }
    }
}

/// Workers whose connections are open before the first message is due.
async fn connected_workers<R: Requests>(
    runtime: &Handle,
    target: &Target<R>,
) -> Vec<(Worker<R>, Option<Connection>)> {
    let mut opening = JoinSet::new();
    for _ in 0..target.connections {
        let mut worker = Worker::new(target.clone());
        let open = async move {
            let connection = worker.connect().await;
            (worker, connection)
        };
        opening.spawn_on(open, runtime);
    }
    opening.join_all().await
}

async fn post_what_is_due<R: Requests>(
    (mut worker, connection): (Worker<R>, Option<Connection>),
    due: Due,
) -> LoadOutcome {
    let Some(mut connection) = connection else {
        return worker.outcome;
    };
    loop {
        let next = due.lock().await.recv().await;
        let Some(due_at_ns) = next else { break };
        let stamp = Stamp { sequence: worker.target.next_sequence(), sent_at_ns: due_at_ns };
        if !worker.post(&mut connection, stamp).await {
            break;
        }
    }
    worker.outcome
}
