//! What every list must do: pages of both orders, forwards and backwards, with neither gap nor double.

use std::fmt::Debug;

use wirepost_model::attempt::Attempt;
use wirepost_model::background_task::{TaskStatus, TaskWork};
use wirepost_model::delivery::{DeliveryState, DeliveryStatus};
use wirepost_model::feature_flags::FeatureFlags;
use wirepost_model::token::Scope;

use super::Trial;
use super::background_tasks::{begun, created};
use super::event_types::described;
use super::pulses::{raised, saved};
use super::trial::event_type;
use crate::StoreResult;
use crate::attempts::AttemptFilter;
use crate::background_tasks::TaskFilter;
use crate::endpoint_messages::EndpointMessageFilter;
use crate::messages::MessageFilter;
use crate::page::{From, Order, Page, PageQuery};

/// Rows of each list: no multiple of the limit, and one.
const ROWS: usize = 7;

/// Walks a list whose keys are `keys`, lowest first, in every way.
async fn walk_all_ways<K, T, F>(keys: Vec<K>, list: impl Fn(PageQuery<K>) -> F, key_of: impl Fn(&T) -> K)
where
    K: Clone + PartialEq + Debug,
    F: Future<Output = StoreResult<Page<T>>>,
{
    assert_eq!(keys.len(), ROWS);
    for order in [Order::Ascending, Order::Descending] {
        let mut expected = keys.clone();
        if order == Order::Descending {
            expected.reverse();
        }
        for limit in [1, 3, ROWS, ROWS + 1] {
            let keys_of = |page: &Page<T>| page.rows.iter().map(&key_of).collect::<Vec<_>>();
            let mut from = From::Start;
            for (number, chunk) in expected.chunks(limit).enumerate() {
                let page = list(PageQuery { limit, order, from }).await.expect("a page");
                assert_eq!(keys_of(&page), chunk);
                assert_eq!(page.done, (number + 1) * limit >= ROWS, "{order:?} {limit} {number}");
                from = From::After(chunk[chunk.len() - 1].clone());
            }
            let page = list(PageQuery { limit, order, from }).await.expect("a page");
            assert!(page.rows.is_empty() && page.done);

            let mut before = ROWS - 1;
            loop {
                let from = From::Before(expected[before].clone());
                let page = list(PageQuery { limit, order, from }).await.expect("a page");
                let start = before.saturating_sub(limit);
                assert_eq!(keys_of(&page), expected[start..before]);
                assert_eq!(page.done, start == 0, "{order:?} {limit} before {before}");
                if start == 0 {
                    break;
                }
                before = start;
            }
        }
    }
}

pub(super) async fn apps_page_both_ways(trial: Trial) {
    let mut keys = Vec::new();
    for number in 0..=ROWS {
        let app = trial.app().await;
        if number == 2 {
            trial.store.delete_app(app.id, trial.now()).await.expect("it is there");
        } else {
            keys.push(app.id.key());
        }
    }
    walk_all_ways(keys, |page| trial.store.list_apps(page), |app| app.id.key()).await;
}

pub(super) async fn tokens_page_both_ways(trial: Trial) {
    let mut keys = Vec::new();
    for byte in 0..u8::try_from(ROWS).expect("there are few") {
        let token = super::tokens::token(&trial, byte, Scope::Organisation);
        keys.push(token.id.key());
        trial.store.put_token(token).await.expect("it is put");
    }
    walk_all_ways(keys, |page| trial.store.list_tokens(None, page), |token| token.id.key()).await;
}

pub(super) async fn endpoints_page_both_ways(trial: Trial) {
    let (app, other) = (trial.app().await, trial.app().await);
    let mut keys = Vec::new();
    for number in 0..=ROWS {
        let endpoint = trial.endpoint(&app).await;
        trial.endpoint(&other).await;
        if number == 2 {
            let gone = trial.store.delete_endpoint(app.id, endpoint.id, trial.now()).await;
            gone.expect("it is there");
        } else {
            keys.push(endpoint.id.key());
        }
    }
    let list = |page| trial.store.list_endpoints(app.id, page);
    walk_all_ways(keys, list, |endpoint| endpoint.id.key()).await;
}

pub(super) async fn event_types_page_both_ways(trial: Trial) {
    let names: Vec<_> = (0..ROWS).map(|number| format!("asset.n{number}")).collect();
    let mut put: Vec<_> = names.iter().map(|name| described(&trial, name)).collect();
    let mut archived = described(&trial, "asset.n3x");
    archived.archived = true;
    put.push(archived);
    trial.store.put_event_types(put).await.expect("they are put");
    let list = |page| trial.store.list_event_types(false, FeatureFlags::default(), page);
    walk_all_ways(names, list, |found| found.name.as_str().to_owned()).await;
}

/// Accepts messages of three types in turn, every one with a tag and a neighbour without.
async fn accept_some(trial: &Trial, filter: MessageFilter) {
    let (app, other) = (trial.app().await, trial.app().await);
    let mut keys = Vec::new();
    for name in ["asset.a", "asset.b", "asset.c"].iter().cycle() {
        let mut message = trial.message(&app, []);
        message.message.event_type = event_type(name);
        message.message.tags = vec!["x".to_owned()];
        let wanted =
            filter.event_types.is_empty() || filter.event_types.contains(&message.message.event_type);
        let id = trial.accept(message).await;
        if filter.tag.is_some() {
            trial.accept(trial.message(&app, [])).await;
        }
        trial.accept(trial.message(&other, [])).await;
        if wanted {
            keys.push(id.key());
        }
        if keys.len() == ROWS {
            break;
        }
    }
    let list = async |page| Ok(trial.store.list_messages(app.id, filter.clone(), page).await?.page);
    walk_all_ways(keys, list, |found| found.message.id.key()).await;
}

