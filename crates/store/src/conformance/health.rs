//! What every store must remember of an endpoint's health.

use std::time::Duration;

use wirepost_model::endpoint::{Disabled, DisabledReason, Endpoint};
use wirepost_model::timestamp::Timestamp;

use super::Trial;
use crate::StoreError;
use crate::deliveries::HealthChange;
use crate::error::Conflict;

async fn change(
    trial: &Trial,
    endpoint: &Endpoint,
    since: Option<Timestamp>,
    reason: Option<DisabledReason>,
) {
    let at = trial.now();
    let change = HealthChange {
        app: endpoint.app,
        endpoint: endpoint.id,
        failing_since: since,
        disable: reason.map(|reason| Disabled { reason, at }),
    };
    let recorded = trial.store.record_attempts(Vec::new(), vec![change]).await;
    recorded.expect("the store writes");
}

async fn found(trial: &Trial, endpoint: &Endpoint) -> Endpoint {
    let found = trial.store.find_endpoint(endpoint.app, &endpoint.id.to_string()).await;
    found.expect("it is there")
}

pub(super) async fn failing_is_remembered_until_a_success(trial: Trial) {
    let app = trial.app().await;
    let (endpoint, other) = (trial.endpoint(&app).await, trial.endpoint(&app).await);
    let since = Some(trial.now());
    change(&trial, &endpoint, since, None).await;
    let mut expected = endpoint.clone();
    expected.failing_since = since;
    assert_eq!(found(&trial, &endpoint).await, expected);
    assert_eq!(found(&trial, &other).await, other);
    change(&trial, &endpoint, None, None).await;
    assert_eq!(found(&trial, &endpoint).await, endpoint);
}

pub(super) async fn disabling_keeps_the_first_reason(trial: Trial) {
    let app = trial.app().await;
    let endpoint = trial.endpoint(&app).await;
    let at = trial.now();
    change(&trial, &endpoint, Some(at), Some(DisabledReason::Gone)).await;
    trial.pass(Duration::from_secs(1));
    change(&trial, &endpoint, Some(at), Some(DisabledReason::Failing)).await;
    let stored = found(&trial, &endpoint).await;
    let reason = DisabledReason::Gone;
    assert_eq!(stored.disabled, Some(Disabled { reason, at }));
    assert_eq!(stored.updated_at, endpoint.updated_at);
    // Who read it before would enable it again without knowing.
    let edit = trial.store.update_endpoint(endpoint).await;
    assert_eq!(edit, Err(StoreError::Conflict(Conflict::Revision)));
}

pub(super) async fn an_edit_keeps_what_the_engine_said_and_enabling_forgets_it(trial: Trial) {
    let app = trial.app().await;
    let endpoint = trial.endpoint(&app).await;
    let since = Some(trial.now());
    change(&trial, &endpoint, since, None).await;
    let mut edited = endpoint.clone();
    edited.description = "Edited".to_owned();
    assert_eq!(trial.store.update_endpoint(edited).await, Ok(()));
    assert_eq!(found(&trial, &endpoint).await.failing_since, since);

    change(&trial, &endpoint, since, Some(DisabledReason::Failing)).await;
    let mut enabled = found(&trial, &endpoint).await;
    enabled.disabled = None;
    assert_eq!(trial.store.update_endpoint(enabled).await, Ok(()));
    let stored = found(&trial, &endpoint).await;
    assert_eq!((stored.disabled, stored.failing_since), (None, None));
}
