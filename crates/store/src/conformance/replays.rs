//! What every store must do when many messages are sent again, and when what is pending is canceled.

use std::time::Duration;

use wirepost_model::app::App;
use wirepost_model::background_task::{BackgroundTask, TaskStatus, TaskStop, TaskWork};
use wirepost_model::delivery::{DeliveryKey, DeliveryState, DeliveryStatus, Progress};
use wirepost_model::endpoint::Endpoint;
use wirepost_model::ids::MessageId;
use wirepost_model::replay::ReplayFilter;

use super::Trial;
use super::background_tasks::{begun, created};
use super::trial::event_type;
use crate::StoreError;
use crate::background_tasks::TaskEnd;
use crate::error::Conflict;
use crate::replays::{
    CancelStep, ReplayBounds, ReplayCount, ReplayPage, ReplayQuery, ReplayStep, Replayable,
};

const MINUTE: Duration = Duration::from_secs(60);
const ALL: ReplayBounds = ReplayBounds { rows: 1_000, messages: 1_000 };

async fn app_with_endpoint(trial: &Trial) -> (App, Endpoint) {
    let app = trial.app().await;
    let endpoint = trial.endpoint(&app).await;
    (app, endpoint)
}

/// A message that was attempted at the endpoint and stands so.
async fn ended(trial: &mut Trial, app: &App, endpoint: &Endpoint, state: DeliveryState) -> MessageId {
    let due = trial.accept_for(app, [endpoint]).await.remove(0);
    trial.record_now(&due, state).await;
    due.key.message
}

fn query(task: &BackgroundTask, endpoint: &Endpoint, after: i64) -> ReplayQuery {
    ReplayQuery { endpoint: endpoint.clone(), work: task.work, choice: task.choice.clone(), after }
}

async fn found(trial: &Trial, task: &BackgroundTask, endpoint: &Endpoint) -> Vec<MessageId> {
    let page = trial.store.find_replayable(query(task, endpoint, 0), ALL).await.expect("a page");
    assert!(page.done);
    page.chosen.iter().map(|chosen| chosen.message).collect()
}

fn step(trial: &Trial, task: &BackgroundTask, page: ReplayPage) -> ReplayStep {
    ReplayStep {
        task: task.id,
        app: task.app,
        endpoint: task.endpoint,
        from: task.progress.cursor,
        page,
        now: trial.now(),
        notices: Vec::new(),
    }
}

/// One step over all that a task finds.
async fn replayed(trial: &Trial, task: &BackgroundTask, endpoint: &Endpoint) -> ReplayPage {
    let page = trial.store.find_replayable(query(task, endpoint, 0), ALL).await.expect("a page");
    let sent = trial.store.replay(step(trial, task, page.clone())).await;
    assert_eq!(sent, Ok(page.chosen.len() as u64));
    page
}

pub(super) async fn each_work_finds_its_own(mut trial: Trial) {
    let (app, endpoint) = app_with_endpoint(&trial).await;
    let other = trial.endpoint(&app).await;
    let failed = ended(&mut trial, &app, &endpoint, DeliveryState::Failed).await;
    let delivered = ended(&mut trial, &app, &endpoint, DeliveryState::Delivered).await;
    let missing = ended(&mut trial, &app, &other, DeliveryState::Failed).await;
    let mut skipped = trial.message(&app, [&endpoint]);
    skipped.deliveries[0].1 = DeliveryState::Skipped;
    let skipped = trial.accept(skipped).await;
    let mut unwanted = trial.message(&app, []);
    unwanted.message.event_type = event_type("asset.deleted");
    trial.accept(unwanted).await;
    trial.accept_for(&app, [&endpoint]).await;
    let (stranger, of_stranger) = app_with_endpoint(&trial).await;
    ended(&mut trial, &stranger, &of_stranger, DeliveryState::Failed).await;
    let endpoint = Endpoint { event_types: vec![event_type("asset.created")], ..endpoint };
    for (work, expected) in [
        (TaskWork::EndpointRecover, vec![failed]),
        (TaskWork::EndpointReplay, vec![missing, skipped]),
        (TaskWork::EndpointBulkReplay, vec![failed, delivered, skipped]),
    ] {
        let task = begun(&trial, &endpoint, work);
        assert_eq!(found(&trial, &task, &endpoint).await, expected, "{work:?}");
        let count = trial.store.count_replayable(query(&task, &endpoint, 0), 1_000).await;
        assert_eq!(count, Ok(ReplayCount { count: expected.len() as u64, complete: true }));
        let elsewhere = Endpoint { app: stranger.id, ..endpoint.clone() };
        assert_eq!(found(&trial, &task, &elsewhere).await, [], "{work:?} in another app");
    }
}

