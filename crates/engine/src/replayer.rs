//! The duty behind background tasks: looks for the next messages of each, makes them pending, and moves the task's
//! cursor, in one transaction a step. It remembers nothing that a new start would miss.
//!
//! While no task runs it leaves the database alone: who makes one tells of a change of the app.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::broadcast;
use wirepost_model::background_task::{BackgroundTask, TaskStatus, TaskStop};
use wirepost_model::ids::{AppId, TaskId};
use wirepost_model::lane::Lanes;
use wirepost_store::background_tasks::{TaskEnd, TaskFilter};
use wirepost_store::directory::EndpointView;
use wirepost_store::page::{From as PageFrom, Order, PageQuery};
use wirepost_store::replays::{ReplayBounds, ReplayQuery, ReplayStep};
use wirepost_store::{StoreError, StoreResult};

use crate::dispatcher::Dispatcher;
use crate::herald::Herald;
use crate::replay_pace::{ReplayPace, room_in_lane, step_most};

/// Running tasks that are read at once.
const TASKS_AT_ONCE: usize = 100;
/// Rows that one look goes through at most.
const ROWS_MOST: usize = 2_000;
/// Between two rounds while there is something to do.
const NEXT_STEP_AFTER: Duration = Duration::from_millis(5);
/// While the lane has no room: the first wait; each further one is twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(20);
const LONGEST_WAIT: Duration = Duration::from_secs(20);
/// After the database failed.
const AGAIN_AFTER: Duration = Duration::from_secs(1);
/// Changes, however many, do not make it look more often than this.
const LOOK_MOST_EVERY: Duration = Duration::from_millis(50);

