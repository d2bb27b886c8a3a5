//! What every store must do with background tasks.

use std::time::Duration;

use wirepost_model::app::App;
use wirepost_model::background_task::{BackgroundTask, TaskProgress, TaskStatus, TaskStop, TaskWork};
use wirepost_model::delivery::DeliveryStatus;
use wirepost_model::endpoint::Endpoint;
use wirepost_model::names::Channel;
use wirepost_model::replay::{ReplayChoice, ReplayFilter};

use super::Trial;
use super::trial::{event_type, guessed};
use crate::StoreError;
use crate::background_tasks::{TaskEnd, TaskFilter};
use crate::error::Conflict;
use crate::page::{Order, PageQuery};

/// More than any trial runs at once.
pub(super) const RUNNING_MOST: usize = 1_000;

/// A task that begins, over all that was accepted within an hour before.
pub(super) fn begun(trial: &Trial, endpoint: &Endpoint, work: TaskWork) -> BackgroundTask {
    BackgroundTask {
        id: trial.id(),
        app: endpoint.app,
        endpoint: endpoint.id,
        work,
        choice: ReplayChoice {
            since: trial.now().minus(Duration::from_secs(3_600)),
            until: trial.now(),
            filter: ReplayFilter::default(),
        },
        rate: 100,
        progress: TaskProgress::default(),
        status: TaskStatus::Running,
        stopped: None,
        updated_at: trial.now(),
    }
}

pub(super) async fn created(trial: &Trial, task: &BackgroundTask) {
    assert_eq!(trial.store.create_task(task.clone(), RUNNING_MOST).await, Ok(()));
}

async fn app_with_endpoint(trial: &Trial) -> (App, Endpoint) {
    let app = trial.app().await;
    let endpoint = trial.endpoint(&app).await;
    (app, endpoint)
}

pub(super) async fn a_task_comes_back_as_it_was_made(trial: Trial) {
    let (_, endpoint) = app_with_endpoint(&trial).await;
    let plain = begun(&trial, &endpoint, TaskWork::EndpointRecover);
    let mut narrowed = begun(&trial, &endpoint, TaskWork::EndpointBulkReplay);
    narrowed.choice.filter = ReplayFilter {
        event_types: vec![event_type("asset.created"), event_type("asset.deleted")],
        channel: Channel::parse("eu").ok(),
        tag: Some("nightly".to_owned()),
        statuses: vec![DeliveryStatus::Canceled, DeliveryStatus::Skipped],
        status_class: Some(5),
    };
    for task in [plain, narrowed] {
        created(&trial, &task).await;
        assert_eq!(trial.store.find_task(task.id).await, Ok(task.clone()));
        assert_eq!(trial.store.find_task(guessed(task.id)).await, Err(StoreError::NotFound));
    }
}

pub(super) async fn a_task_needs_an_endpoint_and_room(trial: Trial) {
    let (app, endpoint) = app_with_endpoint(&trial).await;
    let (_, of_other) = app_with_endpoint(&trial).await;
    let gone = trial.endpoint(&app).await;
    trial.store.delete_endpoint(app.id, gone.id, trial.now()).await.expect("it is there");
    for stranger in [
        begun(&trial, &gone, TaskWork::EndpointRecover),
        BackgroundTask { app: of_other.app, ..begun(&trial, &endpoint, TaskWork::EndpointRecover) },
        BackgroundTask {
            endpoint: guessed(endpoint.id),
            ..begun(&trial, &endpoint, TaskWork::EndpointRecover)
        },
    ] {
        let refused = trial.store.create_task(stranger, RUNNING_MOST).await;
        assert_eq!(refused, Err(StoreError::NotFound));
    }
    let tasks = [0, 1, 2].map(|_| begun(&trial, &endpoint, TaskWork::EndpointRecover));
    created(&trial, &begun(&trial, &of_other, TaskWork::EndpointRecover)).await;
    assert_eq!(trial.store.create_task(tasks[0].clone(), 2).await, Ok(()));
    assert_eq!(trial.store.create_task(tasks[1].clone(), 2).await, Ok(()));
    let refused = trial.store.create_task(tasks[2].clone(), 2).await;
    assert_eq!(refused, Err(StoreError::Conflict(Conflict::Tasks)));
    let end = TaskEnd { stopped: None, at: trial.now() };
    trial.store.end_task(tasks[0].id, end).await.expect("it is there");
    assert_eq!(trial.store.create_task(tasks[2].clone(), 2).await, Ok(()));
}

