//! What every store must remove by age, and what it must not.

use std::time::Duration;

use bytes::Bytes;
use wirepost_model::app::App;
use wirepost_model::attempt::AttemptContent;
use wirepost_model::delivery::DeliveryState;
use wirepost_model::endpoint::Endpoint;
use wirepost_model::ids::{AttemptId, MessageId};
use wirepost_model::message::Payload;

use super::Trial;
use super::trial::START;
use crate::accepted::DueDelivery;
use crate::retention::{Removed, WEIGHED_BYTES};

const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const KEPT: Duration = Duration::from_secs(90 * 24 * 60 * 60);
const MILLISECOND: Duration = Duration::from_millis(1);
/// Keys tell instants apart that lie so far from each other.
const TICK: Duration = Duration::from_millis(4);
const PLENTY: usize = 1_000;

/// Removes what has expired; says how many contents left, and whether there may be more.
async fn remove(trial: &Trial, weight_most: usize) -> (usize, bool) {
    let removed = trial.store.remove_expired(trial.now(), KEPT, weight_most).await;
    let Removed { contents, more, held } = removed.expect("the store writes");
    assert!(contents > 0 || held.is_zero(), "nobody waits where nothing leaves");
    (contents, more)
}

/// A message with a time of its own, if any, as it is handed over.
async fn accepted(trial: &mut Trial, app: &App, endpoint: &Endpoint, hours: Option<u16>) -> DueDelivery {
    let mut message = trial.message(app, [endpoint]);
    message.message.retention_hours = hours;
    trial.accept(message).await;
    trial.arrived().await.remove(0)
}

/// An attempt of it that was answered.
async fn answered(trial: &Trial, due: &DueDelivery) -> AttemptId {
    let mut record = trial.attempt(due, DeliveryState::Delivered);
    record.content = AttemptContent {
        signature: "v1,abc".to_owned(),
        response_headers: Bytes::from_static(b"a: b\n"),
        response_body: Bytes::from_static(b"ok"),
    };
    let id = record.attempt.id;
    trial.record(record).await;
    id
}

async fn has_payload(trial: &Trial, app: &App, message: MessageId) -> bool {
    let found = trial.store.find_message(app.id, &message.to_string(), true).await;
    match found.expect("messages stay").payload {
        Payload::Present(_) => true,
        Payload::Expired => false,
        Payload::Omitted => panic!("it was asked for"),
    }
}

async fn has_answer(trial: &Trial, app: &App, message: MessageId, attempt: AttemptId) -> bool {
    let found = trial.store.find_attempt(app.id, message, attempt).await.expect("attempts stay");
    found.content.is_some_and(|content| content != AttemptContent::default())
}

pub(super) async fn contents_leave_when_their_time_is_over(mut trial: Trial) {
    let app = trial.app().await;
    let endpoint = trial.endpoint(&app).await;
    let old = accepted(&mut trial, &app, &endpoint, None).await;
    let old_attempt = answered(&trial, &old).await;
    trial.pass(HOUR);
    let young = accepted(&mut trial, &app, &endpoint, None).await;
    let young_attempt = answered(&trial, &young).await;
    trial.clock.set(START.plus(KEPT).minus(MILLISECOND));
    assert_eq!(remove(&trial, PLENTY).await, (0, false));
    assert!(has_payload(&trial, &app, old.key.message).await);
    trial.clock.set(START.plus(KEPT + TICK));
    assert_eq!(remove(&trial, PLENTY).await, (2, false));
    assert!(!has_payload(&trial, &app, old.key.message).await);
    assert!(!has_answer(&trial, &app, old.key.message, old_attempt).await);
    assert!(has_payload(&trial, &app, young.key.message).await);
    assert!(has_answer(&trial, &app, young.key.message, young_attempt).await);
    assert_eq!(remove(&trial, PLENTY).await, (0, false));
}

