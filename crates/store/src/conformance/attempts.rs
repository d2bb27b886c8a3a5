//! What every store must do with attempts.

use std::time::Duration;

use bytes::Bytes;
use wirepost_model::app::App;
use wirepost_model::attempt::{AttemptContent, Timing};
use wirepost_model::delivery::DeliveryState;
use wirepost_model::endpoint::Endpoint;
use wirepost_model::ids::AttemptId;
use wirepost_model::names::Channel;

use super::Trial;
use super::trial::event_type;
use crate::StoreError;
use crate::attempts::{AttemptCount, AttemptFilter, StoredAttempt};
use crate::deliveries::AttemptRecord;
use crate::page::{Order, PageQuery};

fn stored(record: &AttemptRecord) -> StoredAttempt {
    StoredAttempt { attempt: record.attempt.clone(), content: Some(record.content.clone()) }
}

pub(super) async fn an_attempt_comes_back_as_it_was_recorded(mut trial: Trial) {
    let app = trial.app().await;
    let endpoint = trial.endpoint(&app).await;
    let due = trial.accept_for(&app, [&endpoint]).await.remove(0);
    let retry = DeliveryState::Pending { due_at: trial.now() };
    let mut answered = trial.attempt(&due, retry);
    answered.attempt.duration = Duration::from_micros(1_234_567);
    answered.attempt.timing = Timing {
        dns: Some(Duration::from_micros(1)),
        connect: Some(Duration::from_millis(2)),
        tls: Some(Duration::from_secs(3)),
        first_byte: Some(Duration::ZERO),
    };
    answered.content = AttemptContent {
        signature: "v1,abc v1a,def".to_owned(),
        response_headers: Bytes::from_static(b"a: b\nc: \xff"),
        response_body: Bytes::from((0..=255).collect::<Vec<u8>>()),
    };
    trial.record(answered.clone()).await;
    let due = trial.due(endpoint.id).await.remove(0);
    let mut unanswered = trial.attempt(&due, DeliveryState::Failed);
    unanswered.attempt.status = None;
    unanswered.attempt.remote_address = None;
    unanswered.attempt.failure = Some("dns: the name \"x\" has no address".to_owned());
    trial.record(unanswered.clone()).await;
    for record in [&answered, &unanswered] {
        let found = trial.store.find_attempt(app.id, due.key.message, record.attempt.id).await;
        assert_eq!(found, Ok(stored(record)));
    }
    let unknown: AttemptId = trial.id();
    let found = trial.store.find_attempt(app.id, due.key.message, unknown).await;
    assert_eq!(found, Err(StoreError::NotFound));
    let other = trial.accept(trial.message(&app, [&endpoint])).await;
    let elsewhere = trial.store.find_attempt(app.id, other, answered.attempt.id).await;
    assert_eq!(elsewhere, Err(StoreError::NotFound));
}

pub(super) async fn an_attempt_keeps_the_url_it_was_sent_to(mut trial: Trial) {
    let app = trial.app().await;
    let endpoint = trial.endpoint(&app).await;
    let due = trial.accept_for(&app, [&endpoint]).await.remove(0);
    let mut records = Vec::new();
    for url in ["https://a.example/", "https://b.example/", "https://a.example/"] {
        let mut record = trial.attempt(&due, DeliveryState::Failed);
        record.attempt.url = url.into();
        trial.record(record.clone()).await;
        records.push(record);
    }
    for record in &records {
        let found = trial.store.find_attempt(app.id, due.key.message, record.attempt.id).await;
        assert_eq!(found, Ok(stored(record)));
    }
}

