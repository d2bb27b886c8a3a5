//! What every store must count for a whole app.

use std::time::Duration;

use wirepost_model::app::App;
use wirepost_model::delivery::DeliveryState;
use wirepost_model::endpoint::Endpoint;

use super::Trial;
use super::stats::latencies_of;
use super::trial::{event_type, guessed};
use crate::app_stats::{AppActivity, EventTypeCounts};
use crate::stats::{Counts, SPAN_MILLIS, span_of};

const SPAN: Duration = Duration::from_millis(SPAN_MILLIS as u64);

/// Accepts a message of this type for one endpoint, and records that its one attempt came out so.
async fn attempted(trial: &mut Trial, app: &App, endpoint: &Endpoint, name: &str, state: DeliveryState) {
    let mut message = trial.message(app, [endpoint]);
    message.message.event_type = event_type(name);
    trial.accept(message).await;
    let due = trial.arrived().await.remove(0);
    trial.record_now(&due, state).await;
}

pub(super) async fn the_counters_of_all_endpoints_are_summed_up(mut trial: Trial) {
    let (app, foreign) = (trial.app().await, trial.app().await);
    let (first, second) = (trial.endpoint(&app).await, trial.endpoint(&app).await);
    let elsewhere = trial.endpoint(&foreign).await;
    let start = trial.now();
    for (app, endpoint) in [(&app, &first), (&app, &second), (&foreign, &elsewhere)] {
        attempted(&mut trial, app, endpoint, "a.b", DeliveryState::Delivered).await;
    }
    trial.pass(SPAN * 2);
    attempted(&mut trial, &app, &second, "a.b", DeliveryState::Failed).await;
    trial.store.delete_endpoint(app.id, second.id, trial.now()).await.expect("it is there");
    let early = Counts {
        from: span_of(start),
        attempts_succeeded: 2,
        duration_millis: 2,
        delivered: 2,
        latencies: latencies_of(2),
        ..Counts::default()
    };
    let late = Counts {
        from: span_of(trial.now()),
        attempts_failed: 1,
        duration_millis: 1,
        failed: 1,
        latencies: latencies_of(1),
        ..Counts::default()
    };
    let middle = start.plus(SPAN);
    for (since, until, expected) in [
        (start, trial.now(), vec![early, late]),
        (start, middle, vec![early]),
        (middle, trial.now(), vec![late]),
        (middle, middle, vec![]),
    ] {
        assert_eq!(trial.store.app_counts(app.id, since, until).await, Ok(expected));
    }
    assert_eq!(trial.store.app_counts(guessed(app.id), start, trial.now()).await, Ok(Vec::new()));
}

pub(super) async fn the_counters_are_summed_up_by_endpoint_too(mut trial: Trial) {
    let (app, foreign) = (trial.app().await, trial.app().await);
    let (first, second) = (trial.endpoint(&app).await, trial.endpoint(&app).await);
    let (quiet, elsewhere) = (trial.endpoint(&app).await, trial.endpoint(&foreign).await);
    let start = trial.now();
    for (app, endpoint) in [(&app, &first), (&app, &second), (&foreign, &elsewhere)] {
        attempted(&mut trial, app, endpoint, "a.b", DeliveryState::Delivered).await;
    }
    trial.pass(SPAN);
    attempted(&mut trial, &app, &second, "a.b", DeliveryState::Failed).await;
    trial.store.delete_endpoint(app.id, second.id, trial.now()).await.expect("it is there");
    let of_first = Counts {
        from: span_of(start),
        attempts_succeeded: 1,
        duration_millis: 1,
        delivered: 1,
        latencies: latencies_of(1),
        ..Counts::default()
    };
    let late = Counts { from: span_of(trial.now()), attempts_failed: 1, delivered: 0, failed: 1, ..of_first };
    let late = Counts { attempts_succeeded: 0, ..late };
    let (mut of_second, mut early) = (of_first, of_first);
    of_second.add(&late);
    early.add(&of_first);
    let expected = AppActivity {
        by_span: vec![early, late],
        by_endpoint: vec![(first.id, of_first), (second.id, of_second)],
    };
    let asked = async |most| trial.store.app_activity(app.id, start, trial.now(), most).await;
    assert_eq!(asked(3).await, Ok(Some(expected)));
    assert_eq!(asked(2).await, Ok(None), "there are three counters to look at");
    let of_late = AppActivity { by_span: vec![late], by_endpoint: vec![(second.id, late)] };
    let found = trial.store.app_activity(app.id, trial.now(), trial.now(), 1).await;
    assert_eq!(found, Ok(Some(of_late)));
    let found = trial.store.app_activity(guessed(app.id), start, trial.now(), 9).await;
    assert_eq!((found, quiet.disabled), (Ok(Some(AppActivity::default())), None));
}

pub(super) async fn attempts_are_counted_by_event_type(mut trial: Trial) {
    let (app, foreign) = (trial.app().await, trial.app().await);
    let (first, second) = (trial.endpoint(&app).await, trial.endpoint(&app).await);
    let elsewhere = trial.endpoint(&foreign).await;
    let start = trial.now();
    attempted(&mut trial, &app, &first, "a.two", DeliveryState::Delivered).await;
    attempted(&mut trial, &app, &second, "a.two", DeliveryState::Failed).await;
    attempted(&mut trial, &app, &second, "a.one", DeliveryState::Failed).await;
    attempted(&mut trial, &foreign, &elsewhere, "a.one", DeliveryState::Failed).await;
    trial.pass(SPAN);
    attempted(&mut trial, &app, &first, "a.two", DeliveryState::Delivered).await;
    let counts = |name, at, succeeded, failed| EventTypeCounts {
        event_type: event_type(name),
        from: span_of(at),
        succeeded,
        failed,
    };
    let (one, two) = (counts("a.one", start, 0, 1), counts("a.two", start, 1, 1));
    let late = counts("a.two", trial.now(), 1, 0);
    let just_before = trial.now().minus(Duration::from_millis(1));
    for (since, until, most, expected) in [
        (start, trial.now(), 4, Some(vec![one.clone(), two.clone(), late.clone()])),
        (start, just_before, 4, Some(vec![one, two])),
        (trial.now(), trial.now(), 1, Some(vec![late])),
        (start, trial.now(), 3, None),
        (trial.now().plus(SPAN), trial.now().plus(SPAN), 0, Some(Vec::new())),
    ] {
        let found = trial.store.attempts_by_event_type(app.id, since, until, most).await;
        assert_eq!(found, Ok(expected));
    }
    let found = trial.store.attempts_by_event_type(guessed(app.id), start, trial.now(), 9).await;
    assert_eq!(found, Ok(Some(Vec::new())));
}
