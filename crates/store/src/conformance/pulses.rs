//! What every store must do with pulses and the log of their raises.

use std::time::Duration;

use serde_json::json;
use wirepost_model::app::App;
use wirepost_model::ids::MessageId;
use wirepost_model::message::Payload;
use wirepost_model::names::Uid;
use wirepost_model::pulse::{ObjectRule, Person, Pulse, Raise, Raisers};

use super::Trial;
use super::trial::{event_type, guessed};
use crate::StoreError;
use crate::error::Conflict;
use crate::messages::NewMessage;
use crate::page::{Order, PageQuery};

const MOST: usize = 100;

/// A pulse that is not in the store yet.
pub(super) fn unsaved(trial: &Trial, app: &App, name: &str) -> Pulse {
    Pulse {
        id: trial.id(),
        app: app.id,
        name: name.to_owned(),
        event_type: event_type("eventpulse.triggered"),
        description: String::new(),
        fields: None,
        objects: ObjectRule { least: 1, most: 10, schema: None },
        raisers: Raisers::Anyone,
        archived: false,
        created_at: trial.now(),
        updated_at: trial.now(),
        revision: 0,
    }
}

pub(super) async fn saved(trial: &Trial, app: &App, name: &str) -> Pulse {
    let pulse = unsaved(trial, app, name);
    trial.store.create_pulse(pulse.clone(), MOST).await.expect("it is created");
    pulse
}

/// A raise that is not in the store yet, and its message.
pub(super) fn unsaved_raise(trial: &Trial, app: &App, pulse: &Pulse) -> (Raise, NewMessage) {
    let message = trial.message(app, []);
    let raise = Raise {
        id: trial.id(),
        app: app.id,
        pulse: pulse.id,
        message: message.message.id,
        user: None,
        token: None,
        object_count: 1,
        fields: json!({}),
        note: None,
        raised_at: trial.now(),
    };
    (raise, message)
}

pub(super) async fn raised(trial: &Trial, app: &App, pulse: &Pulse) -> Raise {
    let (raise, message) = unsaved_raise(trial, app, pulse);
    trial.store.accept_raise(raise.clone(), message).await.expect("it is accepted");
    raise
}

async fn log(trial: &Trial, app: &App) -> Vec<Raise> {
    let page = PageQuery::first(50, Order::Ascending);
    trial.store.list_raises(app.id, None, page).await.expect("a page").rows
}

async fn found(trial: &Trial, app: &App, message: MessageId) -> Result<Payload, StoreError> {
    let found = trial.store.find_message(app.id, &message.to_string(), true).await;
    found.map(|stored| stored.payload)
}

pub(super) async fn every_field_comes_back_as_it_was_written(trial: Trial) {
    let app = trial.app().await;
    let mut pulse = unsaved(&trial, &app, "Send to \"storefront\"");
    assert_eq!(trial.store.create_pulse(pulse.clone(), MOST).await, Ok(()));
    assert_eq!(trial.store.find_pulse(app.id, pulse.id).await, Ok(pulse.clone()));
    trial.pass(Duration::from_secs(1));
    pulse.name = "Recall".to_owned();
    pulse.event_type = event_type("asset.recalled");
    pulse.description = "Takes it back".to_owned();
    pulse.fields = Some(json!({"type": "object", "properties": {"reason": {"type": "string"}}}));
    pulse.objects = ObjectRule { least: 0, most: 1_000, schema: Some(json!({"required": ["id"]})) };
    pulse.raisers = Raisers::Users(vec!["ann".to_owned(), "bob".to_owned()]);
    pulse.archived = true;
    pulse.updated_at = trial.now();
    assert_eq!(trial.store.update_pulse(pulse.clone()).await, Ok(()));
    pulse.revision += 1;
    assert_eq!(trial.store.find_pulse(app.id, pulse.id).await, Ok(pulse));
}