/// Takes running tasks further for as long as it runs.
pub(crate) async fn keep_replaying(
    dispatcher: Arc<Dispatcher>,
    herald: Arc<Herald>,
    mut changes: broadcast::Receiver<AppId>,
) {
    let mut replayer = Replayer { dispatcher, herald, turns: HashMap::new(), rounds: 0 };
    loop {
        let pause = replayer.round().await;
        tokio::time::sleep(pause.unwrap_or(LOOK_MOST_EVERY).min(LOOK_MOST_EVERY)).await;
        let rest = async {
            match pause {
                Some(pause) => tokio::time::sleep(pause.saturating_sub(LOOK_MOST_EVERY)).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = rest => {}
            change = changes.recv() => if matches!(change, Err(broadcast::error::RecvError::Closed)) {
                return;
            }
        }
        // One round sees all that changed by now.
        changes = changes.resubscribe();
    }
}

struct Replayer {
    dispatcher: Arc<Dispatcher>,
    herald: Arc<Herald>,
    turns: HashMap<TaskId, Turn>,
    rounds: usize,
}

/// What is remembered of a task from step to step; forgetting it lets the next step go a little earlier.
#[derive(Default)]
struct Turn {
    pace: ReplayPace,
    /// Looks in a row at which the lane had no room.
    waited: u32,
    round: usize,
}

impl Replayer {
    /// One step of every running task. Answers when the next round is due; `None` when no task is running.
    async fn round(&mut self) -> Option<Duration> {
        self.rounds = self.rounds.wrapping_add(1);
        let mut pause: Option<Duration> = None;
        let mut page = PageQuery::first(TASKS_AT_ONCE, Order::Ascending);
        loop {
            let filter = TaskFilter { status: Some(TaskStatus::Running), ..TaskFilter::default() };
            let found = match self.dispatcher.store.list_tasks(filter, page.clone()).await {
                Ok(found) => found,
                Err(error) => return Some(put_off(&error)),
            };
            let last = found.rows.last().map(|task| task.id.key());
            for task in in_turn(found.rows, self.rounds) {
                match self.step(&task).await {
                    Ok(wait) => pause = Some(pause.map_or(wait, |earlier| earlier.min(wait))),
                    Err(error) => return Some(put_off(&error)),
                }
            }
            match last {
                Some(last) if !found.done => page.from = PageFrom::After(last),
                _ => break,
            }
        }
        self.turns.retain(|_, turn| turn.round == self.rounds);
        pause
    }

    /// The next step of a task, if there is room for one. Answers when to look at it again.
    async fn step(&mut self, task: &BackgroundTask) -> StoreResult<Duration> {
        if self.dispatcher.is_closing() {
            return Ok(AGAIN_AFTER);
        }
        let endpoint = match self.find_endpoint(task).await? {
            Ok(endpoint) => endpoint,
            Err(stop) => {
                self.give_up(task, stop).await?;
                return Ok(NEXT_STEP_AFTER);
            }
        };
        let now = self.dispatcher.clock.now();
        let lane = self.dispatcher.lanes.view(task.endpoint);
        let room = room_in_lane(lane, slower(endpoint.endpoint.throttle_rate, endpoint.app_throttle_rate));
        let turn = self.turns.entry(task.id).or_default();
        turn.round = self.rounds;
        if room == 0 {
            let wait = FIRST_WAIT * 2_u32.saturating_pow(turn.waited.min(16));
            turn.waited += 1;
            return Ok(wait.min(LONGEST_WAIT));
        }
        turn.waited = 0;
        let allowed = turn.pace.allowed(task.rate, now);
        if allowed > 0 {
            self.replay(task, &endpoint, allowed.min(room).min(step_most(task.rate))).await?;
        }
        Ok(NEXT_STEP_AFTER)
    }

    /// Makes the next messages pending. Whoever came between, and be it this step itself whose answer was lost, has
    /// moved the cursor: the next round goes on from there.
    async fn replay(
        &mut self,
        task: &BackgroundTask,
        endpoint: &EndpointView,
        messages: usize,
    ) -> StoreResult<()> {
        let query = ReplayQuery {
            endpoint: endpoint.endpoint.clone(),
            work: task.work,
            choice: task.choice.clone(),
            after: task.progress.cursor,
        };
        let bounds = ReplayBounds { rows: ROWS_MOST, messages };
        let mut page = self.dispatcher.store.find_replayable(query, bounds).await?;
        // Who is told of the end is told what came of it: the last messages and the end are two steps then.
        page.done &= page.chosen.is_empty() || !self.herald.is_heard();
        let notices = if page.done {
            let finished = BackgroundTask { status: TaskStatus::Finished, ..task.clone() };
            self.herald.notices_of_end(&finished).await?
        } else {
            Vec::new()
        };
        let now = self.dispatcher.clock.now();
        let (done, from) = (page.done, task.progress.cursor);
        let step =
            ReplayStep { task: task.id, app: task.app, endpoint: task.endpoint, from, page, now, notices };
        match self.dispatcher.store.replay(step).await {
            Ok(sent) => {
                let turn = self.turns.entry(task.id).or_default();
                turn.pace.take(sent, task.rate, now);
                if done {
                    ended(task, None);
                }
                Ok(())
            }
            Err(StoreError::Conflict(_) | StoreError::NotFound) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// The endpoint while it takes messages, or why the task is over. A task does not wait for a disabled endpoint:
    /// whoever enables it weeks later would not expect a flood.
    async fn find_endpoint(&self, task: &BackgroundTask) -> StoreResult<Result<Arc<EndpointView>, TaskStop>> {
        let app = match self.dispatcher.directory.get(task.app).await {
            Ok(app) => app,
            Err(StoreError::NotFound) => return Ok(Err(TaskStop::EndpointDeleted)),
            Err(error) => return Err(error),
        };
        Ok(match app.endpoint(task.endpoint) {
            None => Err(TaskStop::EndpointDeleted),
            Some(view) if view.endpoint.disabled.is_some() => Err(TaskStop::EndpointDisabled),
            Some(view) => Ok(view.clone()),
        })
    }

    async fn give_up(&self, task: &BackgroundTask, stop: TaskStop) -> StoreResult<()> {
        let end = TaskEnd { stopped: Some(stop), at: self.dispatcher.clock.now() };
        let failed = BackgroundTask { status: TaskStatus::Failed, stopped: end.stopped, ..task.clone() };
        let notices = self.herald.notices_of_end(&failed).await?;
        match self.dispatcher.store.end_task_and_tell(task.id, end, notices).await {
            Ok(task) => {
                ended(&task, task.stopped);
                Ok(())
            }
            Err(StoreError::NotFound) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// The one place that hears of every end of a task but a cancel, after its commit.
fn ended(task: &BackgroundTask, stopped: Option<TaskStop>) {
    let why = stopped.map_or("it came to its end", TaskStop::sentence);
    tracing::info!(task = %task.id, endpoint = %task.endpoint, work = task.work.as_str(), why, "a task ended");
}

fn put_off(error: &StoreError) -> Duration {
    tracing::warn!(%error, "background tasks cannot go on; trying again");
    AGAIN_AFTER
}

/// The same in another order each round: whoever looks first at an endpoint finds its lane free.
fn in_turn(mut tasks: Vec<BackgroundTask>, round: usize) -> Vec<BackgroundTask> {
    let count = tasks.len().max(1);
    tasks.rotate_left(round % count);
    tasks
}

/// The stricter of two limits.
fn slower(one: Option<u32>, other: Option<u32>) -> Option<u32> {
    one.into_iter().chain(other).min()
}
