//! The engine: its tasks, how they start and how they stop.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use rand::rngs::StdRng;
use tokio::sync::{broadcast, mpsc};
use tokio::task::JoinSet;
use wirepost_model::clock::Clock;
use wirepost_model::id_source::IdSource;
use wirepost_model::ids::AppId;
use wirepost_model::lane::Lanes;
use wirepost_store::accepted::Arrivals;
use wirepost_store::directory::Directory;
use wirepost_store::{Store, StoreResult};

use crate::answer_pruner::prune_answers;
use crate::authorization::Authorizations;
use crate::content_pruner::prune_contents;
use crate::counts_pruner::prune_counts;
use crate::dispatcher::Dispatcher;
use crate::ended_pruner::prune_ended;
use crate::herald::Herald;
use crate::lane::{Lane, LaneBounds};
use crate::lanes::LaneRegistry;
use crate::paused_ender::end_paused;
use crate::recorder::{self, Recorded, Recorder};
use crate::replayer::keep_replaying;
use crate::sender::Sender;
use crate::settings::EngineSettings;
use crate::transport::Transport;
use crate::trial_outlet::Trials;

/// Idle lanes and connections are looked for this often.
const TIDY_EVERY: Duration = Duration::from_secs(15);
/// A connection that was idle for longer is closed.
const IDLE_MOST: Duration = Duration::from_secs(45);
/// Batches of records that may wait until the engine has heard of them.
const RECORDED_QUEUE: usize = 16;
/// While stopping, how often to look whether all is quiet.
const STOP_POLL: Duration = Duration::from_millis(5);

/// What an engine works with.
pub struct EngineParts {
    /// Where everything is kept.
    pub store: Arc<dyn Store>,
    /// Apps and endpoints in memory.
    pub directory: Arc<Directory>,
    /// The way out.
    pub transport: Arc<dyn Transport>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Makes attempt ids.
    pub ids: Arc<IdSource>,
    /// Chance, for jitter.
    pub rng: StdRng,
    /// What the store hands over.
    pub arrivals: Arrivals,
}

/// A running engine. [`Engine::stop`] lets requests under way end. Dropping it begins nothing more and records
/// nothing more: what is under way is attempted again after the next start.
pub struct Engine {
    dispatcher: Arc<Dispatcher>,
    tasks: JoinSet<()>,
}

impl Engine {
    /// Starts sending: first what the database holds from before.
    ///
    /// # Errors
    /// `Unavailable` when the database cannot be read.
    pub async fn start(parts: EngineParts, settings: EngineSettings) -> StoreResult<Self> {
        let EngineParts { store, directory, transport, clock, ids, rng, arrivals } = parts;
        // Before the first look at the directory, so that no change falls between.
        let (changes, changes_of_tasks) = (directory.subscribe(), directory.subscribe());
        let (records, queue) = mpsc::channel(recorder::QUEUE);
        let kept_for = settings.contents_kept_for;
        let operators = settings.operational_app.clone();
        let herald = Arc::new(Herald::new(directory.clone(), clock.clone(), ids.clone(), operators));
        let recorder = Recorder::new(store.clone(), directory.clone(), herald.clone(), &settings);
        let bounds = LaneBounds { ready: settings.lane_ready_most, in_flight: settings.in_flight_most };
        let lanes = LaneRegistry::new(clock.clone(), bounds, settings.lane_bytes_most);
        let sender = Sender {
            transport,
            clock: clock.clone(),
            ids,
            settings,
            rng: Mutex::new(rng),
            authorizations: Authorizations::default(),
        };
        let dispatcher =
            Arc::new(Dispatcher::new(store.clone(), directory, Arc::new(lanes), sender, records));
        let mut tasks = JoinSet::new();
        let (recorded, finished) = mpsc::channel(RECORDED_QUEUE);
        tasks.spawn(recorder.run(queue, recorded));
        tasks.spawn(prune_answers(store.clone(), clock.clone()));
        tasks.spawn(prune_ended(store.clone(), clock.clone()));
        tasks.spawn(prune_counts(store.clone(), clock.clone()));
        tasks.spawn(prune_contents(store.clone(), clock.clone(), kept_for));
        tasks.spawn(end_paused(dispatcher.clone(), kept_for));
        tasks.spawn(wake_lanes(dispatcher.clone(), clock));
        tasks.spawn(hear_changes(dispatcher.clone(), changes));
        tasks.spawn(tidy_up(dispatcher.clone()));
        for pending in store.pending_endpoints().await? {
            let lane = dispatcher.lanes.note_more(pending);
            dispatcher.kick(&lane);
        }
        tasks.spawn(keep_replaying(dispatcher.clone(), herald, changes_of_tasks));
        tasks.spawn(take_in(dispatcher.clone(), arrivals, finished));
        Ok(Self { dispatcher, tasks })
    }

