//! What every store must do with deliveries: what is due, and how recorded attempts move it.

use std::time::Duration;

use wirepost_model::delivery::{DeliveryKey, DeliveryState, DeliveryStatus};

use super::Trial;
use super::trial::progress_after;
use crate::deliveries::{DeliveryView, PendingEndpoint};
use crate::messages::NewMessage;

const MINUTE: Duration = Duration::from_secs(60);

pub(super) async fn due_ones_come_in_order_up_to_the_limit(trial: Trial) {
    let app = trial.app().await;
    let endpoint = trial.endpoint(&app).await;
    let start = trial.now();
    let at = |minutes| start.plus(MINUTE * minutes);
    let minutes_due = [5, 1, 3, 1, 9];
    let batch = minutes_due.map(|minutes| {
        let mut message = trial.message(&app, [&endpoint]);
        message.deliveries[0].1 = DeliveryState::Pending { due_at: at(minutes) };
        message
    });
    trial.store.accept_messages(batch.to_vec()).await.expect("the store writes");
    let id = |position: usize| batch[position].message.id;
    for (now, limit, expected, next_due_at) in [
        (at(0), 10, vec![], Some(at(1))),
        (at(1), 10, vec![id(1), id(3)], Some(at(3))),
        (at(6), 10, vec![id(1), id(3), id(2), id(0)], Some(at(9))),
        (at(6), 3, vec![id(1), id(3), id(2)], Some(at(5))),
        (at(6), 1, vec![id(1)], Some(at(1))),
        (at(9), 5, vec![id(1), id(3), id(2), id(0), id(4)], None),
    ] {
        let due = trial.store.due_deliveries(endpoint.id, now, limit).await.expect("an answer");
        let found: Vec<_> = due.deliveries.iter().map(|due| due.key.message).collect();
        assert_eq!((found, due.next_due_at), (expected, next_due_at), "at {now}, {limit} at most");
        let whole = |due: &&crate::accepted::DueDelivery| due.payload.as_ref() == Some(&batch[0].payload);
        assert_eq!(due.deliveries.iter().filter(whole).count(), due.deliveries.len());
    }
    let unknown = trial.store.due_deliveries(trial.id(), at(9), 5).await;
    assert_eq!(unknown, Ok(crate::deliveries::DueBatch::default()));
}

pub(super) async fn an_expunged_payload_is_missing_from_what_is_due(trial: Trial) {
    let app = trial.app().await;
    let endpoint = trial.endpoint(&app).await;
    let id = trial.accept(trial.message(&app, [&endpoint])).await;
    trial.store.expunge_content(app.id, id).await.expect("it is there");
    let due = trial.due(endpoint.id).await;
    assert_eq!(due.len(), 1);
    assert_eq!((due[0].key.message, &due[0].payload), (id, &None));
}

pub(super) async fn a_recorded_attempt_moves_its_delivery(mut trial: Trial) {
    let app = trial.app().await;
    let endpoint = trial.endpoint(&app).await;
    let due = trial.accept_for(&app, [&endpoint]).await.remove(0);
    let due_at = trial.now().plus(MINUTE);
    trial.record_now(&due, DeliveryState::Pending { due_at }).await;
    assert_eq!(trial.standing(due.key).await, (DeliveryState::Pending { due_at }, 1));
    assert!(trial.due(endpoint.id).await.is_empty());

    trial.pass(MINUTE);
    let due = trial.due(endpoint.id).await.remove(0);
    assert_eq!((due.progress, due.due_at), (progress_after(1), due_at));
    trial.record_now(&due, DeliveryState::Delivered).await;
    assert_eq!(trial.standing(due.key).await, (DeliveryState::Delivered, 2));
    assert_eq!(trial.store.count_pending(endpoint.id).await, Ok(0));

    for state in [DeliveryState::Failed, DeliveryState::Canceled] {
        let due = trial.accept_for(&app, [&endpoint]).await.remove(0);
        trial.record_now(&due, state).await;
        assert_eq!(trial.standing(due.key).await, (state, 1));
    }
    assert!(trial.due(endpoint.id).await.is_empty());
    assert_eq!(trial.store.record_attempts(Vec::new(), Vec::new()).await, Ok(()));
}