/// Messages with different labels, each attempted once, a minute apart; every second one in vain.
async fn attempted(trial: &mut Trial, app: &App, endpoint: &Endpoint) -> Vec<AttemptRecord> {
    let mut records = Vec::new();
    for (number, (name, channel, tag)) in [
        ("asset.created", "eu", "x"),
        ("asset.created", "us", "y"),
        ("asset.deleted", "eu", "y"),
        ("asset.moved", "us", "x"),
    ]
    .into_iter()
    .enumerate()
    {
        let mut message = trial.message(app, [endpoint]);
        message.message.event_type = event_type(name);
        message.message.channels = vec![Channel::parse(channel).expect("a good name")];
        message.message.tags = vec![tag.to_owned()];
        trial.accept(message).await;
        let due = trial.arrived().await.remove(0);
        let succeeded = number % 2 == 0;
        let state = if succeeded { DeliveryState::Delivered } else { DeliveryState::Failed };
        let mut record = trial.attempt(&due, state);
        if number == 3 {
            record.attempt.status = None;
        }
        trial.record(record.clone()).await;
        records.push(record);
        trial.pass(Duration::from_secs(60));
    }
    records
}

fn narrowed(narrow: impl FnOnce(&mut AttemptFilter)) -> AttemptFilter {
    let mut filter = AttemptFilter::default();
    narrow(&mut filter);
    filter
}

/// Filters, and the positions in `records` of what they let through.
fn filters(records: &[AttemptRecord]) -> Vec<(AttemptFilter, Vec<usize>)> {
    let at = |position: usize| Some(records[position].attempt.started_at);
    let types = |names: &[&str]| names.iter().map(|name| event_type(name)).collect();
    vec![
        (AttemptFilter::default(), vec![0, 1, 2, 3]),
        (narrowed(|filter| filter.succeeded = Some(true)), vec![0, 2]),
        (narrowed(|filter| filter.succeeded = Some(false)), vec![1, 3]),
        (narrowed(|filter| filter.status_class = Some(2)), vec![0, 2]),
        (narrowed(|filter| filter.status_class = Some(5)), vec![1]),
        (narrowed(|filter| filter.status_class = Some(0)), vec![3]),
        (narrowed(|filter| filter.status_class = Some(4)), vec![]),
        (narrowed(|filter| filter.event_types = types(&["asset.created"])), vec![0, 1]),
        (narrowed(|filter| filter.event_types = types(&["asset.moved", "asset.deleted"])), vec![2, 3]),
        (narrowed(|filter| filter.channel = Channel::parse("eu").ok()), vec![0, 2]),
        (narrowed(|filter| filter.tag = Some("y".to_owned())), vec![1, 2]),
        (narrowed(|filter| filter.before = at(2)), vec![0, 1]),
        (narrowed(|filter| filter.after = at(2)), vec![3]),
        (
            narrowed(|filter| {
                (filter.after, filter.before) = (at(0), at(3));
                filter.succeeded = Some(false);
            }),
            vec![1],
        ),
        (
            narrowed(|filter| {
                filter.channel = Channel::parse("us").ok();
                filter.tag = Some("x".to_owned());
            }),
            vec![3],
        ),
    ]
}

pub(super) async fn lists_keep_to_their_filter(mut trial: Trial) {
    let app = trial.app().await;
    let (endpoint, other) = (trial.endpoint(&app).await, trial.endpoint(&app).await);
    let records = attempted(&mut trial, &app, &endpoint).await;
    attempted(&mut trial, &app, &other).await;
    for (filter, expected) in filters(&records) {
        let mut expected: Vec<_> = expected.into_iter().map(|at| stored(&records[at])).collect();
        for order in [Order::Ascending, Order::Descending] {
            let page = PageQuery::first(10, order);
            let found = trial
                .store
                .list_attempts_of_endpoint(app.id, endpoint.id, filter.clone(), page)
                .await
                .expect("a page")
                .page;
            assert_eq!((found.rows, found.done), (expected.clone(), true), "{filter:?}");
            expected.reverse();
        }
    }
}