pub(super) async fn a_filter_narrows_a_bulk_replay(mut trial: Trial) {
    let (app, endpoint) = app_with_endpoint(&trial).await;
    let failed = ended(&mut trial, &app, &endpoint, DeliveryState::Failed).await;
    let delivered = ended(&mut trial, &app, &endpoint, DeliveryState::Delivered).await;
    let silent = trial.accept_for(&app, [&endpoint]).await.remove(0);
    let mut unanswered = trial.attempt(&silent, DeliveryState::Failed);
    (unanswered.attempt.status, unanswered.attempt.failure) = (None, Some("timeout: 30 s".into()));
    trial.record(unanswered).await;
    let silent = silent.key.message;
    let none = ReplayFilter::default();
    for (filter, expected) in [
        (ReplayFilter { status_class: Some(5), ..none.clone() }, vec![failed]),
        (ReplayFilter { status_class: Some(2), ..none.clone() }, vec![delivered]),
        (ReplayFilter { status_class: Some(0), ..none.clone() }, vec![silent]),
        (ReplayFilter { statuses: vec![DeliveryStatus::Failed], ..none.clone() }, vec![failed, silent]),
        (ReplayFilter { tag: Some("x".to_owned()), ..none }, vec![]),
    ] {
        let mut task = begun(&trial, &endpoint, TaskWork::EndpointBulkReplay);
        task.choice.filter = filter;
        assert_eq!(found(&trial, &task, &endpoint).await, expected, "{:?}", task.choice.filter);
    }
}

pub(super) async fn a_look_stops_at_its_bounds_and_the_next_goes_on(mut trial: Trial) {
    let (app, endpoint) = app_with_endpoint(&trial).await;
    let mut messages = Vec::new();
    for _ in 0..5 {
        messages.push(ended(&mut trial, &app, &endpoint, DeliveryState::Failed).await);
    }
    for (work, bounds) in [
        (TaskWork::EndpointRecover, ReplayBounds { rows: 2, messages: 9 }),
        (TaskWork::EndpointBulkReplay, ReplayBounds { rows: 9, messages: 2 }),
    ] {
        let task = begun(&trial, &endpoint, work);
        let (mut after, mut all, mut pages) = (0, Vec::new(), 0);
        loop {
            let look = trial.store.find_replayable(query(&task, &endpoint, after), bounds).await;
            let page = look.expect("a page");
            all.extend(page.chosen.iter().map(|chosen| chosen.message));
            (after, pages) = (page.looked_to, pages + 1);
            if page.done {
                break;
            }
        }
        assert_eq!((all, pages, after), (messages.clone(), 3, messages[4].key()), "{work:?}");
        let count = trial.store.count_replayable(query(&task, &endpoint, 0), 3).await;
        assert_eq!(count, Ok(ReplayCount { count: 3, complete: false }));
    }
}

pub(super) async fn only_messages_of_the_window_are_found(mut trial: Trial) {
    let (app, endpoint) = app_with_endpoint(&trial).await;
    let mut messages = Vec::new();
    for _ in 0..3 {
        messages.push(ended(&mut trial, &app, &endpoint, DeliveryState::Failed).await);
        trial.pass(MINUTE);
    }
    let noon = super::trial::START;
    for (since, until, expected) in
        [(0, 3, &messages[..]), (1, 1, &messages[1..2]), (1, 3, &messages[1..]), (0, 0, &messages[..1])]
    {
        let mut task = begun(&trial, &endpoint, TaskWork::EndpointRecover);
        (task.choice.since, task.choice.until) = (noon.plus(MINUTE * since), noon.plus(MINUTE * until));
        assert_eq!(found(&trial, &task, &endpoint).await, expected, "{since} {until}");
    }
}

