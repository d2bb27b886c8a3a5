//! What every store must do with messages and payloads.

use std::collections::HashSet;
use std::time::Duration;

use bytes::Bytes;
use wirepost_model::app::App;
use wirepost_model::ids::MessageId;
use wirepost_model::message::{Payload, StoredMessage};
use wirepost_model::names::{Channel, Uid};

use super::Trial;
use super::trial::event_type;
use crate::StoreError;
use crate::error::Conflict;
use crate::messages::{MessageFilter, NewMessage};
use crate::page::{Order, PageQuery};

const TASKS: usize = 64;

fn stored(message: &NewMessage, payload: Payload) -> StoredMessage {
    StoredMessage { message: message.message.clone(), payload }
}

fn labelled(trial: &Trial, app: &App, name: &str, channels: &[&str], tags: &[&str]) -> NewMessage {
    let mut message = trial.message(app, []);
    message.message.event_type = event_type(name);
    let channel = |name: &&str| Channel::parse(name).expect("a good name");
    message.message.channels = channels.iter().map(channel).collect();
    message.message.tags = tags.iter().map(|&tag| tag.to_owned()).collect();
    message
}

pub(super) async fn a_message_comes_back_as_it_was_accepted(trial: Trial) {
    let app = trial.app().await;
    let mut message = labelled(&trial, &app, "asset.created", &["eu", "us"], &["a \"tag\"", "b\nc"]);
    message.message.event_id = Uid::parse("event-1").ok();
    message.message.deliver_at = Some(trial.now().plus(Duration::from_secs(60)));
    message.message.retention_hours = Some(7);
    let plain = trial.message(&app, []);
    let answers = trial.store.accept_messages(vec![message.clone(), plain.clone()]).await;
    assert_eq!(answers, Ok(vec![Ok(()), Ok(())]));
    for message in [&message, &plain] {
        let id = message.message.id.to_string();
        let whole = stored(message, Payload::Present(message.payload.clone()));
        assert_eq!(trial.store.find_message(app.id, &id, true).await, Ok(whole));
        let bare = stored(message, Payload::Omitted);
        assert_eq!(trial.store.find_message(app.id, &id, false).await, Ok(bare));
    }
    let unknown: MessageId = trial.id();
    let ids = vec![plain.message.id, unknown, message.message.id];
    let mut found = trial.store.find_messages(app.id, ids, false).await.expect("an answer");
    found.sort_by_key(|found| found.message.id);
    assert_eq!(found, [stored(&message, Payload::Omitted), stored(&plain, Payload::Omitted)]);
    let missing = trial.store.find_message(app.id, &unknown.to_string(), true).await;
    assert_eq!(missing, Err(StoreError::NotFound));
    assert_eq!(trial.store.accept_messages(Vec::new()).await, Ok(Vec::new()));
}

pub(super) async fn payloads_come_back_byte_for_byte(trial: Trial) {
    let app = trial.app().await;
    let every_byte: Vec<u8> = (0..=255).collect();
    let large = every_byte.repeat(4 * 1_024);
    for payload in [Vec::new(), vec![0], b"{\"a\" : 1.50e0, \"b\":\"\\u00e9\"}\n".to_vec(), large] {
        let mut message = trial.message(&app, []);
        message.payload = Bytes::from(payload.clone());
        let id = trial.accept(message).await;
        let found = trial.store.find_message(app.id, &id.to_string(), true).await;
        let found = found.expect("it is found").payload;
        assert_eq!(found, Payload::Present(Bytes::from(payload)));
    }
}

pub(super) async fn an_event_id_is_taken_once_in_a_batch_and_across(trial: Trial) {
    let taken = || Err(StoreError::Conflict(Conflict::EventId));
    let (app, other) = (trial.app().await, trial.app().await);
    let with_event_id = |app| {
        let mut message = trial.message(app, []);
        message.message.event_id = Uid::parse("event-1").ok();
        message
    };
    let (first, second) = (with_event_id(&app), with_event_id(&app));
    let batch = vec![trial.message(&app, []), first.clone(), second.clone(), with_event_id(&other)];
    let last = batch[3].message.id;
    let answers = trial.store.accept_messages(batch).await;
    assert_eq!(answers, Ok(vec![Ok(()), Ok(()), taken(), Ok(())]));
    let again = trial.store.accept_messages(vec![with_event_id(&app), trial.message(&app, [])]).await;
    assert_eq!(again, Ok(vec![taken(), Ok(())]));
    let ids = vec![first.message.id, second.message.id];
    let found = trial.store.find_messages(app.id, ids, false).await.expect("an answer");
    assert_eq!(found, [stored(&first, Payload::Omitted)]);
    let of_other = trial.store.find_message(other.id, "event-1", false).await;
    assert_eq!(of_other.expect("it is found").message.id, last);
}

