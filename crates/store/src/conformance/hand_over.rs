//! What every store must hand over to the engine, and what it must not.

use std::time::Duration;

use wirepost_model::delivery::{DeliveryKey, DeliveryState, Progress};
use wirepost_model::names::Uid;

use super::Trial;
use crate::accepted::DueDelivery;
use crate::deliveries::PendingEndpoint;

pub(super) async fn what_is_due_arrives_with_its_payload(mut trial: Trial) {
    let app = trial.app().await;
    let (first, second) = (trial.endpoint(&app).await, trial.endpoint(&app).await);
    let message = trial.message(&app, [&first, &second]);
    trial.accept(message.clone()).await;
    let mut arrived = trial.arrived().await;
    arrived.sort_by_key(|due| due.key);
    let due = |endpoint| DueDelivery {
        key: DeliveryKey { app: app.id, endpoint, message: message.message.id },
        progress: Progress::FRESH,
        due_at: super::trial::START,
        payload: Some(message.payload.clone()),
    };
    let expected = [due(first.id), due(second.id)];
    assert_eq!(arrived, expected);
    assert_eq!(trial.due(first.id).await, expected[..1]);
    assert!(trial.arrivals.take_missed().is_empty());
}

pub(super) async fn what_is_due_later_is_noted(mut trial: Trial) {
    let app = trial.app().await;
    let endpoint = trial.endpoint(&app).await;
    let start = trial.now();
    let due_at = |minutes: u64| start.plus(Duration::from_secs(60 * minutes));
    let batch = [7, 5, 9].map(|minutes| {
        let mut message = trial.message(&app, [&endpoint]);
        message.deliveries[0].1 = DeliveryState::Pending { due_at: due_at(minutes) };
        message
    });
    let first_due_at = due_at(5);
    trial.store.accept_messages(batch.to_vec()).await.expect("the store writes");
    // The next one that is due now comes after the note, which carries no delivery.
    let now = trial.accept_for(&app, [&endpoint]).await;
    assert_eq!(now.len(), 1);
    let noted = PendingEndpoint { app: app.id, endpoint: endpoint.id, first_due_at };
    assert_eq!(trial.arrivals.take_missed(), [noted]);
}

pub(super) async fn skipped_and_refused_ones_do_not_arrive(mut trial: Trial) {
    let app = trial.app().await;
    let endpoint = trial.endpoint(&app).await;
    let mut skipped = trial.message(&app, [&endpoint]);
    skipped.deliveries[0].1 = DeliveryState::Skipped;
    let with_event_id = || {
        let mut message = trial.message(&app, [&endpoint]);
        message.message.event_id = Uid::parse("event-1").ok();
        message
    };
    let (kept, refused) = (with_event_id(), with_event_id());
    let kept_id = kept.message.id;
    let batch = vec![skipped.clone(), kept, refused];
    trial.store.accept_messages(batch).await.expect("the store writes");
    let arrived = trial.arrived().await;
    assert_eq!(arrived.len(), 1);
    assert_eq!(arrived[0].key.message, kept_id);
    let key = DeliveryKey { message: skipped.message.id, ..arrived[0].key };
    assert_eq!(trial.standing(key).await, (DeliveryState::Skipped, 0));
    assert_eq!(trial.store.count_pending(endpoint.id).await, Ok(1));
}

pub(super) async fn an_engine_that_is_behind_is_told_where_to_look(trial: Trial) {
    let mut trial = trial.reopened(1).await;
    let app = trial.app().await;
    let (first, second) = (trial.endpoint(&app).await, trial.endpoint(&app).await);
    for endpoint in [&first, &second, &second] {
        trial.accept(trial.message(&app, [endpoint])).await;
    }
    let arrived = trial.arrived().await;
    assert_eq!(arrived.len(), 1);
    assert_eq!(arrived[0].key.endpoint, first.id);
    let missed = trial.arrivals.take_missed();
    assert_eq!(missed.len(), 1);
    assert_eq!(missed[0].endpoint, second.id);
    assert_eq!(trial.due(second.id).await.len(), 2);
}
