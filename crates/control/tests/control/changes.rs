//! Changes that meet other changes, and changes whose callers go away.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use wirepost_control::ControlError;
use wirepost_control::apps::AppChanges;
use wirepost_control::change::Change;
use wirepost_control::endpoint_draft::EndpointChanges;
use wirepost_model::endpoint::{Disabled, DisabledReason};
use wirepost_model::timestamp::Timestamp;
use wirepost_store::Store;
use wirepost_store::apps::Apps;
use wirepost_store::deliveries::{Deliveries, HealthChange};

use crate::rig::{Rig, endpoint_draft};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_of_different_fields_at_the_same_time_are_all_kept() {
    let rig = Rig::start();
    let access = rig.app("acme").await;
    rig.endpoint(&access, "main").await;
    let described =
        EndpointChanges { description: Change::Set("described".into()), ..EndpointChanges::default() };
    let limited = EndpointChanges { throttle_rate: Change::Set(Some(7)), ..EndpointChanges::default() };
    let noted = EndpointChanges {
        metadata: Change::Set(BTreeMap::from([("a".into(), "b".into())])),
        ..EndpointChanges::default()
    };
    let headers = BTreeMap::from([("x-a".to_owned(), Some("1".to_owned()))]);
    let (one, two, three, four) = tokio::join!(
        rig.control.change_endpoint(&access, "main", described),
        rig.control.change_endpoint(&access, "main", limited),
        rig.control.change_endpoint(&access, "main", noted),
        rig.control.change_endpoint_headers(&access, "main", headers),
    );
    for outcome in [one.map(drop), two.map(drop), three.map(drop), four] {
        assert_eq!(outcome, Ok(()));
    }
    let endpoint = rig.control.find_endpoint(&access, "main").await.expect("it is there");
    assert_eq!((endpoint.description.as_str(), endpoint.throttle_rate), ("described", Some(7)));
    assert_eq!((endpoint.metadata.len(), endpoint.headers.0.len()), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_of_an_app_within_one_millisecond_are_all_kept() {
    let rig = Rig::start();
    let access = rig.app("acme").await;
    let id = access.id().to_string();
    let named = AppChanges { name: Change::Set("named".into()), ..AppChanges::default() };
    let limited = AppChanges { throttle_rate: Change::Set(Some(7)), ..AppChanges::default() };
    let (one, two) = tokio::join!(
        rig.control.change_app(rig.caller(), &id, named),
        rig.control.change_app(rig.caller(), &id, limited),
    );
    assert!(one.is_ok() && two.is_ok(), "{one:?} {two:?}");
    let app = rig.store.find_app(&id).await.expect("it is there");
    assert_eq!((app.name.as_str(), app.throttle_rate), ("named", Some(7)));
}

#[tokio::test]
async fn a_change_takes_effect_even_if_its_caller_goes_away() {
    let rig = Rig::start();
    let access = rig.app("acme").await;
    rig.endpoint(&access, "main").await;
    rig.directory.get(access.id()).await.expect("it comes into memory");
    let mut changes = rig.directory.subscribe();
    let tasks = tokio::runtime::Handle::current().metrics();
    {
        let disabled = EndpointChanges { disabled: Change::Set(true), ..EndpointChanges::default() };
        let mut change = pin!(rig.control.change_endpoint(&access, "main", disabled));
        // The caller goes away when the write is on its way and nothing of it was done: the one thread is here.
        poll_fn(|context| {
            assert!(change.as_mut().poll(context).is_pending(), "the write goes on in a task of its own");
            if tasks.num_alive_tasks() == 0 { Poll::Pending } else { Poll::Ready(()) }
        })
        .await;
    }
    let heard = tokio::time::timeout(Duration::from_secs(10), changes.recv()).await;
    assert_eq!(heard, Ok(Ok(access.id())));
    let view = rig.directory.get(access.id()).await.expect("it is there");
    assert!(view.endpoints[0].endpoint.disabled.is_some());
}

#[tokio::test]
async fn whoever_enables_an_endpoint_gives_it_the_whole_period_again() {
    let rig = Rig::start();
    let access = rig.app("acme").await;
    let endpoint = rig.endpoint(&access, "main").await;
    let at = Timestamp::from_millis(1_769_000_000_000);
    let disable = Disabled { reason: DisabledReason::Failing, at };
    let health = HealthChange {
        app: access.id(),
        endpoint: endpoint.id,
        failing_since: Some(at),
        disable: Some(disable),
    };
    rig.store.record_attempts(vec![], vec![health]).await.expect("the store keeps it");
    let again = EndpointChanges { disabled: Change::Set(true), ..EndpointChanges::default() };
    let still = rig.control.change_endpoint(&access, "main", again).await.expect("a good change");
    assert_eq!(still.disabled, Some(disable), "the first reason stands");
    let enable = EndpointChanges { disabled: Change::Set(false), ..EndpointChanges::default() };
    let enabled = rig.control.change_endpoint(&access, "main", enable).await.expect("a good change");
    assert_eq!((enabled.disabled, enabled.failing_since), (None, None));
}

#[tokio::test]
async fn an_app_in_memory_is_entered_without_the_database() {
    let rig = Rig::start();
    let id = rig.app("acme").await.id().to_string();
    rig.store.close().await;
    for known in ["acme", &id] {
        assert!(rig.control.enter(rig.caller(), known).await.is_ok(), "{known}");
    }
    let unknown = rig.control.enter(rig.caller(), "other").await;
    assert!(matches!(unknown, Err(ControlError::Unavailable(_))), "{unknown:?}");
}

#[tokio::test]
async fn an_app_has_a_bound_on_its_endpoints() {
    let rig = Rig::start();
    rig.app("acme").await;
    for uid in ["one", "two", "three"] {
        let access = rig.control.enter(rig.caller(), "acme").await.expect("it is there");
        rig.endpoint(&access, uid).await;
    }
    let access = rig.control.enter(rig.caller(), "acme").await.expect("it is there");
    let refused = rig.control.create_endpoint(&access, endpoint_draft("four")).await;
    assert!(matches!(refused, Err(ControlError::LimitReached(_))), "{refused:?}");
}
