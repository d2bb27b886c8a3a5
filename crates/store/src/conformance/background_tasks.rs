//! What every store must do with background tasks.

use serde_json::{Map, json};
use wirepost_model::background_task::{BackgroundTask, TaskStatus, TaskWork};

use super::Trial;
use super::trial::guessed;
use crate::StoreError;
use crate::background_tasks::TaskFilter;
use crate::page::{Order, PageQuery};

/// A task that begins.
pub(super) fn begun(trial: &Trial, app: wirepost_model::ids::AppId, work: TaskWork) -> BackgroundTask {
    BackgroundTask {
        id: trial.id(),
        app,
        work,
        status: TaskStatus::Running,
        data: Map::new(),
        updated_at: trial.now(),
    }
}

pub(super) async fn a_task_is_found_as_far_as_it_has_come(trial: Trial) {
    let app = trial.app().await;
    let mut task = begun(&trial, app.id, TaskWork::EndpointRecover);
    assert_eq!(trial.store.put_task(task.clone()).await, Ok(()));
    assert_eq!(trial.store.find_task(task.id).await, Ok(task.clone()));
    trial.pass(std::time::Duration::from_secs(1));
    task.status = TaskStatus::Finished;
    task.data.insert("messagesSent".to_owned(), json!(7));
    task.updated_at = trial.now();
    assert_eq!(trial.store.put_task(task.clone()).await, Ok(()));
    assert_eq!(trial.store.find_task(task.id).await, Ok(task.clone()));
    assert_eq!(trial.store.find_task(guessed(task.id)).await, Err(StoreError::NotFound));
    let stranger = BackgroundTask { id: guessed(task.id), status: TaskStatus::Failed, ..task.clone() };
    assert_eq!(trial.store.put_task(stranger).await, Ok(()));
    assert_eq!(trial.store.find_task(task.id).await, Ok(task));
}

pub(super) async fn tasks_are_listed_by_status_and_work(trial: Trial) {
    let app = trial.app().await;
    let mut tasks = Vec::new();
    for (work, status) in [
        (TaskWork::EndpointRecover, TaskStatus::Finished),
        (TaskWork::EndpointReplay, TaskStatus::Running),
        (TaskWork::EndpointRecover, TaskStatus::Running),
        (TaskWork::EndpointBulkReplay, TaskStatus::Failed),
    ] {
        let task = BackgroundTask { status, ..begun(&trial, app.id, work) };
        trial.store.put_task(task.clone()).await.expect("the store writes");
        tasks.push(task);
    }
    let running = Some(TaskStatus::Running);
    let recover = Some(TaskWork::EndpointRecover);
    for (status, work, expected) in [
        (None, None, vec![0, 1, 2, 3]),
        (running, None, vec![1, 2]),
        (None, recover, vec![0, 2]),
        (running, recover, vec![2]),
        (Some(TaskStatus::Failed), recover, vec![]),
    ] {
        let page = PageQuery::first(10, Order::Ascending);
        let found = trial.store.list_tasks(TaskFilter { status, work }, page).await.expect("a page");
        let expected: Vec<_> = expected.into_iter().map(|at: usize| tasks[at].clone()).collect();
        assert_eq!(found.rows, expected);
    }
}
