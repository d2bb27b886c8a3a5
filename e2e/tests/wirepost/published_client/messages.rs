//! Messages, their attempts and a resend through the published client.

use serde_json::{Value, json};
use svix::api::{
    MessageAttemptListAttemptedMessagesOptions, MessageAttemptListByEndpointOptions,
    MessageAttemptListByMsgOptions, MessageCreateOptions, MessageGetOptions, MessageListOptions,
};
use svix::models::{
    MessageAttemptTriggerType, MessageEndpointOut, MessageIn, MessageStatus, StatusCodeClass,
};
use wirepost_e2e::answer::Answer;
use wirepost_e2e::receiver::Receiver;
use wirepost_e2e::waiting::eventually;

use super::{Setting, names, status_of};

fn payload() -> Value {
    json!({"id": 42, "nested": {"a": [1, 2.5, null]}})
}

fn wanted() -> MessageIn {
    MessageIn {
        event_id: Some("event-1".to_owned()),
        channels: Some(names(&["north"])),
        tags: Some(names(&["urgent"])),
        ..MessageIn::new("asset.created".to_owned(), payload())
    }
}

impl Setting {
    async fn send(&self) -> String {
        self.svix.message().create(self.app(), wanted(), None).await.expect("accepted").id
    }

    async fn standing(&self, message: &str) -> MessageEndpointOut {
        let attempts = self.svix.message_attempt();
        let listed = attempts.list_attempted_destinations(self.app(), message.to_owned(), None).await;
        listed.expect("a list").data.remove(0)
    }

    async fn stands_at(&self, message: &str, status: MessageStatus) {
        let look = async || (self.standing(message).await.status == status).then_some(());
        eventually(&format!("the status {status}"), look).await;
    }

    /// A message that failed twice and was delivered by hand, and its endpoint.
    async fn resent(&self, receiver: &Receiver) -> (String, String) {
        let endpoint = self.endpoint(&receiver.url()).await;
        let message = self.send().await;
        self.stands_at(&message, MessageStatus::Fail).await;
        let attempts = self.svix.message_attempt();
        let resent = attempts.resend(self.app(), message.clone(), endpoint.clone(), None);
        resent.await.expect("resent");
        self.stands_at(&message, MessageStatus::Success).await;
        (message, endpoint)
    }
}

async fn refusing_twice() -> Receiver {
    Receiver::answering(|received| Answer::status(if received.number <= 2 { 500 } else { 200 })).await
}

#[tokio::test]
async fn a_message_is_sent_found_listed_and_its_content_deleted() {
    let setting = Setting::start().await;
    let messages = setting.svix.message();
    let shown = MessageCreateOptions { with_content: Some(true), ..MessageCreateOptions::default() };
    let sent = messages.create(setting.app(), wanted(), Some(shown)).await.expect("accepted");
    assert_eq!((&sent.payload, sent.event_id.as_deref()), (&payload(), Some("event-1")));
    assert_eq!((&sent.channels, &sent.tags), (&wanted().channels, &wanted().tags));
    assert_eq!(status_of(messages.create(setting.app(), wanted(), None).await), 409);
    let get = async |id: &str| {
        let options = MessageGetOptions { with_content: Some(true) };
        messages.get(setting.app(), id.to_owned(), Some(options)).await.expect("found")
    };
    assert_eq!(get("event-1").await, get(&sent.id).await);
    assert_eq!(get("event-1").await.payload, payload());
    let filtered = async |tag: &str| {
        let options = MessageListOptions {
            tag: Some(tag.to_owned()),
            channel: Some("north".to_owned()),
            event_types: Some(names(&["asset.created", "asset.deleted"])),
            ..MessageListOptions::default()
        };
        messages.list(setting.app(), Some(options)).await.expect("a list").data
    };
    assert_eq!((filtered("urgent").await.len(), filtered("calm").await.len()), (1, 0));
    messages.expunge_content(setting.app(), sent.id.clone()).await.expect("expunged");
    assert_eq!(get(&sent.id).await.payload, json!({"expired": true}));
}

#[tokio::test]
async fn a_failed_message_is_resent_and_stands_as_delivered() {
    let setting = Setting::start().await;
    let receiver = refusing_twice().await;
    let (message, endpoint) = setting.resent(&receiver).await;
    assert_eq!(setting.standing(&message).await.id, endpoint);
    assert!(receiver.received().iter().all(|one| one.webhook_id() == message));
    let stats = setting.svix.endpoint().get_stats(setting.app(), endpoint, None).await.expect("stats");
    assert_eq!((stats.success, stats.pending, stats.sending), (1, 0, 0));
}

