//! Background tasks that send again: whole, in order, at their rate, behind live messages, through kills and outages.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use rand::SeedableRng;
use rand::rngs::StdRng;
use wirepost_engine::EngineSettings;
use wirepost_model::background_task::{BackgroundTask, TaskProgress, TaskStatus, TaskStop, TaskWork};
use wirepost_model::delivery::DeliveryStatus;
use wirepost_model::id_source::IdSource;
use wirepost_model::ids::{AppId, EndpointId, MessageId, TaskId};
use wirepost_model::replay::{ReplayChoice, ReplayFilter};
use wirepost_model::retry_schedule::RetrySchedule;
use wirepost_model::timestamp::Timestamp;
use wirepost_store::background_tasks::{BackgroundTasks, TaskEnd};
use wirepost_store::replays::{CancelStep, Replays};

use crate::clock::{NOON, pass, pass_until};
use crate::disk::Disk;
use crate::receiver::{Character, Plan};
use crate::world::{Beginning, World, url_of};

const MILLISECOND: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

/// One attempt and no retry, so that what fails has failed.
fn without_retries() -> EngineSettings {
    let retry_schedule = RetrySchedule::try_new(Vec::new()).expect("no retry is a schedule");
    EngineSettings { retry_schedule, ..EngineSettings::default() }
}

fn good() -> Character {
    Character::always(Plan::answer(200).after(20 * MILLISECOND))
}

impl World {
    /// An endpoint at which so many messages failed, and which answers from now on.
    async fn endpoint_with_failed(&self, app: AppId, count: usize) -> (EndpointId, Vec<MessageId>) {
        let endpoint = self.endpoint(app, Character::always(Plan::answer(500))).await;
        let messages = self.accept_many(app, &[endpoint], count).await;
        assert!(self.settle(60 * MINUTE).await);
        assert_eq!(self.count(endpoint, DeliveryStatus::Failed), count);
        self.receivers.set(&url_of(endpoint), good());
        // An endpoint that only failed is asked carefully; one live message shows that it answers again.
        pass(5 * MINUTE).await;
        (endpoint, messages)
    }

    pub(crate) fn task(&self, app: AppId, endpoint: EndpointId, work: TaskWork, rate: u32) -> BackgroundTask {
        let now = self.clock.shows();
        let choice =
            ReplayChoice { since: NOON.minus(60 * MINUTE), until: now, filter: ReplayFilter::default() };
        BackgroundTask {
            id: self.ids.next(now),
            app,
            endpoint,
            work,
            choice,
            rate,
            progress: TaskProgress::default(),
            status: TaskStatus::Running,
            stopped: None,
            updated_at: now,
        }
    }

    /// Begins a task as `control` does.
    pub(crate) async fn begin_task(&self, task: BackgroundTask) -> TaskId {
        let (id, app) = (task.id, task.app);
        self.store.create_task(task, 20).await.expect("the store is there");
        self.directory.changed(app);
        id
    }

    fn task_row(&self, id: TaskId) -> BackgroundTask {
        self.disk.lock().tasks[&id].clone()
    }

    async fn task_ends(&self, id: TaskId, most: Duration) -> BackgroundTask {
        let ended = pass_until(SECOND, most, || self.task_row(id).status != TaskStatus::Running).await;
        assert!(ended, "{:?} {:?}", self.task_row(id), self.engine.lanes().view(self.task_row(id).endpoint));
        self.task_row(id)
    }

    /// The messages that were answered well, in the order they were asked.
    fn delivered_to(&self, endpoint: EndpointId) -> Vec<MessageId> {
        let requests = self.requests(endpoint).into_iter();
        let good = requests.filter(|request| request.status == Some(200));
        good.map(|request| request.message.parse().expect("a message id")).collect()
    }
}

fn sorted(mut messages: Vec<MessageId>) -> Vec<MessageId> {
    messages.sort_unstable();
    messages
}

#[tokio::test(start_paused = true)]
async fn what_failed_is_sent_once_more_oldest_first() {
    let world = World::with(EngineSettings { in_flight_most: 1, ..without_retries() }).await;
    let app = world.app(None).await;
    let (endpoint, failed) = world.endpoint_with_failed(app, 300).await;
    let task = world.task(app, endpoint, TaskWork::EndpointRecover, 1_000);
    let task = world.begin_task(task).await;
    let task = world.task_ends(task, 10 * MINUTE).await;
    assert!(world.settle(MINUTE).await);
    assert_eq!((task.status, task.stopped), (TaskStatus::Finished, None));
    assert_eq!((task.progress.found, task.progress.sent, task.progress.expired), (300, 300, 0));
    assert_eq!(world.delivered_to(endpoint), failed);
    assert_eq!(world.count(endpoint, DeliveryStatus::Delivered), 300);
}

