//! What every store must count.

use std::time::Duration;

use wirepost_model::delivery::{DeliveryState, DeliveryStatus};
use wirepost_model::latency::Latencies;

use super::Trial;
use crate::stats::{Backlog, Counts, FirstPending, SPAN_MILLIS, span_of};

const SPAN: Duration = Duration::from_millis(SPAN_MILLIS as u64);
/// Milliseconds that each attempt of a trial counts.
const ATTEMPT_MILLIS: u64 = 1;

/// What so many attempts of a trial count.
pub(super) fn latencies_of(attempts: usize) -> Latencies {
    let mut latencies = Latencies::default();
    for _ in 0..attempts {
        latencies.note(Duration::from_micros(1_500));
    }
    latencies
}

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
        latencies: latencies_of(2),
        ..Counts::default()
    };
    let second = Counts {
        from: span_of(trial.now()),
        attempts_failed: 3,
        duration_millis: 3 * ATTEMPT_MILLIS,
        latencies: latencies_of(3),
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

pub(super) async fn what_waits_is_told_with_the_first_one(mut trial: Trial) {
    let app = trial.app().await;
    let endpoint = trial.endpoint(&app).await;
    assert_eq!(trial.store.backlog(endpoint.id, trial.now(), 9).await, Ok(Backlog::default()));
    let tried = trial.accept_for(&app, [&endpoint]).await.remove(0);
    let due_at = trial.now().plus(SPAN);
    trial.record_now(&tried, DeliveryState::Pending { due_at }).await;
    let fresh = trial.accept_for(&app, [&endpoint]).await.remove(0);
    trial.accept_for(&app, [&endpoint]).await;

    let first = FirstPending { message: fresh.key.message, due_at: fresh.due_at, tries: 0 };
    let told = trial.store.backlog(endpoint.id, trial.now(), 9).await;
    assert_eq!(told, Ok(Backlog { due: 2, first: Some(first) }));
    let told = trial.store.backlog(endpoint.id, trial.now(), 1).await;
    assert_eq!(told, Ok(Backlog { due: 1, first: Some(first) }));

    for due in trial.due(endpoint.id).await {
        trial.record_now(&due, DeliveryState::Delivered).await;
    }
    let first = FirstPending { message: tried.key.message, due_at, tries: 1 };
    let told = trial.store.backlog(endpoint.id, trial.now(), 9).await;
    assert_eq!(told, Ok(Backlog { due: 0, first: Some(first) }));
    trial.pass(SPAN);
    let told = trial.store.backlog(endpoint.id, trial.now(), 9).await;
    assert_eq!(told, Ok(Backlog { due: 1, first: Some(first) }));
    let unknown = trial.store.backlog(trial.id(), trial.now(), 9).await;
    assert_eq!(unknown, Ok(Backlog::default()));
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

pub(super) async fn latencies_add_up_over_writes(mut trial: Trial) {
    let app = trial.app().await;
    let endpoint = trial.endpoint(&app).await;
    let mut expected = Latencies::default();
    for millis in [3, 70, 70, 90_000] {
        let due = trial.accept_for(&app, [&endpoint]).await.remove(0);
        let mut record = trial.attempt(&due, DeliveryState::Delivered);
        record.attempt.duration = Duration::from_millis(millis);
        expected.note(record.attempt.duration);
        trial.record(record).await;
    }
    // What ends without an attempt takes no time, before or after.
    trial.accept_for(&app, [&endpoint]).await;
    assert_eq!(trial.store.end_pending(endpoint.id, DeliveryStatus::Canceled, 9).await, Ok(1));
    let found = trial.store.endpoint_counts(endpoint.id, trial.now(), trial.now()).await;
    let counts = found.expect("an answer").remove(0);
    assert_eq!((counts.latencies, counts.attempts()), (expected, 4));
}

pub(super) async fn counters_are_forgotten_the_oldest_first(mut trial: Trial) {
    let app = trial.app().await;
    let endpoints = [trial.endpoint(&app).await, trial.endpoint(&app).await];
    let start = trial.now();
    for _ in 0..3 {
        for endpoint in &endpoints {
            let due = trial.accept_for(&app, [endpoint]).await.remove(0);
            trial.record_now(&due, DeliveryState::Delivered).await;
        }
        trial.pass(SPAN);
    }
    let left = async |trial: &Trial, endpoint: usize| {
        let found = trial.store.endpoint_counts(endpoints[endpoint].id, start, trial.now()).await;
        found.expect("an answer").iter().map(|counts| counts.from).collect::<Vec<_>>()
    };
    let third = span_of(start.plus(SPAN * 2));
    assert_eq!(trial.store.forget_counts(span_of(start), 9).await, Ok(0), "none began before");
    assert_eq!(trial.store.forget_counts(third, 3).await, Ok(3));
    assert_eq!(left(&trial, 0).await.len() + left(&trial, 1).await.len(), 3);
    for expected in [1, 0] {
        assert_eq!(trial.store.forget_counts(third, 3).await, Ok(expected));
    }
    assert_eq!((left(&trial, 0).await, left(&trial, 1).await), (vec![third], vec![third]));
}
