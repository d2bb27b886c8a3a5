//! What no store may show: anything to another app, or to somebody who knows half of an id.

use wirepost_model::app::App;
use wirepost_model::delivery::{DeliveryKey, DeliveryState};
use wirepost_model::endpoint::Endpoint;
use wirepost_model::ids::{AppId, AttemptId, EndpointId, MessageId};
use wirepost_model::names::{Channel, Uid};

use super::Trial;
use super::trial::{event_type, guessed};
use crate::StoreError;
use crate::attempts::{AttemptCount, AttemptFilter};
use crate::endpoint_messages::EndpointMessageFilter;
use crate::messages::MessageFilter;
use crate::page::{Order, PageQuery};

/// An app with one of everything.
struct Household {
    app: App,
    endpoint: Endpoint,
    message: MessageId,
    attempt: AttemptId,
}

async fn household(trial: &mut Trial) -> Household {
    let app = trial.app().await;
    let mut endpoint = trial.unsaved_endpoint(&app);
    endpoint.uid = Uid::parse("hook").ok();
    let created = trial.store.create_endpoint(endpoint.clone(), trial.secret(1)).await;
    created.expect("it is created");
    let mut message = trial.message(&app, [&endpoint]);
    message.message.event_id = Uid::parse("event").ok();
    message.message.tags = vec!["x".to_owned()];
    message.message.channels = vec![Channel::parse("eu").expect("a good name")];
    let message = trial.accept(message).await;
    let due = trial.arrived().await.remove(0);
    let record = trial.attempt(&due, DeliveryState::Failed);
    let attempt = record.attempt.id;
    trial.record(record).await;
    Household { app, endpoint, message, attempt }
}

/// Nothing is found, listed, or changed under these ids.
async fn nothing_is_there(
    trial: &Trial,
    app: AppId,
    endpoint: EndpointId,
    message: MessageId,
    attempt: AttemptId,
) {
    let store = &trial.store;
    let gone = || Err(StoreError::NotFound);
    let (now, key) = (trial.now(), DeliveryKey { app, endpoint, message });
    let found = store.find_endpoint(app, &endpoint.to_string()).await;
    assert_eq!(found.map(drop), gone());
    assert_eq!(store.endpoint_secrets(app, endpoint).await.map(drop), gone());
    assert_eq!(store.delete_endpoint(app, endpoint, now).await, gone());
    let rotated = store.rotate_secret(app, endpoint, trial.secret(9), now, 10).await;
    assert_eq!(rotated, gone());
    let found = store.find_message(app, &message.to_string(), true).await;
    assert_eq!(found.map(drop), gone());
    assert_eq!(store.find_messages(app, vec![message], true).await, Ok(Vec::new()));
    assert_eq!(store.expunge_content(app, message).await, gone());
    assert_eq!(store.deliveries_of_message(app, message).await, Ok(Vec::new()));
    assert_eq!(store.find_deliveries(vec![key]).await, Ok(Vec::new()));
    assert_eq!(store.resend(key, now).await, gone());
    assert_eq!(store.find_attempt(app, message, attempt).await.map(drop), gone());
    let page = || PageQuery::first(10, Order::Ascending);
    let all = AttemptFilter::default;
    let of_endpoint = store.list_attempts_of_endpoint(app, endpoint, all(), page()).await;
    assert_eq!(of_endpoint.expect("a page").page.rows, []);
    let of_message = store.list_attempts_of_message(app, message, None, all(), page()).await;
    assert_eq!(of_message.expect("a page").rows, []);
    let messages =
        store.list_messages_of_endpoint(app, endpoint, EndpointMessageFilter::default(), page()).await;
    assert_eq!(messages.expect("a page").rows, []);
    let none = AttemptCount { count: 0, complete: true };
    for filter in [all(), AttemptFilter { status_class: Some(5), ..all() }] {
        assert_eq!(store.count_attempts_of_endpoint(app, endpoint, filter, 10).await, Ok(none));
    }
    assert_eq!(store.expunge_attempt_content(app, message, attempt).await, gone());
}