#[tokio::test(start_paused = true)]
async fn a_payload_that_is_gone_is_counted_and_left_out() {
    let world = World::with(without_retries()).await;
    let app = world.app(None).await;
    let (endpoint, failed) = world.endpoint_with_failed(app, 10).await;
    world.disk.lock().payloads.insert(failed[3], None);
    let task = world.begin_task(world.task(app, endpoint, TaskWork::EndpointRecover, 1_000)).await;
    let task = world.task_ends(task, MINUTE).await;
    assert_eq!((task.progress.found, task.progress.sent, task.progress.expired), (10, 9, 1));
    assert!(world.settle(MINUTE).await);
    assert_eq!(world.count(endpoint, DeliveryStatus::Failed), 1);
}

#[tokio::test(start_paused = true)]
async fn a_task_keeps_to_its_rate() {
    let world = World::with(without_retries()).await;
    let app = world.app(None).await;
    let (endpoint, _) = world.endpoint_with_failed(app, 500).await;
    let task = world.begin_task(world.task(app, endpoint, TaskWork::EndpointRecover, 20)).await;
    pass(10 * SECOND).await;
    let sent = world.task_row(task).progress.sent;
    assert!((180..=202).contains(&sent), "{sent} in ten seconds at 20/s");
}

#[tokio::test(start_paused = true)]
async fn what_is_missing_is_sent_where_it_matches_now() {
    let world = World::with(without_retries()).await;
    let app = world.app(None).await;
    let other = world.endpoint(app, good()).await;
    let before = world.accept_many(app, &[other], 50).await;
    let endpoint = world.endpoint(app, good()).await;
    world.disable(endpoint).await;
    let skipped = world.accept_many(app, &[other, endpoint], 50).await;
    world.enable(endpoint).await;
    let sent = world.accept_many(app, &[other, endpoint], 50).await;
    assert!(world.settle(MINUTE).await);
    assert_eq!(sorted(world.delivered_to(endpoint)), sent);
    let task = world.begin_task(world.task(app, endpoint, TaskWork::EndpointReplay, 1_000)).await;
    assert_eq!(world.task_ends(task, MINUTE).await.progress.sent, 100);
    assert!(world.settle(MINUTE).await);
    assert_eq!(sorted(world.delivered_to(endpoint)), sorted([before, skipped, sent].concat()));
    let again = world.begin_task(world.task(app, endpoint, TaskWork::EndpointReplay, 1_000)).await;
    assert_eq!(
        world.task_ends(again, MINUTE).await.progress,
        TaskProgress { cursor: world.task_row(task).progress.cursor, ..TaskProgress::default() }
    );
}

#[tokio::test(start_paused = true)]
async fn a_bulk_replay_sends_what_was_delivered_too() {
    let world = World::with(without_retries()).await;
    let app = world.app(None).await;
    let endpoint = world.endpoint(app, good()).await;
    let messages = world.accept_many(app, &[endpoint], 40).await;
    assert!(world.settle(MINUTE).await);
    let task = world.begin_task(world.task(app, endpoint, TaskWork::EndpointBulkReplay, 1_000)).await;
    assert_eq!(world.task_ends(task, MINUTE).await.progress.sent, 40);
    assert!(world.settle(MINUTE).await);
    assert_eq!(sorted(world.delivered_to(endpoint)), sorted([messages.clone(), messages].concat()));
}

#[tokio::test(start_paused = true)]
async fn two_tasks_on_one_endpoint_share_it_and_send_nothing_twice() {
    let world = World::with(without_retries()).await;
    let app = world.app(None).await;
    let (endpoint, failed) = world.endpoint_with_failed(app, 1_000).await;
    let tasks = [500, 1_000].map(|rate| world.task(app, endpoint, TaskWork::EndpointRecover, rate));
    let [first, second] = tasks;
    let (first, second) = (world.begin_task(first).await, world.begin_task(second).await);
    let (first, second) =
        (world.task_ends(first, 10 * MINUTE).await, world.task_ends(second, 10 * MINUTE).await);
    assert!(world.settle(MINUTE).await);
    assert_eq!(first.progress.sent + second.progress.sent, 1_000);
    assert!(first.progress.sent > 100 && second.progress.sent > 100, "{first:?} {second:?}");
    assert_eq!(sorted(world.delivered_to(endpoint)), failed);
}

