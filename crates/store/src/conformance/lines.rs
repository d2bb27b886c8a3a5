//! What every store must do for endpoints whose messages go in order.

use std::time::Duration;

use wirepost_model::delivery::{DeliveryState, DeliveryStatus};
use wirepost_model::ids::{EndpointId, MessageId};

use super::Trial;
use super::trial::guessed;
use crate::accepted::DueDelivery;
use crate::lines::LineBatch;

const HOUR: Duration = Duration::from_secs(3_600);

async fn line(trial: &Trial, endpoint: EndpointId, from: Option<i64>, limit: usize) -> LineBatch {
    trial.store.line(endpoint, from, limit).await.expect("the store reads")
}

fn messages(deliveries: &[DueDelivery]) -> Vec<MessageId> {
    deliveries.iter().map(|delivery| delivery.key.message).collect()
}

pub(super) async fn a_line_goes_by_messages_whenever_they_are_due(mut trial: Trial) {
    let app = trial.app().await;
    let (endpoint, other) = (trial.endpoint(&app).await, trial.endpoint(&app).await);
    assert_eq!(line(&trial, endpoint.id, None, 10).await, LineBatch::default());
    let mut accepted = Vec::new();
    for _ in 0..5 {
        accepted.extend(trial.accept_for(&app, [&endpoint]).await);
        trial.accept_for(&app, [&other]).await;
    }
    let later = DeliveryState::Pending { due_at: trial.now().plus(HOUR) };
    trial.record_now(&accepted[0], later).await;
    trial.record_now(&accepted[1], DeliveryState::Delivered).await;
    let whole = line(&trial, endpoint.id, None, 10).await;
    assert_eq!(messages(&whole.deliveries), messages(&[&accepted[..1], &accepted[2..]].concat()));
    assert_eq!(whole.rest_from, None);
    assert_eq!((whole.deliveries[0].due_at, whole.deliveries[0].progress.tries), (trial.now().plus(HOUR), 1));
    assert_eq!(whole.deliveries[1], accepted[2], "with its payload and progress");
    let from = Some(accepted[3].key.message.key());
    assert_eq!(line(&trial, endpoint.id, from, 10).await.deliveries, accepted[3..]);
    assert_eq!(line(&trial, guessed(endpoint.id), None, 10).await, LineBatch::default());
}

pub(super) async fn a_line_is_read_on_where_it_was_cut(mut trial: Trial) {
    let app = trial.app().await;
    let endpoint = trial.endpoint(&app).await;
    let mut accepted = Vec::new();
    for _ in 0..5 {
        accepted.extend(trial.accept_for(&app, [&endpoint]).await);
    }
    let (mut from, mut read, mut reads) = (None, Vec::new(), 0);
    loop {
        let batch = line(&trial, endpoint.id, from, 2).await;
        assert!(batch.deliveries.len() <= 2);
        read.extend(batch.deliveries);
        reads += 1;
        match batch.rest_from {
            Some(rest) => from = Some(rest),
            None => break,
        }
    }
    assert_eq!((read, reads), (accepted, 3));
}

pub(super) async fn what_has_ended_is_walked_past_step_by_step(trial: Trial) {
    let app = trial.app().await;
    let endpoint = trial.endpoint(&app).await;
    let ended: Vec<_> = (0..5_000).map(|_| trial.message(&app, [&endpoint])).collect();
    let first = ended[0].message.id.key();
    let accepted = trial.store.accept_messages(ended).await.expect("the store writes");
    assert!(accepted.iter().all(Result::is_ok));
    let canceled = trial.store.end_pending(endpoint.id, DeliveryStatus::Canceled, 5_000).await;
    assert_eq!(canceled, Ok(5_000));
    let last = trial.accept(trial.message(&app, [&endpoint])).await;
    assert_eq!(messages(&line(&trial, endpoint.id, None, 10).await.deliveries), [last]);
    let (mut from, mut read) = (Some(first), Vec::new());
    while from.is_some() {
        let batch = line(&trial, endpoint.id, from, 10).await;
        assert!(batch.rest_from.is_none_or(|rest| Some(rest) > from), "it gets on");
        read.extend(messages(&batch.deliveries));
        from = batch.rest_from;
    }
    assert_eq!(read, [last]);
}

pub(super) async fn one_by_hand_stands_in_line_as_such(mut trial: Trial) {
    let app = trial.app().await;
    let endpoint = trial.endpoint(&app).await;
    let first = trial.accept_for(&app, [&endpoint]).await.remove(0);
    let second = trial.accept_for(&app, [&endpoint]).await.remove(0);
    trial.record_now(&first, DeliveryState::Delivered).await;
    assert_eq!(trial.store.resend(first.key, trial.now()).await, Ok(()));
    let again = trial.arrived().await.remove(0);
    assert_eq!(line(&trial, endpoint.id, None, 10).await.deliveries, [again, second]);
}