pub(super) async fn an_event_id_finds_its_message(trial: Trial) {
    let app = trial.app().await;
    let mut message = trial.message(&app, []);
    message.message.event_id = Uid::parse("event-1").ok();
    trial.accept(message.clone()).await;
    let mut confusing = trial.message(&app, []);
    confusing.message.event_id = Uid::parse(&trial.id::<wirepost_model::ids::MessageKind>().to_string()).ok();
    trial.accept(confusing.clone()).await;
    for message in [message, confusing] {
        let event_id = message.message.event_id.clone().expect("it was given");
        let found = trial.store.find_message(app.id, event_id.as_str(), false).await;
        assert_eq!(found, Ok(stored(&message, Payload::Omitted)));
    }
    let unknown = trial.store.find_message(app.id, "event-2", false).await;
    assert_eq!(unknown, Err(StoreError::NotFound));
}

pub(super) async fn the_id_in_a_payload_finds_the_newest_message(trial: Trial) {
    let (app, other) = (trial.app().await, trial.app().await);
    let holding = |id: &str| NewMessage { payload_event_id: Some(id.to_owned()), ..trial.message(&app, []) };
    let (first, second, third) = (holding("e-1"), holding("e-1"), holding("e-2"));
    let mut named = trial.message(&app, []);
    named.message.event_id = Uid::parse("e-2").ok();
    let foreign = NewMessage { payload_event_id: Some("e-3".to_owned()), ..trial.message(&other, []) };
    let all = vec![first, second.clone(), third, named.clone(), foreign];
    trial.store.accept_messages(all).await.expect("the store writes");
    for (id, expected) in [("e-1", &second), ("e-2", &named)] {
        let found = trial.store.find_message(app.id, id, false).await;
        assert_eq!(found, Ok(stored(expected, Payload::Omitted)), "{id}");
    }
    for id in ["e-3", "e-", ""] {
        assert_eq!(trial.store.find_message(app.id, id, false).await, Err(StoreError::NotFound), "{id}");
    }
}

pub(super) async fn many_at_once_are_all_accepted(trial: Trial) {
    let app = trial.app().await;
    let endpoint = trial.endpoint(&app).await;
    let mut tasks = tokio::task::JoinSet::new();
    let mut expected = HashSet::new();
    for _ in 0..TASKS {
        let batch = vec![trial.message(&app, [&endpoint]), trial.message(&app, [&endpoint])];
        expected.extend(batch.iter().map(|message| message.message.id));
        let store = trial.store.clone();
        tasks.spawn(async move { store.accept_messages(batch).await });
    }
    while let Some(answers) = tasks.join_next().await {
        assert_eq!(answers.expect("no task panics"), Ok(vec![Ok(()), Ok(())]));
    }
    let first = PageQuery::first(2 * TASKS, Order::Ascending);
    let page = trial.store.list_messages(app.id, MessageFilter::default(), first).await;
    let page = page.expect("a page").page;
    let found: HashSet<_> = page.rows.iter().map(|found| found.message.id).collect();
    assert_eq!((found, page.done), (expected, true));
    let pending = trial.store.count_pending(endpoint.id).await;
    assert_eq!(pending, Ok(2 * TASKS as u64));
}

pub(super) async fn of_many_with_one_event_id_one_is_accepted(trial: Trial) {
    let app = trial.app().await;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..TASKS {
        let mut message = trial.message(&app, []);
        message.message.event_id = Uid::parse("event-1").ok();
        let store = trial.store.clone();
        tasks.spawn(async move { store.accept_messages(vec![message]).await });
    }
    let mut accepted = 0;
    while let Some(answers) = tasks.join_next().await {
        match &answers.expect("no task panics").expect("the store writes")[..] {
            [Ok(())] => accepted += 1,
            answer => assert_eq!(answer, [Err(StoreError::Conflict(Conflict::EventId))]),
        }
    }
    assert_eq!(accepted, 1);
}

pub(super) async fn an_expunged_payload_is_gone_and_the_message_stays(trial: Trial) {
    let app = trial.app().await;
    let message = trial.message(&app, []);
    let id = trial.accept(message.clone()).await;
    for _ in 0..2 {
        assert_eq!(trial.store.expunge_content(app.id, id).await, Ok(()));
        let found = trial.store.find_message(app.id, &id.to_string(), true).await;
        assert_eq!(found, Ok(stored(&message, Payload::Expired)));
    }
    let unknown = trial.store.expunge_content(app.id, trial.id()).await;
    assert_eq!(unknown, Err(StoreError::NotFound));
}