pub(super) async fn a_name_is_unique_in_its_app_and_free_once_archived(trial: Trial) {
    let (app, other) = (trial.app().await, trial.app().await);
    let mut first = saved(&trial, &app, "Recall").await;
    saved(&trial, &other, "Recall").await;
    let taken = Err(StoreError::Conflict(Conflict::PulseName));
    let second = unsaved(&trial, &app, "Recall");
    assert_eq!(trial.store.create_pulse(second.clone(), MOST).await, taken);
    let mut third = saved(&trial, &app, "Publish").await;
    third.name = "Recall".to_owned();
    assert_eq!(trial.store.update_pulse(third).await, taken);

    first.archived = true;
    assert_eq!(trial.store.update_pulse(first.clone()).await, Ok(()));
    assert_eq!(trial.store.create_pulse(second, MOST).await, Ok(()));
    first.revision += 1;
    first.archived = false;
    assert_eq!(trial.store.update_pulse(first).await, taken);
}

pub(super) async fn a_pulse_that_changed_meanwhile_is_not_overwritten(trial: Trial) {
    let app = trial.app().await;
    let pulse = saved(&trial, &app, "Recall").await;
    assert_eq!(trial.store.update_pulse(pulse.clone()).await, Ok(()));
    let late = trial.store.update_pulse(pulse).await;
    assert_eq!(late, Err(StoreError::Conflict(Conflict::Revision)));
}

pub(super) async fn a_pulse_needs_an_app_and_room(trial: Trial) {
    let nowhere = unsaved(&trial, &trial.unsaved_app(), "Recall");
    assert_eq!(trial.store.create_pulse(nowhere, MOST).await, Err(StoreError::NotFound));
    let app = trial.app().await;
    for name in ["one", "two"] {
        assert_eq!(trial.store.create_pulse(unsaved(&trial, &app, name), 2).await, Ok(()));
    }
    let third = trial.store.create_pulse(unsaved(&trial, &app, "three"), 2).await;
    assert_eq!(third, Err(StoreError::Conflict(Conflict::Pulses)));
}

pub(super) async fn archived_ones_are_listed_only_on_request(trial: Trial) {
    let app = trial.app().await;
    let shown = saved(&trial, &app, "shown").await;
    let mut hidden = unsaved(&trial, &app, "hidden");
    hidden.archived = true;
    trial.store.create_pulse(hidden.clone(), MOST).await.expect("it is created");
    for (include_archived, expected) in [(false, vec![shown.clone()]), (true, vec![shown, hidden])] {
        let first = PageQuery::first(10, Order::Ascending);
        let page = trial.store.list_pulses(app.id, include_archived, first).await;
        assert_eq!(page.expect("a page").rows, expected);
    }
}

pub(super) async fn a_raise_comes_with_its_message_and_is_handed_over(mut trial: Trial) {
    let app = trial.app().await;
    let endpoint = trial.endpoint(&app).await;
    let pulse = saved(&trial, &app, "Recall").await;
    let (mut raise, _) = unsaved_raise(&trial, &app, &pulse);
    let message = trial.message(&app, [&endpoint]);
    raise.message = message.message.id;
    raise.user = Some(Person {
        id: "u1".to_owned(),
        first_name: Some("Erlich".to_owned()),
        last_name: Some("Bachman".to_owned()),
    });
    raise.token = Some(trial.id());
    raise.object_count = 7;
    raise.fields = json!({"price": 1.5, "reason": "broken"});
    raise.note = Some("asked for by mail".to_owned());
    assert_eq!(trial.store.accept_raise(raise.clone(), message.clone()).await, Ok(()));
    let due = trial.arrived().await.remove(0);
    assert_eq!((due.key.message, due.payload), (raise.message, Some(message.payload.clone())));
    assert_eq!(found(&trial, &app, raise.message).await, Ok(Payload::Present(message.payload)));
    assert_eq!(log(&trial, &app).await, [raise]);
}