pub(super) async fn another_app_finds_nothing(mut trial: Trial) {
    let ours = household(&mut trial).await;
    let theirs = household(&mut trial).await;
    nothing_is_there(&trial, theirs.app.id, ours.endpoint.id, ours.message, ours.attempt).await;
    let by_uid = trial.store.find_endpoint(theirs.app.id, "hook").await;
    assert_eq!(by_uid, Ok(theirs.endpoint.clone()));
    let by_event_id = trial.store.find_message(theirs.app.id, "event", false).await;
    assert_eq!(by_event_id.expect("it is found").message.id, theirs.message);
    let mixed = trial
        .store
        .list_attempts_of_message(
            theirs.app.id,
            theirs.message,
            Some(ours.endpoint.id),
            AttemptFilter::default(),
            PageQuery::first(10, Order::Ascending),
        )
        .await;
    assert_eq!(mixed.expect("a page").rows, []);
    let mut stolen = ours.endpoint.clone();
    stolen.app = theirs.app.id;
    let updated = trial.store.update_endpoint(stolen).await;
    assert_eq!(updated, Err(StoreError::NotFound));
    let kept = trial.store.find_endpoint(ours.app.id, &ours.endpoint.id.to_string()).await;
    assert_eq!(kept, Ok(ours.endpoint));
}

pub(super) async fn a_guessed_tail_finds_nothing(mut trial: Trial) {
    let household = household(&mut trial).await;
    let (app, endpoint) = (household.app.id, household.endpoint.id);
    let (message, attempt) = (household.message, household.attempt);
    nothing_is_there(&trial, guessed(app), endpoint, message, attempt).await;
    nothing_is_there(&trial, app, guessed(endpoint), guessed(message), guessed(attempt)).await;
    let found = trial.store.find_attempt(app, message, guessed(attempt)).await;
    assert_eq!(found.map(drop), Err(StoreError::NotFound));
    for key in [
        DeliveryKey { app: guessed(app), endpoint, message },
        DeliveryKey { app, endpoint: guessed(endpoint), message },
        DeliveryKey { app, endpoint, message: guessed(message) },
    ] {
        assert_eq!(trial.store.find_deliveries(vec![key]).await, Ok(Vec::new()));
    }
    let guess = guessed(app);
    let gone = Err(StoreError::NotFound);
    assert_eq!(trial.store.find_app(&guess.to_string()).await.map(drop), gone);
    assert_eq!(trial.store.app_with_endpoints(guess).await.map(drop), gone);
    assert_eq!(trial.store.delete_app(guess, trial.now()).await, gone);
    let mut stranger = household.app.clone();
    stranger.id = guess;
    let updated = trial.store.update_app(stranger, household.app.updated_at).await;
    assert_eq!(updated, gone);
    let page = || PageQuery::first(10, Order::Ascending);
    let listed = trial.store.list_endpoints(guess, page()).await;
    assert_eq!(listed.expect("a page").rows, []);
    let listed = trial.store.list_messages(guess, MessageFilter::default(), page()).await;
    assert_eq!(listed.expect("a page").page.rows, []);
    let counts = trial.store.endpoint_counts(guessed(endpoint), trial.now(), trial.now()).await;
    assert_eq!(counts, Ok(Vec::new()));
    assert_eq!(trial.store.count_pending(guessed(endpoint)).await, Ok(0));
}

pub(super) async fn a_deleted_app_shows_nothing(mut trial: Trial) {
    let household = household(&mut trial).await;
    let app = household.app.id;
    trial.store.delete_app(app, trial.now()).await.expect("it is there");
    let (endpoint, message) = (household.endpoint.id, household.message);
    nothing_is_there(&trial, app, endpoint, message, household.attempt).await;
    let by_event_id = trial.store.find_message(app, "event", false).await;
    assert_eq!(by_event_id.map(drop), Err(StoreError::NotFound));
    for filter in [
        MessageFilter::default(),
        MessageFilter { event_types: vec![event_type("asset.created")], ..MessageFilter::default() },
        MessageFilter { tag: Some("x".to_owned()), ..MessageFilter::default() },
    ] {
        let page = PageQuery::first(10, Order::Ascending);
        let listed = trial.store.list_messages(app, filter, page).await;
        assert_eq!(listed.expect("a page").page.rows, []);
    }
}