pub(super) async fn a_step_makes_pending_and_moves_the_task(mut trial: Trial) {
    let (app, endpoint) = app_with_endpoint(&trial).await;
    let failed = ended(&mut trial, &app, &endpoint, DeliveryState::Failed).await;
    let mut skipped = trial.message(&app, []);
    skipped.message.deliver_at = Some(trial.now().plus(MINUTE));
    let missing = trial.accept(trial.message(&app, [])).await;
    let later = trial.accept(skipped).await;
    let task = begun(&trial, &endpoint, TaskWork::EndpointRecover);
    created(&trial, &task).await;
    trial.pass(Duration::from_secs(5));
    replayed(&trial, &task, &endpoint).await;
    let arrived = trial.arrived().await;
    let progress = Progress { tries: 0, revision: 2, resend: None };
    assert_eq!(arrived.len(), 1);
    assert_eq!((arrived[0].key.message, arrived[0].progress), (failed, progress));
    assert_eq!(arrived[0].payload.as_deref(), Some(&b"{ \"a\":1.50 }"[..]));
    assert_eq!(trial.due(endpoint.id).await, arrived);
    let moved = trial.store.find_task(task.id).await.expect("it is there");
    assert_eq!((moved.status, moved.updated_at), (TaskStatus::Finished, trial.now()));
    let (done, cursor) = (moved.progress, failed.key());
    assert_eq!((done.found, done.sent, done.expired, done.cursor), (1, 1, 0, cursor));
    let replay = begun(&trial, &endpoint, TaskWork::EndpointReplay);
    created(&trial, &replay).await;
    replayed(&trial, &replay, &endpoint).await;
    assert_eq!(trial.arrived().await.iter().map(|due| due.key.message).collect::<Vec<_>>(), [missing]);
    let key = DeliveryKey { app: app.id, endpoint: endpoint.id, message: later };
    let due_at = super::trial::START.plus(MINUTE);
    assert_eq!(trial.standing(key).await, (DeliveryState::Pending { due_at }, 0));
}

pub(super) async fn a_payload_that_is_gone_is_counted_and_left_out(mut trial: Trial) {
    let (app, endpoint) = app_with_endpoint(&trial).await;
    let gone = ended(&mut trial, &app, &endpoint, DeliveryState::Failed).await;
    let kept = ended(&mut trial, &app, &endpoint, DeliveryState::Failed).await;
    trial.store.expunge_content(app.id, gone).await.expect("it is there");
    let task = begun(&trial, &endpoint, TaskWork::EndpointRecover);
    let count = trial.store.count_replayable(query(&task, &endpoint, 0), 10).await;
    assert_eq!(count, Ok(ReplayCount { count: 1, complete: true }));
    created(&trial, &task).await;
    let page = trial.store.find_replayable(query(&task, &endpoint, 0), ALL).await.expect("a page");
    assert_eq!(trial.store.replay(step(&trial, &task, page)).await, Ok(1));
    let done = trial.store.find_task(task.id).await.expect("it is there").progress;
    assert_eq!((done.found, done.sent, done.expired), (2, 1, 1));
    for (message, state) in
        [(gone, DeliveryState::Failed), (kept, DeliveryState::Pending { due_at: trial.now() })]
    {
        let key = DeliveryKey { app: app.id, endpoint: endpoint.id, message };
        assert_eq!(trial.standing(key).await.0, state);
    }
}

pub(super) async fn a_step_that_is_done_twice_is_refused(mut trial: Trial) {
    let (app, endpoint) = app_with_endpoint(&trial).await;
    for _ in 0..4 {
        ended(&mut trial, &app, &endpoint, DeliveryState::Failed).await;
    }
    let task = begun(&trial, &endpoint, TaskWork::EndpointRecover);
    created(&trial, &task).await;
    let bounds = ReplayBounds { rows: 10, messages: 2 };
    let page = trial.store.find_replayable(query(&task, &endpoint, 0), bounds).await.expect("a page");
    let once = step(&trial, &task, page);
    assert_eq!(trial.store.replay(once.clone()).await, Ok(2));
    let refused = Err(StoreError::Conflict(Conflict::Revision));
    assert_eq!(trial.store.replay(once.clone()).await, refused);
    let next = ReplayStep { from: once.page.looked_to, ..once.clone() };
    let end = TaskEnd { stopped: Some(TaskStop::Canceled), at: trial.now() };
    trial.store.end_task(task.id, end).await.expect("it is there");
    assert_eq!(trial.store.replay(next).await, refused);
    let unknown = ReplayStep { task: trial.id(), ..once };
    assert_eq!(trial.store.replay(unknown).await, Err(StoreError::NotFound));
    assert_eq!(trial.due(endpoint.id).await.len(), 2);
}

