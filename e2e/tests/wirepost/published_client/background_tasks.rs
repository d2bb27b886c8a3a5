//! Background tasks through the published client.

use svix::api::BackgroundTaskListOptions;
use svix::models::BackgroundTaskStatus;

use super::{Setting, status_of};

#[tokio::test]
async fn background_tasks_are_listed_by_status() {
    let setting = Setting::start().await;
    let tasks = setting.svix.background_task();
    let running = BackgroundTaskListOptions {
        status: Some(BackgroundTaskStatus::Running),
        limit: Some(10),
        ..BackgroundTaskListOptions::default()
    };
    let listed = tasks.list(Some(running)).await.expect("a list");
    assert!(listed.done && listed.data.is_empty());
    assert_eq!(status_of(tasks.get("qtask_000000000000000000000000000".to_owned()).await), 404);
}