/// A commit may succeed although its answer is lost; then the same records come again.
pub(super) async fn a_record_that_is_written_twice_counts_once(mut trial: Trial) {
    let app = trial.app().await;
    let endpoint = trial.endpoint(&app).await;
    let due = trial.accept_for(&app, [&endpoint]).await.remove(0);
    let due_at = trial.now().plus(MINUTE);
    let record = trial.attempt(&due, DeliveryState::Pending { due_at });
    trial.record(record.clone()).await;
    trial.record(record).await;
    assert_eq!(trial.standing(due.key).await, (DeliveryState::Pending { due_at }, 1));
    let (since, until) = (trial.now(), trial.now());
    let counts = trial.store.endpoint_counts(endpoint.id, since, until).await.expect("counts");
    let attempts: u64 = counts.iter().map(|counts| counts.attempts_succeeded + counts.attempts_failed).sum();
    assert_eq!(attempts, 1);
}

pub(super) async fn ended_ones_that_wait_for_a_resend_return_to_their_state(mut trial: Trial) {
    let app = trial.app().await;
    let endpoint = trial.endpoint(&app).await;
    let due = trial.accept_for(&app, [&endpoint]).await.remove(0);
    trial.record_now(&due, DeliveryState::Delivered).await;
    trial.store.resend(due.key, trial.now()).await.expect("it can be sent again");
    let ended = trial.store.end_pending(endpoint.id, DeliveryStatus::Canceled, 9).await;
    assert_eq!(ended, Ok(1));
    assert_eq!(trial.standing(due.key).await.0, DeliveryState::Delivered);
}

pub(super) async fn a_late_writer_changes_no_state(mut trial: Trial) {
    let app = trial.app().await;
    let endpoint = trial.endpoint(&app).await;
    let due = trial.accept_for(&app, [&endpoint]).await.remove(0);
    trial.record_now(&due, DeliveryState::Delivered).await;
    let late = trial.attempt(&due, DeliveryState::Failed);
    let id = late.attempt.id;
    trial.record(late).await;
    assert_eq!(trial.standing(due.key).await, (DeliveryState::Delivered, 1));
    let kept = trial.store.find_attempt(app.id, due.key.message, id).await;
    assert!(kept.is_ok(), "the attempt is a fact: {kept:?}");

    let due = trial.accept_for(&app, [&endpoint]).await.remove(0);
    let both =
        vec![trial.attempt(&due, DeliveryState::Failed), trial.attempt(&due, DeliveryState::Delivered)];
    let recorded = trial.store.record_attempts(both, Vec::new()).await;
    assert_eq!(recorded, Ok(()));
    assert_eq!(trial.standing(due.key).await, (DeliveryState::Failed, 1));
}

pub(super) async fn endpoints_with_pending_deliveries_are_found(mut trial: Trial) {
    let (app, other) = (trial.app().await, trial.app().await);
    let (done, deleted) = (trial.endpoint(&app).await, trial.endpoint(&app).await);
    let (of_other, idle) = (trial.endpoint(&other).await, trial.endpoint(&app).await);
    assert_eq!(trial.store.pending_endpoints().await, Ok(Vec::new()));
    let due = trial.accept_for(&app, [&done]).await.remove(0);
    trial.record_now(&due, DeliveryState::Delivered).await;
    let first_due_at = trial.now();
    trial.accept(trial.message(&app, [&deleted])).await;
    trial.accept(trial.message(&other, [&of_other])).await;
    trial.pass(MINUTE);
    trial.accept(trial.message(&app, [&deleted])).await;
    let gone = trial.store.delete_endpoint(app.id, deleted.id, trial.now()).await;
    gone.expect("it is there");
    trial.store.delete_app(other.id, trial.now()).await.expect("it is there");

    let mut found = trial.store.pending_endpoints().await.expect("an answer");
    found.sort_by_key(|found| found.endpoint);
    let expected = [(&app, &deleted), (&other, &of_other)].map(|(app, endpoint)| PendingEndpoint {
        app: app.id,
        endpoint: endpoint.id,
        first_due_at,
    });
    assert_eq!(found, expected);
    assert_eq!(trial.due(deleted.id).await.len(), 2);
    assert!(trial.due(idle.id).await.is_empty());
}

