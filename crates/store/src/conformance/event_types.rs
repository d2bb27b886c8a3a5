//! What every store must do with the catalogue of event types.

use std::time::Duration;

use wirepost_model::event_type::EventType;
use wirepost_model::feature_flags::FeatureFlags;
use wirepost_model::names::EventTypeName;
use wirepost_model::payload_validation::PayloadValidation;

use super::Trial;
use super::tokens::only;
use super::trial::event_type;
use crate::StoreError;
use crate::error::Conflict;
use crate::page::{From, Order, PageQuery};

/// An event type that is not in the store yet.
pub(super) fn described(trial: &Trial, name: &str) -> EventType {
    EventType {
        name: event_type(name),
        description: format!("What {name} \"means\""),
        archived: false,
        deprecated: false,
        schemas: None,
        feature_flag: None,
        group_name: None,
        payload_validation: PayloadValidation::Off,
        created_at: trial.now(),
        updated_at: trial.now(),
    }
}

pub(super) async fn an_event_type_is_created_once(trial: Trial) {
    let mut created = described(&trial, "asset.created");
    created.schemas = serde_json::from_str(r#"{"1": {"examples": [{"price": 1.5}]}}"#).ok();
    created.feature_flag = Some("beta".to_owned());
    created.group_name = Some("Assets".to_owned());
    created.deprecated = true;
    created.payload_validation = PayloadValidation::Warn;
    assert_eq!(trial.store.create_event_type(created.clone()).await, Ok(()));
    assert_eq!(trial.store.find_event_type(&created.name).await, Ok(created.clone()));
    let taken = Err(StoreError::Conflict(Conflict::EventType));
    let again = described(&trial, "asset.created");
    assert_eq!(trial.store.create_event_type(again.clone()).await, taken);
    assert_eq!(trial.store.find_event_type(&created.name).await, Ok(created.clone()));

    created.archived = true;
    assert_eq!(trial.store.put_event_types(vec![created.clone()]).await, Ok(()));
    assert_eq!(trial.store.create_event_type(again.clone()).await, taken);
    assert_eq!(trial.store.remove_event_type(&created.name).await, Ok(()));
    let gone = Err(StoreError::NotFound);
    assert_eq!(trial.store.remove_event_type(&created.name).await, gone);
    let found = trial.store.find_event_type(&created.name).await;
    assert_eq!(found, Err(StoreError::NotFound));
    assert_eq!(trial.store.create_event_type(again).await, Ok(()));
}

pub(super) async fn putting_replaces_all_but_the_creation(trial: Trial) {
    let first = described(&trial, "asset.created");
    trial.store.create_event_type(first.clone()).await.expect("it is created");
    trial.pass(Duration::from_secs(1));
    let mut replaced = described(&trial, "asset.created");
    replaced.description = "Replaced".to_owned();
    replaced.group_name = Some("Assets".to_owned());
    replaced.payload_validation = PayloadValidation::Enforce;
    let added = described(&trial, "asset.deleted");
    let put = trial.store.put_event_types(vec![replaced.clone(), added.clone()]).await;
    assert_eq!(put, Ok(()));
    replaced.created_at = first.created_at;
    assert_eq!(trial.store.find_event_type(&first.name).await, Ok(replaced));
    assert_eq!(trial.store.find_event_type(&added.name).await, Ok(added));
}

pub(super) async fn archived_ones_are_listed_only_on_request(trial: Trial) {
    let shown = described(&trial, "asset.created");
    let mut hidden = described(&trial, "asset.archived");
    hidden.archived = true;
    let all = vec![shown.clone(), hidden.clone()];
    trial.store.put_event_types(all).await.expect("they are put");
    let first = || PageQuery::first(10, Order::Ascending);
    let page = trial.store.list_event_types(false, FeatureFlags::default(), first()).await.expect("a page");
    assert_eq!(page.rows, std::slice::from_ref(&shown));
    let page = trial.store.list_event_types(true, FeatureFlags::default(), first()).await.expect("a page");
    assert_eq!(page.rows, [hidden, shown]);
}

pub(super) async fn known_ones_are_told_from_unknown_ones(trial: Trial) {
    let mut archived = described(&trial, "asset.archived");
    archived.archived = true;
    let put = vec![described(&trial, "asset.created"), archived];
    trial.store.put_event_types(put).await.expect("they are put");
    let asked = ["asset.unknown", "asset.created", "asset.archived"].map(event_type);
    let all = FeatureFlags::default();
    let known = trial.store.known_event_types(asked.to_vec(), all.clone()).await;
    let mut known = known.expect("an answer");
    known.sort();
    assert_eq!(known, ["asset.archived", "asset.created"].map(event_type));
    let none: Vec<EventTypeName> = Vec::new();
    assert_eq!(trial.store.known_event_types(none.clone(), all).await, Ok(none));
}

pub(super) async fn flags_show_what_is_behind_them(trial: Trial) {
    let behind = |name: &str, flag: Option<&str>| EventType {
        feature_flag: flag.map(str::to_owned),
        ..described(&trial, name)
    };
    let put = [("a.open", None), ("b.alpha", Some("alpha")), ("c.beta", Some("beta")), ("d.open", None)]
        .map(|(name, flag)| behind(name, flag))
        .to_vec();
    trial.store.put_event_types(put).await.expect("they are put");
    let names = ["a.open", "b.alpha", "c.beta", "d.open"].map(event_type);
    for (flags, shown) in [
        (FeatureFlags::default(), vec![0, 1, 2, 3]),
        (only(&[]), vec![0, 3]),
        (only(&["beta"]), vec![0, 2, 3]),
        (only(&["beta", "alpha", "gamma"]), vec![0, 1, 2, 3]),
    ] {
        let expected: Vec<_> = shown.into_iter().map(|at: usize| names[at].clone()).collect();
        let known = trial.store.known_event_types(names.to_vec(), flags.clone()).await;
        assert_eq!(known.as_deref(), Ok(&expected[..]), "{flags:?}");
        let page = |from| PageQuery { from, ..PageQuery::first(2, Order::Ascending) };
        let first = trial.store.list_event_types(false, flags.clone(), page(From::Start)).await;
        let mut listed = first.expect("a page");
        assert_eq!((listed.rows.len(), listed.done), (2, expected.len() == 2), "pages are full: {flags:?}");
        let from = From::After(listed.rows[1].name.to_string());
        let second = trial.store.list_event_types(false, flags.clone(), page(from)).await;
        listed.rows.extend(second.expect("a page").rows);
        let listed: Vec<_> = listed.rows.into_iter().map(|event_type| event_type.name).collect();
        assert_eq!(listed, expected, "{flags:?}");
    }
}

pub(super) async fn the_strictest_payload_validation_is_told(trial: Trial) {
    assert_eq!(trial.store.strictest_payload_validation().await, Ok(PayloadValidation::Off));
    let mut warned = described(&trial, "asset.created");
    trial.store.put_event_types(vec![warned.clone()]).await.expect("it is put");
    assert_eq!(trial.store.strictest_payload_validation().await, Ok(PayloadValidation::Off));
    warned.payload_validation = PayloadValidation::Warn;
    trial.store.put_event_types(vec![warned.clone()]).await.expect("it is put");
    assert_eq!(trial.store.strictest_payload_validation().await, Ok(PayloadValidation::Warn));
    let mut enforced = described(&trial, "asset.deleted");
    enforced.payload_validation = PayloadValidation::Enforce;
    trial.store.create_event_type(enforced.clone()).await.expect("it is created");
    assert_eq!(trial.store.strictest_payload_validation().await, Ok(PayloadValidation::Enforce));
    trial.store.remove_event_type(&enforced.name).await.expect("it is removed");
    assert_eq!(trial.store.strictest_payload_validation().await, Ok(PayloadValidation::Warn));
}
