//! Background tasks through the published client.

use serde_json::{Value, json};
use svix::api::BackgroundTaskListOptions;
use svix::models::{BackgroundTaskStatus, BackgroundTaskType, MessageIn, MessageStatus};
use wirepost_e2e::answer::Answer;
use wirepost_e2e::receiver::Receiver;
use wirepost_e2e::waiting::eventually;

use super::{Setting, part, status_of};

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

impl Setting {
    /// What a task did, once it is done.
    async fn ended(&self, begun: String) -> (BackgroundTaskType, Value) {
        let look = async || {
            let task = self.svix.background_task().get(begun.clone()).await.expect("it is there");
            (task.status == BackgroundTaskStatus::Finished).then_some((task.task, task.data))
        };
        let (work, data) = eventually("the end of the task", look).await;
        (work, json!(data)["messagesSent"].clone())
    }

    async fn stands_once_at(&self, message: &str, status: MessageStatus) {
        let attempts = self.svix.message_attempt();
        let look = async || {
            let listed = attempts.list_attempted_destinations(self.app(), message.to_owned(), None).await;
            (listed.expect("a list").data[0].status == status).then_some(())
        };
        eventually(&format!("the status {status}"), look).await;
    }
}

#[tokio::test]
async fn what_failed_is_recovered_and_the_rest_is_sent_again() {
    let setting = Setting::start().await;
    let refuses = |received: &wirepost_e2e::receiver::Received| {
        Answer::status(if received.number <= 2 { 500 } else { 200 })
    };
    let receiver = Receiver::answering(refuses).await;
    let endpoint = setting.endpoint(&receiver.url()).await;
    let wanted = MessageIn::new("asset.created".to_owned(), json!({"n": 1}));
    let sent = setting.svix.message().create(setting.app(), wanted, None).await.expect("accepted");
    setting.stands_once_at(&sent.id, MessageStatus::Fail).await;
    let since = json!(sent.timestamp);
    let endpoints = setting.svix.endpoint();
    let window = part(json!({"since": since}));
    let begun = endpoints.recover(setting.app(), endpoint.clone(), window, None).await.expect("begun");
    assert_eq!(setting.ended(begun.id).await, (BackgroundTaskType::EndpointRecover, json!(1)));
    setting.stands_once_at(&sent.id, MessageStatus::Success).await;
    let window = part(json!({"since": since}));
    let begun = endpoints.replay_missing(setting.app(), endpoint.clone(), window, None).await.expect("begun");
    assert_eq!(setting.ended(begun.id).await, (BackgroundTaskType::EndpointReplay, json!(0)));
    let filter = part(json!({"since": since, "status": 0, "eventTypes": ["asset.created"]}));
    let begun = endpoints.bulk_replay(setting.app(), endpoint, filter, None).await.expect("begun");
    assert_eq!(setting.ended(begun.id).await, (BackgroundTaskType::EndpointBulkReplay, json!(1)));
    let received = receiver.wait_for(4).await;
    assert!(received.iter().all(|request| request.webhook_id() == sent.id));
}