pub(super) async fn pending_ones_end_step_by_step(mut trial: Trial) {
    let app = trial.app().await;
    let (endpoint, other) = (trial.endpoint(&app).await, trial.endpoint(&app).await);
    let mut keys = Vec::new();
    for _ in 0..5 {
        let due = trial.accept_for(&app, [&endpoint, &other]).await;
        keys.extend(due.into_iter().map(|due| due.key).filter(|key| key.endpoint == endpoint.id));
    }
    let stale = trial.due(endpoint.id).await;
    for (expected, left) in [(2, 3), (2, 1), (1, 0), (0, 0)] {
        let ended = trial.store.end_pending(endpoint.id, DeliveryStatus::Canceled, 2).await;
        assert_eq!(ended, Ok(expected));
        assert_eq!(trial.store.count_pending(endpoint.id).await, Ok(left));
    }
    // What was in flight meanwhile comes too late.
    for due in &stale {
        trial.record_now(due, DeliveryState::Delivered).await;
    }
    for key in keys {
        assert_eq!(trial.standing(key).await.0, DeliveryState::Canceled);
    }
    assert_eq!(trial.store.count_pending(other.id).await, Ok(5));
    let unknown = trial.store.end_pending(trial.id(), DeliveryStatus::Canceled, 2).await;
    assert_eq!(unknown, Ok(0));
}

pub(super) async fn the_deliveries_of_a_message_come_by_endpoint(mut trial: Trial) {
    let app = trial.app().await;
    let (first, deleted, last) =
        (trial.endpoint(&app).await, trial.endpoint(&app).await, trial.endpoint(&app).await);
    trial.accept(trial.message(&app, [&first])).await;
    trial.arrived().await;
    let NewMessage { message, .. } = trial.message(&app, []);
    let mut accepted = trial.message(&app, [&last, &deleted, &first]);
    accepted.deliveries[0].1 = DeliveryState::Skipped;
    let id = trial.accept(accepted).await;
    let due = trial.arrived().await;
    let of_first = due.iter().find(|due| due.key.endpoint == first.id).expect("it was due");
    trial.record_now(of_first, DeliveryState::Delivered).await;
    let gone = trial.store.delete_endpoint(app.id, deleted.id, trial.now()).await;
    gone.expect("it is there");

    let view = |endpoint, state, tries| DeliveryView {
        key: DeliveryKey { app: app.id, endpoint, message: id },
        state,
        tries,
    };
    let pending = DeliveryState::Pending { due_at: trial.now() };
    let expected = vec![
        view(first.id, DeliveryState::Delivered, 1),
        view(deleted.id, pending, 0),
        view(last.id, DeliveryState::Skipped, 0),
    ];
    assert_eq!(trial.store.deliveries_of_message(app.id, id).await, Ok(expected));
    let unknown = trial.store.deliveries_of_message(app.id, message.id).await;
    assert_eq!(unknown, Ok(Vec::new()));
}

pub(super) async fn only_deliveries_that_exist_are_found(mut trial: Trial) {
    let app = trial.app().await;
    let (endpoint, other) = (trial.endpoint(&app).await, trial.endpoint(&app).await);
    let key = trial.accept_for(&app, [&endpoint]).await.remove(0).key;
    let elsewhere = DeliveryKey { endpoint: other.id, ..key };
    let never = DeliveryKey { message: trial.id(), ..key };
    let found = trial.store.find_deliveries(vec![elsewhere, key, never]).await.expect("an answer");
    let found: Vec<_> = found.into_iter().map(|view| view.key).collect();
    assert_eq!(found, [key]);
}
