//! What every store must keep when it is closed and opened again.

use std::time::Duration;

use wirepost_model::capability::Capabilities;
use wirepost_model::delivery::{DeliveryState, ResumeAs};
use wirepost_model::feature_flags::FeatureFlags;
use wirepost_model::names::Uid;
use wirepost_model::token::{Scope, Token};

use super::Trial;
use crate::StoreError;
use crate::error::Conflict;

pub(super) async fn nothing_is_lost(mut trial: Trial) {
    let app = trial.app().await;
    let endpoint = trial.endpoint(&app).await;
    let due = trial.accept_for(&app, [&endpoint]).await.remove(0);
    let retried = trial.accept_for(&app, [&endpoint]).await.remove(0);
    let due_at = trial.now().plus(Duration::from_secs(5));
    let record = trial.attempt(&retried, DeliveryState::Pending { due_at });
    trial.record(record.clone()).await;
    let resent = trial.accept_for(&app, [&endpoint]).await.remove(0);
    trial.record_now(&resent, DeliveryState::Failed).await;
    trial.store.resend(resent.key, trial.now()).await.expect("it is there");
    let mut message = trial.message(&app, []);
    message.message.event_id = Uid::parse("event-1").ok();
    trial.accept(message.clone()).await;
    let counts = trial.store.endpoint_counts(endpoint.id, trial.now(), trial.now()).await;
    let whole = trial.store.app_with_endpoints(app.id).await;

    let trial = trial.reopened(8).await;
    assert_eq!(trial.store.check().await, Ok(()));
    assert_eq!(trial.store.app_with_endpoints(app.id).await, whole);
    trial.clock.set(due_at);
    let waiting = trial.due(endpoint.id).await;
    assert_eq!(waiting.len(), 3);
    assert_eq!(waiting[0], due);
    assert_eq!(waiting[1].progress.resend, Some(ResumeAs(DeliveryState::Failed)));
    assert_eq!((waiting[2].key, waiting[2].due_at), (retried.key, due_at));
    assert_eq!((waiting[2].progress.tries, &waiting[2].payload), (1, &retried.payload));
    let found = trial.store.find_attempt(app.id, retried.key.message, record.attempt.id).await;
    assert_eq!(found.expect("it is found").attempt, record.attempt);
    let start = super::trial::START;
    assert_eq!(trial.store.endpoint_counts(endpoint.id, start, start).await, counts);
    message.message.id = trial.id();
    let again = trial.store.accept_messages(vec![message]).await;
    assert_eq!(again, Ok(vec![Err(StoreError::Conflict(Conflict::EventId))]));
}

pub(super) async fn keys_go_on_above_the_highest(mut trial: Trial) {
    assert_eq!(trial.store.highest_key().await, Ok(0));
    let app = trial.app().await;
    assert_eq!(trial.store.highest_key().await, Ok(app.id.key()));
    let endpoint = trial.endpoint(&app).await;
    assert_eq!(trial.store.highest_key().await, Ok(endpoint.id.key()));
    let due = trial.accept_for(&app, [&endpoint]).await.remove(0);
    assert_eq!(trial.store.highest_key().await, Ok(due.key.message.key()));
    trial.store.expunge_content(app.id, due.key.message).await.expect("it is there");
    assert_eq!(trial.store.highest_key().await, Ok(due.key.message.key()));
    let record = trial.attempt(&due, DeliveryState::Delivered);
    let attempt = record.attempt.id;
    trial.record(record).await;
    assert_eq!(trial.store.highest_key().await, Ok(attempt.key()));
    let token = Token {
        id: trial.id(),
        hash: [1; 32],
        name: String::new(),
        scope: Scope::Organisation,
        capabilities: Capabilities::ALL,
        created_at: trial.now(),
        expires_at: None,
        last_used_at: None,
        revoked_at: None,
        feature_flags: FeatureFlags::default(),
    };
    trial.store.put_token(token.clone()).await.expect("it is put");
    let trial = trial.reopened(8).await;
    assert_eq!(trial.store.highest_key().await, Ok(token.id.key()));
}

pub(super) async fn a_closed_store_says_so(trial: Trial) {
    let app = trial.app().await;
    trial.store.close().await;
    let read = trial.store.find_app(&app.id.to_string()).await;
    assert!(matches!(read, Err(StoreError::Unavailable(_))), "{read:?}");
    let written = trial.store.accept_messages(vec![trial.message(&app, [])]).await;
    assert!(matches!(written, Err(StoreError::Unavailable(_))), "{written:?}");
    let checked = trial.store.check().await;
    assert!(matches!(checked, Err(StoreError::Unavailable(_))), "{checked:?}");
    trial.store.close().await;
}