pub(super) async fn a_refused_raise_leaves_neither_log_nor_message(trial: Trial) {
    let (app, other) = (trial.app().await, trial.app().await);
    let pulse = saved(&trial, &app, "Recall").await;
    let mut archived = unsaved(&trial, &app, "Archived");
    archived.archived = true;
    trial.store.create_pulse(archived.clone(), MOST).await.expect("it is created");
    let mut strange = pulse.clone();
    strange.id = guessed(pulse.id);
    let gone = Err(StoreError::NotFound);
    for (app, pulse) in [(&other, &pulse), (&app, &archived), (&app, &strange)] {
        let (raise, message) = unsaved_raise(&trial, app, pulse);
        assert_eq!(trial.store.accept_raise(raise.clone(), message).await, gone);
        assert_eq!(found(&trial, app, raise.message).await, Err(StoreError::NotFound));
        assert_eq!(log(&trial, app).await, []);
    }
    let mut refused = Vec::new();
    for expected in [Ok(()), Err(StoreError::Conflict(Conflict::EventId))] {
        let (raise, mut message) = unsaved_raise(&trial, &app, &pulse);
        message.message.event_id = Uid::parse("once").ok();
        assert_eq!(trial.store.accept_raise(raise.clone(), message).await, expected);
        refused.push(raise);
    }
    assert_eq!(log(&trial, &app).await, [refused.swap_remove(0)]);
}

pub(super) async fn raises_are_listed_by_pulse_and_by_app(trial: Trial) {
    let (app, other) = (trial.app().await, trial.app().await);
    let (one, two) = (saved(&trial, &app, "one").await, saved(&trial, &app, "two").await);
    let foreign = saved(&trial, &other, "one").await;
    raised(&trial, &other, &foreign).await;
    let mut of_one = Vec::new();
    let mut all = Vec::new();
    for pulse in [&one, &two, &one] {
        let raise = raised(&trial, &app, pulse).await;
        if pulse.id == one.id {
            of_one.push(raise.clone());
        }
        all.push(raise);
    }
    assert_eq!(log(&trial, &app).await, all);
    for (pulse, expected) in [(one.id, of_one), (foreign.id, vec![]), (guessed(two.id), vec![])] {
        let page = PageQuery::first(50, Order::Ascending);
        let page = trial.store.list_raises(app.id, Some(pulse), page).await;
        assert_eq!(page.expect("a page").rows, expected);
    }
}

pub(super) async fn another_app_and_a_deleted_one_show_none(trial: Trial) {
    let (app, other) = (trial.app().await, trial.app().await);
    let pulse = saved(&trial, &app, "Recall").await;
    raised(&trial, &app, &pulse).await;
    let mut stolen = pulse.clone();
    stolen.app = other.id;
    assert_eq!(trial.store.update_pulse(stolen).await, Err(StoreError::NotFound));
    assert_eq!(trial.store.find_pulse(app.id, pulse.id).await, Ok(pulse.clone()));
    trial.store.delete_app(app.id, trial.now()).await.expect("it is there");
    for app in [other.id, guessed(app.id), app.id] {
        assert_eq!(trial.store.find_pulse(app, pulse.id).await, Err(StoreError::NotFound));
        let page = || PageQuery::first(10, Order::Descending);
        assert_eq!(trial.store.list_pulses(app, true, page()).await.expect("a page").rows, []);
        assert_eq!(trial.store.list_raises(app, None, page()).await.expect("a page").rows, []);
    }
}

pub(super) async fn keys_go_on_above_pulses_and_raises(trial: Trial) {
    let app = trial.app().await;
    let pulse = saved(&trial, &app, "Recall").await;
    assert_eq!(trial.store.highest_key().await, Ok(pulse.id.key()));
    let raise = raised(&trial, &app, &pulse).await;
    let trial = trial.reopened(8).await;
    assert_eq!(trial.store.highest_key().await, Ok(raise.id.key()));
    assert_eq!(log(&trial, &app).await, [raise]);
}