    /// A window into the lanes.
    pub fn lanes(&self) -> Arc<dyn Lanes> {
        self.dispatcher.lanes.clone()
    }

    /// The way for requests that are no deliveries.
    pub fn trials(&self) -> Trials {
        Trials::new(self.dispatcher.clone())
    }

    /// Begins nothing more, and waits until what is under way has ended and is recorded, or until `bound` is over.
    /// Answers whether all ended; what did not is attempted again after the next start.
    pub async fn stop(mut self, bound: Duration) -> bool {
        self.dispatcher.close();
        let quiet = async {
            while !self.dispatcher.is_quiet() {
                tokio::time::sleep(STOP_POLL).await;
            }
        };
        let all_ended = tokio::time::timeout(bound, quiet).await.is_ok();
        self.tasks.shutdown().await;
        all_ended
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.dispatcher.close();
    }
}

/// Takes to the lanes what the store hands over, and what it recorded.
///
/// A store hands a delivery over before it can record it. So whoever hears first what was handed over, and only
/// then what was recorded, never takes a delivery that has ended for one that is due.
async fn take_in(
    dispatcher: Arc<Dispatcher>,
    mut arrivals: Arrivals,
    mut finished: mpsc::Receiver<Vec<Recorded>>,
) {
    let (mut batches, mut touched) = (Vec::new(), Vec::new());
    let mut store_is_there = true;
    loop {
        tokio::select! {
            biased;
            taken = arrivals.next(&mut batches), if store_is_there => store_is_there = taken > 0,
            recorded = finished.recv() => match recorded {
                Some(batch) => dispatcher.recorded(batch),
                None => return,
            },
        }
        // What was missed may be older than what arrived, and in a line nothing may overtake it.
        let missed = arrivals.take_missed().into_iter();
        let (in_lines, missed): (Vec<_>, Vec<_>) =
            missed.partition(|missed| dispatcher.lanes.is_line(missed.endpoint));
        dispatcher.lanes.note_missed(in_lines, &mut touched);
        for batch in batches.drain(..) {
            dispatcher.lanes.offer(batch, &mut touched);
        }
        dispatcher.lanes.note_missed(missed, &mut touched);
        for endpoint in arrivals.take_withdrawn() {
            if let Some(lane) = dispatcher.lanes.find(endpoint) {
                lane.with(Lane::withdraw);
                touched.push(lane);
            }
        }
        dispatcher.kick_all(std::mem::take(&mut touched));
    }
}

/// Kicks lanes at their instants.
async fn wake_lanes(dispatcher: Arc<Dispatcher>, clock: Arc<dyn Clock>) {
    loop {
        for endpoint in dispatcher.timers.due(&clock).await {
            if let Some(lane) = dispatcher.lanes.find(endpoint) {
                dispatcher.kick(&lane);
            }
        }
    }
}

/// Kicks the lanes of an app that changed: limits, URLs and standing take effect at once.
async fn hear_changes(dispatcher: Arc<Dispatcher>, mut changes: broadcast::Receiver<AppId>) {
    loop {
        let lanes = match changes.recv().await {
            Ok(app) => dispatcher.lanes.of_app(Some(app)),
            Err(broadcast::error::RecvError::Lagged(_)) => dispatcher.lanes.of_app(None),
            Err(broadcast::error::RecvError::Closed) => return,
        };
        dispatcher.kick_all(lanes);
    }
}

/// Closes idle connections and forgets idle lanes.
async fn tidy_up(dispatcher: Arc<Dispatcher>) {
    loop {
        tokio::time::sleep(TIDY_EVERY).await;
        for lane in dispatcher.lanes.of_app(None) {
            if let Some(outlet) = lane.open_outlet() {
                outlet.close_idle(IDLE_MOST);
            }
        }
        dispatcher.tidy_authorizations(IDLE_MOST);
        dispatcher.lanes.retire_idle(|app| dispatcher.directory.changed(app));
    }
}