/// The positions in `messages` of what a list with this filter shows, oldest first.
async fn listed(trial: &Trial, app: &App, messages: &[NewMessage], filter: MessageFilter) -> Vec<usize> {
    let mut lists = Vec::new();
    for order in [Order::Ascending, Order::Descending] {
        let first = PageQuery::first(100, order);
        let page = trial.store.list_messages(app.id, filter.clone(), first).await;
        let page = page.expect("a page").page;
        assert!(page.done);
        let position = |found: &StoredMessage| {
            let id = found.message.id;
            messages.iter().position(|message| message.message.id == id)
        };
        let found: Option<Vec<_>> = page.rows.iter().map(position).collect();
        lists.push(found.expect("only what was accepted is listed"));
    }
    let (ascending, mut descending) = (lists.swap_remove(0), lists.swap_remove(0));
    descending.reverse();
    assert_eq!(ascending, descending);
    ascending
}

pub(super) async fn lists_keep_to_their_filter(trial: Trial) {
    let (app, other) = (trial.app().await, trial.app().await);
    let messages = [
        labelled(&trial, &app, "asset.created", &["eu"], &["x"]),
        labelled(&trial, &app, "asset.deleted", &["eu", "us"], &[]),
        labelled(&trial, &app, "asset.created", &["us"], &["x", "y"]),
        labelled(&trial, &app, "asset.moved", &[], &["x"]),
        labelled(&trial, &app, "asset.created.twice", &[], &["xy"]),
    ];
    let foreign = labelled(&trial, &other, "asset.created", &["eu"], &["x"]);
    let all = messages.iter().cloned().chain([foreign]).collect();
    trial.store.accept_messages(all).await.expect("the store writes");
    let types = |names: &[&str]| names.iter().map(|name| event_type(name)).collect();
    let filter = |names: &[&str], channel: Option<&str>, tag: Option<&str>| MessageFilter {
        event_types: types(names),
        channel: channel.and_then(|name| Channel::parse(name).ok()),
        tag: tag.map(str::to_owned),
        ..MessageFilter::default()
    };
    for (filter, expected) in [
        (filter(&[], None, None), vec![0, 1, 2, 3, 4]),
        (filter(&["asset.created"], None, None), vec![0, 2]),
        (filter(&["asset.moved", "asset.created", "asset.created"], None, None), vec![0, 2, 3]),
        (filter(&["asset.unknown"], None, None), vec![]),
        (filter(&[], Some("eu"), None), vec![0, 1]),
        (filter(&[], Some("e"), None), vec![]),
        (filter(&[], None, Some("x")), vec![0, 2, 3]),
        (filter(&[], Some("us"), Some("x")), vec![2]),
        (filter(&["asset.created", "asset.moved"], None, Some("x")), vec![0, 2, 3]),
        (filter(&["asset.created"], Some("us"), Some("y")), vec![2]),
        (filter(&["asset.created"], Some("us"), Some("xy")), vec![]),
    ] {
        let found = listed(&trial, &app, &messages, filter.clone()).await;
        assert_eq!(found, expected, "{filter:?}");
    }
    let with_content = MessageFilter { with_content: true, ..filter(&["asset.moved"], None, None) };
    let first = PageQuery::first(5, Order::Descending);
    let page = trial.store.list_messages(app.id, with_content, first).await.expect("a page");
    assert_eq!(page.page.rows, [stored(&messages[3], Payload::Present(messages[3].payload.clone()))]);
}

pub(super) async fn lists_by_time_exclude_their_ends(trial: Trial) {
    let app = trial.app().await;
    let mut messages = Vec::new();
    for step in [1, 1, 3_600_000, 86_400_000] {
        messages.push(labelled(&trial, &app, "asset.created", &["eu"], &[]));
        trial.pass(Duration::from_millis(step));
    }
    messages.push(labelled(&trial, &app, "asset.created", &["eu"], &[]));
    trial.store.accept_messages(messages.clone()).await.expect("the store writes");
    let at = |position: usize| Some(messages[position].message.created_at);
    for (after, before, expected) in [
        (None, at(2), vec![0, 1]),
        (at(2), None, vec![3, 4]),
        (at(0), at(4), vec![1, 2, 3]),
        (at(3), at(4), vec![]),
        (None, at(0), vec![]),
        (at(4), None, vec![]),
    ] {
        for types in [vec![], vec![event_type("asset.created"), event_type("asset.none")]] {
            for channel in [None, Channel::parse("eu").ok()] {
                let filter = MessageFilter {
                    event_types: types.clone(),
                    channel,
                    before,
                    after,
                    ..MessageFilter::default()
                };
                let found = listed(&trial, &app, &messages, filter.clone()).await;
                assert_eq!(found, expected, "{filter:?}");
            }
        }
    }
}
