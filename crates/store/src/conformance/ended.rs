//! What every store must do with tokens and background tasks that ended long ago.

use std::time::Duration;

use wirepost_model::background_task::{BackgroundTask, TaskStatus, TaskStop, TaskWork};
use wirepost_model::timestamp::Timestamp;
use wirepost_model::token::{Scope, Token};

use super::Trial;
use super::background_tasks::{begun, created};
use super::tokens::token;
use crate::background_tasks::{TaskEnd, TaskFilter};
use crate::page::{Order, PageQuery};

async fn tokens(trial: &Trial) -> Vec<u8> {
    let page = trial.store.list_tokens(None, PageQuery::first(100, Order::Ascending)).await;
    page.expect("a page").rows.iter().map(|token| token.hash[0]).collect()
}

/// The tokens of this trial: each with its first byte, and when it expires and was revoked.
async fn put_all(trial: &Trial, wanted: &[(u8, Option<Timestamp>, Option<Timestamp>)]) {
    for &(byte, expires_at, revoked_at) in wanted {
        let token = Token { expires_at, revoked_at, ..token(trial, byte, Scope::Organisation) };
        trial.store.put_token(token).await.expect("it is put");
    }
}

pub(super) async fn tokens_are_forgotten_once_they_ended_long_ago(trial: Trial) {
    let (old, now) = (trial.now(), trial.now().plus(Duration::from_secs(60)));
    let older = old.minus(Duration::from_secs(1));
    let wanted = [
        (1, None, None),
        (2, Some(old), None),
        (3, None, Some(old)),
        (4, Some(now), Some(old)),
        (5, Some(old), Some(now)),
        (6, Some(now), None),
        (7, None, Some(now)),
        (8, Some(older), None),
        (9, None, None),
    ];
    put_all(&trial, &wanted).await;
    assert_eq!(trial.store.forget_tokens(old, 100).await, Ok(1), "the others ended at that instant or later");
    assert_eq!(tokens(&trial).await, [1, 2, 3, 4, 5, 6, 7, 9]);
    assert_eq!(trial.store.forget_tokens(now, 100).await, Ok(4));
    assert_eq!(tokens(&trial).await, [1, 6, 7, 9]);
}

pub(super) async fn tokens_are_forgotten_step_by_step_the_oldest_end_first(trial: Trial) {
    let at = |seconds| Some(trial.now().plus(Duration::from_secs(seconds)));
    let wanted = [(1, at(3), None), (2, None, at(1)), (3, at(2), None), (4, None, at(4)), (5, None, None)];
    put_all(&trial, &wanted).await;
    let late = trial.now().plus(Duration::from_secs(60));
    assert_eq!(trial.store.forget_tokens(late, 2).await, Ok(2));
    assert_eq!(tokens(&trial).await, [1, 4, 5]);
    for expected in [2, 0] {
        assert_eq!(trial.store.forget_tokens(late, 2).await, Ok(expected));
    }
}

async fn tasks(trial: &Trial) -> Vec<BackgroundTask> {
    let page = trial.store.list_tasks(TaskFilter::default(), PageQuery::first(100, Order::Ascending)).await;
    page.expect("a page").rows
}

pub(super) async fn tasks_are_forgotten_once_they_ended_long_ago(trial: Trial) {
    let app = trial.app().await;
    let endpoint = trial.endpoint(&app).await;
    let mut made = Vec::new();
    for stopped in [None, Some(TaskStop::Canceled), None, None, None] {
        let task = begun(&trial, &endpoint, TaskWork::EndpointRecover);
        created(&trial, &task).await;
        made.push((task.id, stopped));
    }
    // The first two end long ago and the third now; the others go on, however old they are.
    let ends = [0, 1, 60].map(|seconds| trial.now().plus(Duration::from_secs(seconds)));
    for ((id, stopped), at) in made.iter().zip(ends) {
        trial.store.end_task(*id, TaskEnd { stopped: *stopped, at }).await.expect("it is there");
    }
    assert_eq!(trial.store.forget_tasks(ends[0], 100).await, Ok(0), "none ended before");
    for expected in [1, 1, 0] {
        assert_eq!(trial.store.forget_tasks(ends[2], 1).await, Ok(expected));
    }
    let left: Vec<_> = tasks(&trial).await.into_iter().map(|task| (task.id, task.status)).collect();
    let (finished, running) = (TaskStatus::Finished, TaskStatus::Running);
    assert_eq!(left, [(made[2].0, finished), (made[3].0, running), (made[4].0, running)]);
}

pub(super) async fn what_has_the_highest_key_stays(trial: Trial) {
    let app = trial.app().await;
    let endpoint = trial.endpoint(&app).await;
    let late = trial.now().plus(Duration::from_secs(60));
    for _ in 0..2 {
        let task = begun(&trial, &endpoint, TaskWork::EndpointRecover);
        created(&trial, &task).await;
        let end = TaskEnd { stopped: None, at: trial.now() };
        trial.store.end_task(task.id, end).await.expect("it is there");
    }
    let highest = trial.store.highest_key().await;
    assert_eq!(trial.store.forget_tasks(late, 100).await, Ok(1));
    assert_eq!(trial.store.highest_key().await, highest);
    put_all(&trial, &[(1, Some(trial.now()), None), (2, None, Some(trial.now()))]).await;
    let highest = trial.store.highest_key().await;
    assert_eq!(trial.store.forget_tokens(late, 100).await, Ok(1));
    assert_eq!((trial.store.highest_key().await, tokens(&trial).await), (highest, vec![2]));
}
