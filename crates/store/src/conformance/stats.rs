//! What every store must count.

use std::time::Duration;

use wirepost_model::delivery::{DeliveryState, DeliveryStatus};

use super::Trial;
use crate::stats::{Counts, SPAN_MILLIS, span_of};

const SPAN: Duration = Duration::from_millis(SPAN_MILLIS as u64);
/// Milliseconds that each attempt of a trial counts.
const ATTEMPT_MILLIS: u64 = 1;

pub(super) async fn attempts_and_ends_are_counted_by_span(mut trial: Trial) {
    let app = trial.app().await;
    let (endpoint, other) = (trial.endpoint(&app).await, trial.endpoint(&app).await);
    let start = trial.now();
    let due = trial.accept_for(&app, [&endpoint]).await.remove(0);
    trial.record_now(&due, DeliveryState::Pending { due_at: trial.now() }).await;
    let due = trial.due(endpoint.id).await.remove(0);
    trial.record_now(&due, DeliveryState::Delivered).await;
    trial.pass(SPAN * 2);
    let mut batch = Vec::new();
    for state in [DeliveryState::Failed, DeliveryState::Failed, DeliveryState::Canceled] {
        let due = trial.accept_for(&app, [&endpoint]).await.remove(0);
        batch.push(trial.attempt(&due, state));
    }
    trial.store.record_attempts(batch, Vec::new()).await.expect("the store writes");

    let first = Counts {
        from: span_of(start),
        attempts_succeeded: 1,
        attempts_failed: 1,
        duration_millis: 2 * ATTEMPT_MILLIS,
        delivered: 1,
        ..Counts::default()
    };
    let second = Counts {
        from: span_of(trial.now()),
        attempts_failed: 3,
        duration_millis: 3 * ATTEMPT_MILLIS,
        failed: 2,
        canceled: 1,
        ..Counts::default()
    };
    let middle = start.plus(SPAN);
    for (since, until, expected) in [
        (start, trial.now(), vec![first, second]),
        (start, middle, vec![first]),
        (middle, trial.now(), vec![second]),
        (middle, middle, vec![]),
    ] {
        let found = trial.store.endpoint_counts(endpoint.id, since, until).await;
        assert_eq!(found, Ok(expected));
    }
    let of_other = trial.store.endpoint_counts(other.id, start, trial.now()).await;
    assert_eq!(of_other, Ok(Vec::new()));
}

pub(super) async fn a_late_writer_counts_its_attempt_alone(mut trial: Trial) {
    let app = trial.app().await;
    let endpoint = trial.endpoint(&app).await;
    let due = trial.accept_for(&app, [&endpoint]).await.remove(0);
    trial.record_now(&due, DeliveryState::Failed).await;
    trial.record_now(&due, DeliveryState::Delivered).await;
    let found = trial.store.endpoint_counts(endpoint.id, trial.now(), trial.now()).await;
    let counts = found.expect("an answer").remove(0);
    assert_eq!((counts.attempts_succeeded, counts.attempts_failed), (1, 1));
    assert_eq!((counts.delivered, counts.failed), (0, 1));
}

pub(super) async fn a_failed_resend_ends_nothing_again(mut trial: Trial) {
    let app = trial.app().await;
    let endpoint = trial.endpoint(&app).await;
    let due = trial.accept_for(&app, [&endpoint]).await.remove(0);
    trial.record_now(&due, DeliveryState::Failed).await;
    for end in [DeliveryState::Failed, DeliveryState::Delivered] {
        trial.store.resend(due.key, trial.now()).await.expect("it is there");
        let due = trial.arrived().await.remove(0);
        trial.record_now(&due, end).await;
    }
    let found = trial.store.endpoint_counts(endpoint.id, trial.now(), trial.now()).await;
    let counts = found.expect("an answer").remove(0);
    assert_eq!((counts.attempts_succeeded, counts.attempts_failed), (1, 2));
    assert_eq!((counts.delivered, counts.failed), (1, 1));
}

pub(super) async fn ended_ones_are_counted(mut trial: Trial) {
    let app = trial.app().await;
    let endpoint = trial.endpoint(&app).await;
    for _ in 0..3 {
        trial.accept_for(&app, [&endpoint]).await;
    }
    let end = |status, limit| trial.store.end_pending(endpoint.id, status, limit);
    assert_eq!(end(DeliveryStatus::Canceled, 2).await, Ok(2));
    assert_eq!(end(DeliveryStatus::Failed, 2).await, Ok(1));
    let found = trial.store.endpoint_counts(endpoint.id, trial.now(), trial.now()).await;
    let expected = Counts { from: span_of(trial.now()), canceled: 2, failed: 1, ..Counts::default() };
    assert_eq!(found, Ok(vec![expected]));
}