#[tokio::test(start_paused = true)]
async fn live_messages_wait_for_no_more_than_what_is_open() {
    let world = World::with(EngineSettings { in_flight_most: 16, ..without_retries() }).await;
    let app = world.app(None).await;
    let (endpoint, _) = world.endpoint_with_failed(app, 5_000).await;
    let task = world.begin_task(world.task(app, endpoint, TaskWork::EndpointRecover, 100_000)).await;
    let mut waits = BTreeMap::new();
    for _ in 0..200 {
        let message = world.accept(app, &[endpoint]).await;
        waits.insert(message.to_string(), world.clock.shows());
        pass(37 * MILLISECOND).await;
    }
    pass(SECOND).await;
    assert!(world.task_row(task).progress.sent > 2_000, "{:?}", world.task_row(task).progress);
    for request in world.requests(endpoint) {
        if let Some(accepted_at) = waits.remove(&request.message) {
            let wait = request.began_at.since(accepted_at);
            assert!(wait <= 20 * MILLISECOND, "it waited {wait:?}, longer than one request takes");
        }
    }
    assert_eq!(waits.len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_slow_endpoint_is_not_flooded_and_its_backlog_goes_first() {
    let world = World::with(without_retries()).await;
    let app = world.app(None).await;
    let (endpoint, _) = world.endpoint_with_failed(app, 500).await;
    world.change(endpoint, |row| row.throttle_rate = Some(10)).await;
    let task = world.begin_task(world.task(app, endpoint, TaskWork::EndpointRecover, 1_000)).await;
    pass(5 * SECOND).await;
    let view = world.engine.lanes().view(endpoint).expect("it has a lane");
    assert!(view.queued <= 1 && !view.more_in_database, "{view:?}");
    let sent = world.task_row(task).progress.sent;
    world.accept_many(app, &[endpoint], 100).await;
    pass(9 * SECOND).await;
    assert!(world.task_row(task).progress.sent <= sent + 1, "live ones wait");
    pass(60 * SECOND).await;
    assert!(world.task_row(task).progress.sent > sent + 100, "and then it goes on");
}

#[tokio::test(start_paused = true)]
async fn a_disabled_or_deleted_endpoint_ends_its_task_and_says_why() {
    for (stop, deletes) in [(TaskStop::EndpointDisabled, false), (TaskStop::EndpointDeleted, true)] {
        let world = World::with(without_retries()).await;
        let app = world.app(None).await;
        let (endpoint, _) = world.endpoint_with_failed(app, 500).await;
        let task = world.begin_task(world.task(app, endpoint, TaskWork::EndpointRecover, 50)).await;
        pass(2 * SECOND).await;
        if deletes {
            world.delete(endpoint).await;
        } else {
            world.disable(endpoint).await;
        }
        let task = world.task_ends(task, 2 * SECOND).await;
        assert_eq!((task.status, task.stopped), (TaskStatus::Failed, Some(stop)));
        assert!((50..200).contains(&task.progress.sent), "{task:?}");
        let requests = world.requests(endpoint).len();
        pass(MINUTE).await;
        assert_eq!(world.requests(endpoint).len(), requests);
    }
}

#[tokio::test(start_paused = true)]
async fn a_canceled_task_sends_nothing_more() {
    let world = World::with(without_retries()).await;
    let app = world.app(None).await;
    let (endpoint, _) = world.endpoint_with_failed(app, 500).await;
    let task = world.begin_task(world.task(app, endpoint, TaskWork::EndpointRecover, 50)).await;
    pass(2 * SECOND).await;
    let end = TaskEnd { stopped: Some(TaskStop::Canceled), at: world.clock.shows() };
    let canceled = world.store.end_task(task, end).await.expect("it is there");
    pass(10 * SECOND).await;
    assert_eq!(world.task_row(task), canceled);
    assert_eq!(world.delivered_to(endpoint).len() as u64, canceled.progress.sent);
}

#[tokio::test(start_paused = true)]
async fn without_the_database_a_task_waits_and_then_goes_on() {
    let world = World::with(without_retries()).await;
    let app = world.app(None).await;
    let (endpoint, failed) = world.endpoint_with_failed(app, 1_000).await;
    let task = world.begin_task(world.task(app, endpoint, TaskWork::EndpointRecover, 100)).await;
    pass(3 * SECOND).await;
    world.store.faults.set_away(true);
    let before = world.store.faults.operations();
    pass(10 * MINUTE).await;
    let operations = world.store.faults.operations() - before;
    assert!(operations < 2_000, "{operations} operations: it waits before it tries again");
    world.store.faults.set_away(false);
    let task = world.task_ends(task, 10 * MINUTE).await;
    assert!(world.settle(MINUTE).await);
    assert_eq!(task.progress.sent, 1_000);
    assert_eq!(sorted(world.delivered_to(endpoint)), failed);
}

#[tokio::test(start_paused = true)]
async fn what_is_canceled_is_not_sent_and_what_came_later_is() {
    let world = World::with(without_retries()).await;
    let app = world.app(None).await;
    let slow = Character::always(Plan::answer(200).after(SECOND));
    let endpoint = world.endpoint_at_rate(app, slow, Some(10)).await;
    let old = world.accept_many(app, &[endpoint], 1_500).await;
    pass(10 * SECOND).await;
    let created_before = world.clock.shows();
    let later = world.accept_many(app, &[endpoint], 5).await;
    let (mut after, mut count) = (None, 0);
    loop {
        let step = CancelStep { app, endpoint, created_before, after, rows: 500 };
        let canceled = world.store.cancel_pending(step).await.expect("the store is there");
        count += canceled.count as usize;
        after = canceled.next;
        if after.is_none() {
            break;
        }
    }
    let begun = world.requests(endpoint).len();
    assert!(world.settle(MINUTE).await);
    let requests = world.requests(endpoint);
    let after: Vec<_> = requests[begun..].iter().map(|request| request.message.clone()).collect();
    assert_eq!(after, later.iter().map(ToString::to_string).collect::<Vec<_>>());
    assert_eq!(world.count(endpoint, DeliveryStatus::Canceled), count);
    assert_eq!(world.count(endpoint, DeliveryStatus::Delivered), old.len() - count + later.len());
}

/// One process's life around a task; answers the clock at its end.
fn live(disk: &Arc<Mutex<Disk>>, ids: &Arc<IdSource>, now: Timestamp, lasts: Duration) -> Life {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    let runtime = runtime.expect("a runtime without sockets always starts");
    let urls: Vec<_> = disk.lock().endpoints.keys().map(|endpoint| url_of(*endpoint)).collect();
    let characters = urls.into_iter().map(|url| (url, good())).collect();
    runtime.block_on(async {
        let beginning =
            Beginning { disk: disk.clone(), ids: ids.clone(), now, characters, ..Beginning::default() };
        let world = World::begin(beginning, without_retries()).await;
        pass(lasts).await;
        let requests = world.receivers.log();
        Life { ended_at: world.clock.shows(), requests: requests.into_iter().map(|it| it.message).collect() }
    })
}

struct Life {
    ended_at: Timestamp,
    requests: Vec<String>,
}

#[test]
fn killed_at_any_step_it_repeats_no_more_than_what_was_in_flight() {
    for lasts in [23, 29, 37, 61, 101, 211] {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        let runtime = runtime.expect("a runtime without sockets always starts");
        let ids = Arc::new(IdSource::new(0, StdRng::seed_from_u64(lasts)));
        let (disk, mut now, failed, task) = runtime.block_on(async {
            let beginning = Beginning { ids: ids.clone(), ..Beginning::default() };
            let world = World::begin(beginning, without_retries()).await;
            let app = world.app(None).await;
            let (endpoint, failed) = world.endpoint_with_failed(app, 1_000).await;
            let task = world.task(app, endpoint, TaskWork::EndpointRecover, 500);
            let id = task.id;
            world.store.create_task(task, 20).await.expect("the store is there");
            (world.disk.clone(), world.clock.shows(), failed, id)
        });
        drop(runtime);
        let mut asked: BTreeMap<String, usize> = BTreeMap::new();
        let mut open_at_kills = 0;
        let mut lives = 0;
        loop {
            let running = disk.lock().tasks[&task].status == TaskStatus::Running;
            let lasts = Duration::from_millis(if running { lasts } else { 60_000 });
            let recorded = disk.lock().attempts.len();
            let life = live(&disk, &ids, now, lasts);
            now = life.ended_at.plus(SECOND);
            let recorded = disk.lock().attempts.len() - recorded;
            open_at_kills += life.requests.len() - recorded;
            for message in life.requests {
                *asked.entry(message).or_default() += 1;
            }
            lives += 1;
            assert!(lives < 5_000, "it goes on");
            if !running {
                break;
            }
        }
        let repeats: usize = asked.values().map(|times| times - 1).sum();
        assert_eq!(asked.len(), failed.len(), "every one was sent");
        assert!(repeats <= open_at_kills, "{repeats} repeats, {open_at_kills} in flight at kills");
        let progress = disk.lock().tasks[&task].progress;
        assert_eq!((progress.found, progress.sent), (1_000, 1_000));
        assert!(lives > 2, "it was killed in the middle");
    }
}