#[tokio::test]
async fn a_raw_payload_reaches_the_receiver_as_it_is() {
    let setting = Setting::start().await;
    let receiver = Receiver::accepting().await;
    setting.endpoint(&receiver.url()).await;
    let text = "{ \"n\":1.50,\t\"s\":\"\\u00e9\" }";
    let raw = |text: &str| MessageIn::new_raw_payload("asset.created".to_owned(), text.to_owned());
    let messages = setting.svix.message();
    let wanted = raw(text).with_content_type("application/json".to_owned());
    let sent = messages.create(setting.app(), wanted, None).await.expect("accepted");
    let received = receiver.wait_for(1).await.remove(0);
    assert_eq!((received.webhook_id(), &received.body[..]), (sent.id.as_str(), text.as_bytes()));
    let other_type = raw("<n/>").with_content_type("text/xml".to_owned());
    for refused in [raw("[1]"), other_type] {
        assert_eq!(status_of(messages.create(setting.app(), refused, None).await), 422);
    }
}

#[tokio::test]
async fn attempts_are_listed_by_message_and_endpoint_filtered_and_found() {
    let setting = Setting::start().await;
    let receiver = refusing_twice().await;
    let (message, endpoint) = setting.resent(&receiver).await;
    let attempts = setting.svix.message_attempt();
    let listed = attempts.list_by_msg(setting.app(), message.clone(), None).await.expect("a list").data;
    let codes: Vec<i16> = listed.iter().map(|one| one.response_status_code).collect();
    assert_eq!(codes, [200, 500, 500], "newest first");
    assert_eq!(listed[0].trigger_type, MessageAttemptTriggerType::Manual);
    let failed = MessageAttemptListByMsgOptions {
        status: Some(MessageStatus::Fail),
        endpoint_id: Some(endpoint.clone()),
        ..MessageAttemptListByMsgOptions::default()
    };
    let failed =
        attempts.list_by_msg(setting.app(), message.clone(), Some(failed)).await.expect("a list").data;
    assert_eq!(failed.len(), 2);
    let one = attempts.get(setting.app(), message.clone(), failed[0].id.clone(), None).await.expect("found");
    assert_eq!((one.status, one.response_status_code), (MessageStatus::Fail, 500));
    let succeeded = MessageAttemptListByEndpointOptions {
        status_code_class: Some(StatusCodeClass::Code2xx),
        with_msg: Some(true),
        with_content: Some(true),
        ..MessageAttemptListByEndpointOptions::default()
    };
    let succeeded =
        attempts.list_by_endpoint(setting.app(), endpoint, Some(succeeded)).await.expect("a list").data;
    assert_eq!(succeeded.len(), 1);
    assert_eq!(succeeded[0].msg.as_ref().map(|message| &message.payload), Some(&payload()));
}

#[tokio::test]
async fn messages_of_an_endpoint_are_listed_and_an_attempts_content_ends() {
    let setting = Setting::start().await;
    let receiver = Receiver::accepting().await;
    let endpoint = setting.endpoint(&receiver.url()).await;
    let message = setting.send().await;
    setting.stands_at(&message, MessageStatus::Success).await;
    let attempts = setting.svix.message_attempt();
    let listed = async |channel: &str| {
        let options = MessageAttemptListAttemptedMessagesOptions {
            channel: Some(channel.to_owned()),
            status: Some(MessageStatus::Success),
            with_content: Some(true),
            ..MessageAttemptListAttemptedMessagesOptions::default()
        };
        let listed = attempts.list_attempted_messages(setting.app(), endpoint.clone(), Some(options)).await;
        listed.expect("a list").data
    };
    let there = listed("north").await;
    assert_eq!((there.len(), &there[0].id, &there[0].payload), (1, &message, &payload()));
    assert!(listed("south").await.is_empty());
    let made =
        attempts.list_by_msg(setting.app(), message.clone(), None).await.expect("a list").data.remove(0);
    let expunged = attempts.expunge_content(setting.app(), message.clone(), made.id.clone());
    expunged.await.expect("expunged");
    let left = attempts.get(setting.app(), message, made.id.clone(), None).await.expect("found");
    assert_eq!((left.id, left.response_status_code), (made.id, 204));
}
