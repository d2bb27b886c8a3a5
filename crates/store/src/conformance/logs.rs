//! What every store must say of the messages in an app's log.

use wirepost_model::delivery::{DeliveryKey, DeliveryState};
use wirepost_model::ids::MessageId;
use wirepost_model::names::Uid;

use super::Trial;
use super::trial::guessed;
use crate::deliveries::DeliveryView;
use crate::logs::MessageOutcomes;
use crate::messages::NewMessage;

pub(super) async fn messages_come_with_how_they_stand(mut trial: Trial) {
    let (app, other) = (trial.app().await, trial.app().await);
    let (first, second) = (trial.endpoint(&app).await, trial.endpoint(&app).await);
    let foreign = trial.accept(trial.message(&other, [])).await;
    let due = trial.accept_for(&app, [&first, &second]).await;
    trial.record_now(&due[0], DeliveryState::Delivered).await;
    let named = NewMessage { payload_event_id: Some("e-1".to_owned()), ..trial.message(&app, [&second]) };
    let (both, named, none) =
        (due[0].key.message, trial.accept(named).await, trial.accept(trial.message(&app, [])).await);
    let view = |message, endpoint, state, tries| DeliveryView {
        key: DeliveryKey { app: app.id, endpoint, message },
        state,
        tries,
    };
    let pending = DeliveryState::Pending { due_at: trial.now() };
    let of = |message, payload_event_id: Option<&str>, deliveries| MessageOutcomes {
        message,
        payload_event_id: payload_event_id.map(str::to_owned),
        deliveries,
        complete: true,
    };
    let other_state =
        |endpoint| if endpoint == due[0].key.endpoint { (DeliveryState::Delivered, 1) } else { (pending, 0) };
    let of_both = [first.id, second.id].map(|endpoint| {
        let (state, tries) = other_state(endpoint);
        view(both, endpoint, state, tries)
    });
    let expected = vec![
        of(none, None, vec![]),
        of(named, Some("e-1"), vec![view(named, second.id, pending, 0)]),
        of(both, None, of_both.to_vec()),
    ];
    let asked = vec![none, foreign, named, guessed(both), trial.id(), both];
    assert_eq!(trial.store.outcomes(app.id, asked, 10).await, Ok(expected));
    assert_eq!(trial.store.outcomes(app.id, Vec::new(), 10).await, Ok(Vec::new()));
    assert_eq!(trial.store.outcomes(guessed(app.id), vec![both], 10).await, Ok(Vec::new()));
}

pub(super) async fn no_more_endpoints_are_asked_than_wanted(mut trial: Trial) {
    let app = trial.app().await;
    let endpoints = [trial.endpoint(&app).await, trial.endpoint(&app).await, trial.endpoint(&app).await];
    let message = trial.accept_for(&app, &endpoints).await[0].key.message;
    let asked = async |most| {
        let found = trial.store.outcomes(app.id, vec![message], most).await.expect("the store reads");
        let one = found.first().expect("the message is there");
        let of: Vec<_> = one.deliveries.iter().map(|delivery| delivery.key.endpoint).collect();
        (of, one.complete)
    };
    let ids = endpoints.each_ref().map(|endpoint| endpoint.id);
    assert_eq!(asked(3).await, (ids.to_vec(), true));
    assert_eq!(asked(2).await, (ids[..2].to_vec(), false));
    trial.store.delete_endpoint(app.id, ids[0], trial.now()).await.expect("it is there");
    assert_eq!(asked(2).await, (ids[1..].to_vec(), true));
}

pub(super) async fn a_name_finds_all_that_may_be_meant(trial: Trial) {
    let (app, other) = (trial.app().await, trial.app().await);
    let holding = |id: &str| NewMessage { payload_event_id: Some(id.to_owned()), ..trial.message(&app, []) };
    let (first, second) = (trial.accept(holding("e-1")).await, trial.accept(holding("e-1")).await);
    let mut own = holding("e-1");
    own.message.event_id = Uid::parse("e-1").ok();
    let own = trial.accept(own).await;
    let mut named_so = trial.message(&app, []);
    named_so.message.event_id = Uid::parse(&first.to_string()).ok();
    let named_so = trial.accept(named_so).await;
    let called = async |name: &str, most| -> Vec<MessageId> {
        let found = trial.store.messages_called(app.id, name, most).await.expect("the store reads");
        found.iter().map(|stored| stored.message.id).collect()
    };
    assert_eq!(called("e-1", 10).await, [own, second, first]);
    assert_eq!(called("e-1", 2).await, [own, second]);
    assert_eq!(called(&first.to_string(), 10).await, [first, named_so]);
    assert_eq!(called("e-2", 10).await, []);
    assert_eq!(called(&guessed(second).to_string(), 10).await, []);
    assert_eq!(trial.store.messages_called(other.id, "e-1", 10).await, Ok(Vec::new()));
}