pub(super) async fn messages_page_both_ways(trial: Trial) {
    accept_some(&trial, MessageFilter::default()).await;
}

pub(super) async fn messages_of_several_types_page_both_ways(trial: Trial) {
    let filter = MessageFilter {
        event_types: vec![event_type("asset.a"), event_type("asset.c")],
        ..MessageFilter::default()
    };
    accept_some(&trial, filter).await;
}

pub(super) async fn messages_of_a_tag_page_both_ways(trial: Trial) {
    let filter = MessageFilter { tag: Some("x".to_owned()), ..MessageFilter::default() };
    accept_some(&trial, filter).await;
}

fn key_of_attempt(attempt: &Attempt) -> i64 {
    attempt.id.key()
}

pub(super) async fn attempts_of_an_endpoint_page_both_ways(mut trial: Trial) {
    let app = trial.app().await;
    let (endpoint, other) = (trial.endpoint(&app).await, trial.endpoint(&app).await);
    let mut keys = Vec::new();
    for _ in 0..ROWS {
        for due in trial.accept_for(&app, [&endpoint, &other]).await {
            let record = trial.attempt(&due, DeliveryState::Failed);
            if due.key.endpoint == endpoint.id {
                keys.push(key_of_attempt(&record.attempt));
            }
            trial.record(record).await;
        }
    }
    for succeeded in [None, Some(false)] {
        let filter = AttemptFilter { succeeded, ..AttemptFilter::default() };
        let list = async |page| {
            let look = trial.store.list_attempts_of_endpoint(app.id, endpoint.id, filter.clone(), page);
            Ok(look.await?.page)
        };
        walk_all_ways(keys.clone(), list, |found| key_of_attempt(&found.attempt)).await;
    }
}

pub(super) async fn attempts_of_a_message_page_both_ways(mut trial: Trial) {
    let app = trial.app().await;
    let (endpoint, other) = (trial.endpoint(&app).await, trial.endpoint(&app).await);
    let due = trial.accept_for(&app, [&endpoint, &other]).await;
    let mut keys = Vec::new();
    for due in due.iter().cycle().take(ROWS) {
        let record = trial.attempt(due, DeliveryState::Failed);
        keys.push(key_of_attempt(&record.attempt));
        trial.record(record).await;
    }
    let list = |page| {
        let all = AttemptFilter::default();
        trial.store.list_attempts_of_message(app.id, due[0].key.message, None, all, page)
    };
    walk_all_ways(keys, list, |found| key_of_attempt(&found.attempt)).await;
}

pub(super) async fn pulses_page_both_ways(trial: Trial) {
    let (app, other) = (trial.app().await, trial.app().await);
    let mut keys = Vec::new();
    for number in 0..ROWS {
        keys.push(saved(&trial, &app, &number.to_string()).await.id.key());
        saved(&trial, &other, &number.to_string()).await;
    }
    let list = |page| trial.store.list_pulses(app.id, false, page);
    walk_all_ways(keys, list, |pulse| pulse.id.key()).await;
}

pub(super) async fn raises_page_both_ways(trial: Trial) {
    let app = trial.app().await;
    let (one, other) = (saved(&trial, &app, "one").await, saved(&trial, &app, "other").await);
    let mut keys = Vec::new();
    for _ in 0..ROWS {
        keys.push(raised(&trial, &app, &one).await.id.key());
        raised(&trial, &app, &other).await;
    }
    let list = |page| trial.store.list_raises(app.id, Some(one.id), page);
    walk_all_ways(keys, list, |raise| raise.id.key()).await;
}

pub(super) async fn messages_of_an_endpoint_page_both_ways(mut trial: Trial) {
    let app = trial.app().await;
    let (endpoint, other) = (trial.endpoint(&app).await, trial.endpoint(&app).await);
    let mut keys = Vec::new();
    for number in 0..=ROWS {
        let due = trial.accept_for(&app, [&endpoint]).await.remove(0);
        trial.accept_for(&app, [&other]).await;
        let state = if number == 2 { DeliveryState::Delivered } else { DeliveryState::Failed };
        trial.record_now(&due, state).await;
        if number != 2 {
            keys.push(due.key.message.key());
        }
    }
    let filter =
        EndpointMessageFilter { statuses: vec![DeliveryStatus::Failed], ..EndpointMessageFilter::default() };
    let list = |page| trial.store.list_messages_of_endpoint(app.id, endpoint.id, filter.clone(), page);
    walk_all_ways(keys, list, |row| row.stored.message.id.key()).await;
}

pub(super) async fn tasks_page_both_ways(trial: Trial) {
    let app = trial.app().await;
    let endpoint = trial.endpoint(&app).await;
    let mut keys = Vec::new();
    for _ in 0..ROWS {
        let task = begun(&trial, &endpoint, TaskWork::EndpointReplay);
        keys.push(task.id.key());
        created(&trial, &task).await;
    }
    for (app, status) in [
        (None, None),
        (None, Some(TaskStatus::Running)),
        (Some(app.id), None),
        (Some(app.id), Some(TaskStatus::Running)),
    ] {
        let list = |page| trial.store.list_tasks(TaskFilter { app, status, work: None }, page);
        walk_all_ways(keys.clone(), list, |task| task.id.key()).await;
    }
}