pub(super) async fn a_time_of_its_own_ends_a_payload_and_its_answers(mut trial: Trial) {
    let app = trial.app().await;
    let endpoint = trial.endpoint(&app).await;
    let short = accepted(&mut trial, &app, &endpoint, Some(2)).await;
    let usual = accepted(&mut trial, &app, &endpoint, None).await;
    let short_attempt = answered(&trial, &short).await;
    let usual_attempt = answered(&trial, &usual).await;
    trial.clock.set(START.plus(HOUR * 2).minus(MILLISECOND));
    assert_eq!(remove(&trial, PLENTY).await, (0, false));
    assert!(has_answer(&trial, &app, short.key.message, short_attempt).await);
    trial.clock.set(START.plus(HOUR * 2));
    assert_eq!(remove(&trial, PLENTY).await, (2, false));
    assert!(!has_payload(&trial, &app, short.key.message).await);
    assert!(!has_answer(&trial, &app, short.key.message, short_attempt).await);
    assert!(has_payload(&trial, &app, usual.key.message).await);
    assert!(has_answer(&trial, &app, usual.key.message, usual_attempt).await);
    assert_eq!(remove(&trial, PLENTY).await, (0, false));
}

pub(super) async fn an_answer_that_comes_late_leaves_too(mut trial: Trial) {
    let app = trial.app().await;
    let endpoint = trial.endpoint(&app).await;
    let due = accepted(&mut trial, &app, &endpoint, Some(1)).await;
    let usual = accepted(&mut trial, &app, &endpoint, None).await;
    trial.pass(HOUR);
    assert_eq!(remove(&trial, PLENTY).await, (1, false));
    let waiting = trial.due(endpoint.id).await;
    let payloads: Vec<bool> = waiting.iter().map(|due| due.payload.is_some()).collect();
    assert_eq!(payloads, [false, true], "what waits learns that there is nothing to send");
    // It was in memory when its payload left.
    let attempt = answered(&trial, &due).await;
    let other = answered(&trial, &usual).await;
    trial.pass(DAY * 2);
    remove(&trial, PLENTY).await;
    assert!(!has_answer(&trial, &app, due.key.message, attempt).await);
    assert!(has_answer(&trial, &app, usual.key.message, other).await);
    assert!(!has_payload(&trial, &app, due.key.message).await);
    assert_eq!(remove(&trial, PLENTY).await, (0, false));
}

pub(super) async fn expired_contents_leave_step_by_step(mut trial: Trial) {
    let app = trial.app().await;
    let endpoint = trial.endpoint(&app).await;
    for hours in [None, Some(1), None, Some(1), None] {
        accepted(&mut trial, &app, &endpoint, hours).await;
    }
    let mut large = trial.message(&app, []);
    large.payload = Bytes::from(vec![b'x'; WEIGHED_BYTES * 5]);
    trial.accept(large).await;
    trial.accept(trial.message(&app, [])).await;
    trial.pass(KEPT + TICK);
    trial.accept(trial.message(&app, [])).await;
    let (mut contents, mut steps) = (0, 0);
    loop {
        let (left, more) = remove(&trial, 2).await;
        // The large one goes alone, though it weighs more than a step may.
        assert!(left <= 2, "{left} in one step");
        contents += left;
        steps += 1;
        if !more {
            break;
        }
    }
    // Two of them may be looked at twice.
    assert!((7..=9).contains(&contents), "{contents} left");
    assert!((4..=8).contains(&steps), "{steps} steps");
    assert_eq!(remove(&trial, 2).await, (0, false));
}

pub(super) async fn the_highest_keys_outlive_their_contents(mut trial: Trial) {
    let app = trial.app().await;
    let endpoint = trial.endpoint(&app).await;
    let first = accepted(&mut trial, &app, &endpoint, None).await;
    let short = accepted(&mut trial, &app, &endpoint, Some(1)).await;
    let highest = trial.store.highest_key().await;
    assert_eq!(highest, Ok(short.key.message.key()));
    trial.pass(HOUR);
    assert_eq!(remove(&trial, PLENTY).await, (1, false));
    trial.pass(DAY * 2);
    remove(&trial, PLENTY).await;
    assert_eq!(trial.store.highest_key().await, highest);
    let attempt = answered(&trial, &first).await;
    let highest = trial.store.highest_key().await;
    assert_eq!(highest, Ok(attempt.key()));
    trial.pass(KEPT + TICK);
    remove(&trial, PLENTY).await;
    assert_eq!(remove(&trial, PLENTY).await, (0, false));
    assert!(!has_payload(&trial, &app, first.key.message).await);
    assert!(!has_answer(&trial, &app, first.key.message, attempt).await);
    let trial = trial.reopened(8).await;
    assert_eq!(trial.store.highest_key().await, highest);
}