pub(super) async fn the_attempts_of_a_message_can_be_of_one_endpoint(mut trial: Trial) {
    let app = trial.app().await;
    let (first, second) = (trial.endpoint(&app).await, trial.endpoint(&app).await);
    let idle = trial.endpoint(&app).await;
    let due = trial.accept_for(&app, [&first, &second]).await;
    let mut records = Vec::new();
    for due in due.iter().cycle().take(4) {
        let record = trial.attempt(due, DeliveryState::Failed);
        trial.record(record.clone()).await;
        records.push(record);
    }
    let gone = trial.store.delete_endpoint(app.id, second.id, trial.now()).await;
    gone.expect("it is there");
    let message = due[0].key.message;
    for (endpoint, class, count) in [
        (None, None, 4),
        (Some(first.id), None, 2),
        (Some(second.id), None, 2),
        (Some(idle.id), None, 0),
        (None, Some(5), 4),
        (None, Some(2), 0),
    ] {
        let filter = AttemptFilter { status_class: class, ..AttemptFilter::default() };
        let page = PageQuery::first(10, Order::Ascending);
        let found = trial
            .store
            .list_attempts_of_message(app.id, message, endpoint, filter, page)
            .await
            .expect("a page");
        let of_endpoint = |record: &&AttemptRecord| {
            let by = record.attempt.delivery.endpoint;
            endpoint.is_none_or(|endpoint| endpoint == by) && class != Some(2)
        };
        let expected: Vec<_> = records.iter().filter(of_endpoint).map(stored).collect();
        assert_eq!(expected.len(), count);
        assert_eq!(found.rows, expected);
    }
}

pub(super) async fn the_attempts_of_an_endpoint_are_counted(mut trial: Trial) {
    let app = trial.app().await;
    let (endpoint, other) = (trial.endpoint(&app).await, trial.endpoint(&app).await);
    let records = attempted(&mut trial, &app, &endpoint).await;
    attempted(&mut trial, &app, &other).await;
    for (filter, expected) in filters(&records) {
        let found = trial.store.count_attempts_of_endpoint(app.id, endpoint.id, filter.clone(), 4).await;
        let count = u64::try_from(expected.len()).expect("few");
        assert_eq!(found, Ok(AttemptCount { count, complete: true }), "{filter:?}");
    }
    let newest_two = |filter| trial.store.count_attempts_of_endpoint(app.id, endpoint.id, filter, 2);
    let of_channel = narrowed(|filter| filter.channel = Channel::parse("eu").ok());
    assert_eq!(newest_two(of_channel).await, Ok(AttemptCount { count: 1, complete: false }));
    let old = narrowed(|filter| filter.before = Some(records[2].attempt.started_at));
    assert_eq!(newest_two(old).await, Ok(AttemptCount { count: 2, complete: true }));
    let all = newest_two(AttemptFilter::default()).await;
    assert_eq!(all, Ok(AttemptCount { count: 4, complete: true }), "the counters know");
}

pub(super) async fn an_expunged_attempt_is_empty_and_stays(mut trial: Trial) {
    let app = trial.app().await;
    let endpoint = trial.endpoint(&app).await;
    let due = trial.accept_for(&app, [&endpoint]).await.remove(0);
    let mut record = trial.attempt(&due, DeliveryState::Failed);
    record.content = AttemptContent {
        signature: "v1,abc".to_owned(),
        response_headers: Bytes::from_static(b"a: b"),
        response_body: Bytes::from_static(b"secret"),
    };
    trial.record(record.clone()).await;
    let (message, id) = (due.key.message, record.attempt.id);
    for _ in 0..2 {
        assert_eq!(trial.store.expunge_attempt_content(app.id, message, id).await, Ok(()));
        let found = trial.store.find_attempt(app.id, message, id).await;
        let content = Some(AttemptContent::default());
        assert_eq!(found, Ok(StoredAttempt { attempt: record.attempt.clone(), content }));
    }
    let elsewhere = trial.accept(trial.message(&app, [&endpoint])).await;
    let wrong = trial.store.expunge_attempt_content(app.id, elsewhere, id).await;
    assert_eq!(wrong, Err(StoreError::NotFound));
}
