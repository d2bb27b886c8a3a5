//! What every store must do when somebody asks for one more attempt by hand.

use std::time::Duration;

use wirepost_model::delivery::{DeliveryKey, DeliveryState, DeliveryStatus, ResumeAs};
use wirepost_model::ids::EndpointId;

use super::Trial;
use super::trial::guessed;
use crate::StoreError;
use crate::accepted::DueDelivery;

const MINUTE: Duration = Duration::from_secs(60);

/// A delivery that was accepted and then brought into this state, and the key of its endpoint's app.
async fn standing_as(trial: &mut Trial, state: DeliveryState) -> DeliveryKey {
    let app = trial.app().await;
    let endpoint = trial.endpoint(&app).await;
    let mut message = trial.message(&app, [&endpoint]);
    let key = DeliveryKey { app: app.id, endpoint: endpoint.id, message: message.message.id };
    if matches!(state, DeliveryState::Skipped | DeliveryState::Pending { .. }) {
        message.deliveries[0].1 = state;
        trial.accept(message).await;
        return key;
    }
    trial.accept(message).await;
    let due = trial.arrived().await.remove(0);
    if state == DeliveryState::Canceled {
        let ended = trial.store.end_pending(endpoint.id, DeliveryStatus::Canceled, 1).await;
        assert_eq!(ended, Ok(1));
    } else {
        trial.record_now(&due, state).await;
    }
    key
}

/// Asks for an attempt by hand and gives back what the engine was handed, which is what is due, too.
async fn sent_again(trial: &mut Trial, key: DeliveryKey) -> DueDelivery {
    assert_eq!(trial.store.resend(key, trial.now()).await, Ok(()));
    let arrived = trial.arrived().await;
    assert_eq!(arrived.len(), 1);
    assert_eq!((arrived[0].key, arrived[0].due_at), (key, trial.now()));
    assert!(arrived[0].payload.is_some());
    assert_eq!(trial.due(key.endpoint).await, arrived);
    arrived.into_iter().next().expect("there is one")
}

pub(super) async fn any_state_can_be_sent_again_and_returns_when_that_fails(mut trial: Trial) {
    let due_at = trial.now().plus(MINUTE * 5);
    for state in [
        DeliveryState::Pending { due_at },
        DeliveryState::Delivered,
        DeliveryState::Failed,
        DeliveryState::Canceled,
        DeliveryState::Skipped,
    ] {
        let key = standing_as(&mut trial, state).await;
        let (before, tries) = trial.standing(key).await;
        assert_eq!(before, state);
        trial.pass(Duration::from_secs(1));
        let due = sent_again(&mut trial, key).await;
        assert_eq!((due.progress.resend, due.progress.tries), (Some(ResumeAs(state)), tries));
        trial.record_now(&due, state).await;
        assert_eq!(trial.standing(key).await, (state, tries));
        assert!(trial.due(key.endpoint).await.is_empty());
    }
    trial.pass(MINUTE * 5);
    let waiting = trial.store.pending_endpoints().await.expect("an answer");
    let due = trial.due(waiting[0].endpoint).await.remove(0);
    assert_eq!((due.progress.resend, due.due_at), (None, due_at));
}

pub(super) async fn asking_twice_keeps_what_it_returns_to(mut trial: Trial) {
    let key = standing_as(&mut trial, DeliveryState::Delivered).await;
    let first = sent_again(&mut trial, key).await;
    trial.pass(MINUTE);
    let second = sent_again(&mut trial, key).await;
    assert_eq!(second.progress.resend, Some(ResumeAs(DeliveryState::Delivered)));
    trial.record_now(&first, DeliveryState::Delivered).await;
    assert_eq!(trial.due(key.endpoint).await, [second], "the first one came too late");
}

pub(super) async fn what_was_never_sent_there_can_be(mut trial: Trial) {
    let app = trial.app().await;
    let endpoint = trial.endpoint(&app).await;
    let message = trial.accept(trial.message(&app, [])).await;
    let key = DeliveryKey { app: app.id, endpoint: endpoint.id, message };
    let due = sent_again(&mut trial, key).await;
    assert_eq!(due.progress.tries, 0);
    assert_eq!(due.progress.resend, Some(ResumeAs(DeliveryState::Failed)));
    trial.record_now(&due, DeliveryState::Failed).await;
    assert_eq!(trial.standing(key).await, (DeliveryState::Failed, 0));
}

pub(super) async fn a_resend_that_succeeds_delivers(mut trial: Trial) {
    let key = standing_as(&mut trial, DeliveryState::Failed).await;
    let due = sent_again(&mut trial, key).await;
    trial.record_now(&due, DeliveryState::Delivered).await;
    assert_eq!(trial.standing(key).await, (DeliveryState::Delivered, 1));
    let due = sent_again(&mut trial, key).await;
    assert_eq!(due.progress.resend, Some(ResumeAs(DeliveryState::Delivered)));
}

pub(super) async fn what_is_not_there_cannot_be_sent_again(mut trial: Trial) {
    let key = standing_as(&mut trial, DeliveryState::Failed).await;
    let other = standing_as(&mut trial, DeliveryState::Failed).await;
    let message = trial.id();
    let endpoint: EndpointId = trial.id();
    for wrong in [
        DeliveryKey { message, ..key },
        DeliveryKey { endpoint, ..key },
        DeliveryKey { app: other.app, ..key },
        DeliveryKey { endpoint: other.endpoint, ..key },
        DeliveryKey { message: other.message, ..key },
        DeliveryKey { message: guessed(key.message), ..key },
        DeliveryKey { endpoint: guessed(key.endpoint), ..key },
        DeliveryKey { app: guessed(key.app), ..key },
    ] {
        let asked = trial.store.resend(wrong, trial.now()).await;
        assert_eq!(asked, Err(StoreError::NotFound), "{wrong:?}");
    }
    let gone = trial.store.delete_endpoint(key.app, key.endpoint, trial.now()).await;
    gone.expect("it is there");
    assert_eq!(trial.store.resend(key, trial.now()).await, Err(StoreError::NotFound));
    assert_eq!(trial.store.pending_endpoints().await, Ok(Vec::new()));
}