pub(super) async fn a_task_ends_once(trial: Trial) {
    let (_, endpoint) = app_with_endpoint(&trial).await;
    let task = begun(&trial, &endpoint, TaskWork::EndpointRecover);
    created(&trial, &task).await;
    trial.pass(Duration::from_secs(5));
    let end = TaskEnd { stopped: Some(TaskStop::Canceled), at: trial.now() };
    assert_eq!(trial.store.end_task(guessed(task.id), end).await, Err(StoreError::NotFound));
    let expected = BackgroundTask {
        status: TaskStatus::Failed,
        stopped: Some(TaskStop::Canceled),
        updated_at: trial.now(),
        ..task.clone()
    };
    assert_eq!(trial.store.end_task(task.id, end).await, Ok(expected.clone()));
    trial.pass(Duration::from_secs(5));
    let again = TaskEnd { stopped: Some(TaskStop::EndpointDeleted), at: trial.now() };
    assert_eq!(trial.store.end_task(task.id, again).await, Ok(expected.clone()));
    assert_eq!(trial.store.find_task(task.id).await, Ok(expected));
    let other = begun(&trial, &endpoint, TaskWork::EndpointRecover);
    created(&trial, &other).await;
    let end = TaskEnd { stopped: None, at: trial.now() };
    let ended = trial.store.end_task(other.id, end).await.expect("it is there");
    assert_eq!((ended.status, ended.stopped), (TaskStatus::Finished, None));
}

pub(super) async fn tasks_are_listed_by_app_status_and_work(trial: Trial) {
    let (app, endpoint) = app_with_endpoint(&trial).await;
    let (other, of_other) = app_with_endpoint(&trial).await;
    let mut tasks = Vec::new();
    for (endpoint, work, end) in [
        (&endpoint, TaskWork::EndpointRecover, Some(None)),
        (&of_other, TaskWork::EndpointReplay, None),
        (&endpoint, TaskWork::EndpointRecover, None),
        (&endpoint, TaskWork::EndpointBulkReplay, Some(Some(TaskStop::EndpointDisabled))),
    ] {
        let task = begun(&trial, endpoint, work);
        created(&trial, &task).await;
        tasks.push(match end {
            Some(stopped) => {
                let end = TaskEnd { stopped, at: trial.now() };
                trial.store.end_task(task.id, end).await.expect("it is there")
            }
            None => task,
        });
    }
    let running = Some(TaskStatus::Running);
    let recover = Some(TaskWork::EndpointRecover);
    for (app, status, work, expected) in [
        (None, None, None, vec![0, 1, 2, 3]),
        (None, running, None, vec![1, 2]),
        (None, None, recover, vec![0, 2]),
        (None, running, recover, vec![2]),
        (None, Some(TaskStatus::Failed), recover, vec![]),
        (Some(app.id), None, None, vec![0, 2, 3]),
        (Some(app.id), running, None, vec![2]),
        (Some(app.id), Some(TaskStatus::Failed), None, vec![3]),
        (Some(other.id), None, recover, vec![]),
        (Some(guessed(app.id)), None, None, vec![]),
    ] {
        let page = PageQuery::first(10, Order::Ascending);
        let filter = TaskFilter { app, status, work };
        let found = trial.store.list_tasks(filter, page).await.expect("a page");
        let expected: Vec<_> = expected.into_iter().map(|at: usize| tasks[at].clone()).collect();
        assert_eq!(found.rows, expected, "{filter:?}");
    }
}