pub(super) async fn what_changed_since_it_was_found_is_left_alone(mut trial: Trial) {
    let (app, endpoint) = app_with_endpoint(&trial).await;
    let failed = ended(&mut trial, &app, &endpoint, DeliveryState::Failed).await;
    let missing = trial.accept(trial.message(&app, [])).await;
    let task = begun(&trial, &endpoint, TaskWork::EndpointRecover);
    created(&trial, &task).await;
    let chosen = |message, revision| Replayable { message, revision, deliver_at: None, payload: None };
    let payload = Some(bytes::Bytes::from_static(b"{}"));
    let chosen = [(failed, Some(1)), (missing, None)]
        .map(|(message, revision)| Replayable { payload: payload.clone(), ..chosen(message, revision) });
    let page = ReplayPage { chosen: chosen.into(), looked_to: missing.key(), done: true };
    for message in [failed, missing] {
        let key = DeliveryKey { app: app.id, endpoint: endpoint.id, message };
        trial.store.resend(key, trial.now()).await.expect("it can be sent again");
    }
    let before = trial.due(endpoint.id).await;
    assert_eq!(trial.store.replay(step(&trial, &task, page)).await, Ok(0));
    assert_eq!(trial.due(endpoint.id).await, before);
    let done = trial.store.find_task(task.id).await.expect("it is there").progress;
    assert_eq!((done.found, done.sent, done.expired), (2, 0, 0));
}

pub(super) async fn what_is_pending_is_canceled_step_by_step(mut trial: Trial) {
    let (app, endpoint) = app_with_endpoint(&trial).await;
    let other = trial.endpoint(&app).await;
    let mut old = Vec::new();
    for _ in 0..5 {
        old.extend(trial.accept_for(&app, [&endpoint, &other]).await);
    }
    let delivered = ended(&mut trial, &app, &endpoint, DeliveryState::Delivered).await;
    let again = DeliveryKey { app: app.id, endpoint: endpoint.id, message: delivered };
    trial.store.resend(again, trial.now()).await.expect("it can be sent again");
    trial.arrived().await;
    trial.pass(MINUTE);
    let created_before = trial.now();
    let young = trial.accept_for(&app, [&endpoint]).await.remove(0);
    let (mut after, mut counts) = (None, Vec::new());
    loop {
        let step = CancelStep { app: app.id, endpoint: endpoint.id, created_before, after, rows: 2 };
        let canceled = trial.store.cancel_pending(step).await.expect("the store writes");
        counts.push(canceled.count);
        after = canceled.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(counts.iter().sum::<u64>(), 6, "{counts:?}");
    assert!(counts.len() >= 4, "{counts:?}");
    assert_eq!(trial.arrivals.take_withdrawn(), [endpoint.id].into());
    assert_eq!(trial.due(endpoint.id).await, [young]);
    assert_eq!(trial.due(other.id).await.len(), 5);
    assert_eq!(trial.standing(again).await.0, DeliveryState::Delivered);
    // What was in flight ends, and changes nothing.
    let in_flight = old.iter().find(|due| due.key.endpoint == endpoint.id).expect("it was handed over");
    trial.record_now(in_flight, DeliveryState::Delivered).await;
    assert_eq!(trial.standing(in_flight.key).await.0, DeliveryState::Canceled);
    let (stranger, _) = app_with_endpoint(&trial).await;
    let step = CancelStep {
        app: stranger.id,
        endpoint: endpoint.id,
        created_before: trial.now().plus(MINUTE),
        after: None,
        rows: 10,
    };
    let canceled = trial.store.cancel_pending(step).await.expect("the store answers");
    assert_eq!((canceled.count, canceled.next), (0, None));
}
