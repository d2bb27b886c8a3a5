//! What an operator is told while endpoints fail, recover and are given up; by whom; and how often.

use std::time::Duration;

use serde_json::Value;
use wirepost_engine::EngineSettings;
use wirepost_model::background_task::TaskWork;
use wirepost_model::delivery::DeliveryStatus;
use wirepost_model::endpoint::DisabledReason;
use wirepost_model::ids::{AppId, EndpointId};
use wirepost_model::names::Uid;
use wirepost_model::retry_schedule::RetrySchedule;
use wirepost_model::timestamp::Timestamp;
use wirepost_store::apps::Apps;

use crate::clock::{NOON, pass};
use crate::faults::Odds;
use crate::receiver::{Character, Plan};
use crate::world::{Beginning, World, url_of};

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);

/// With an operational app, and with retries so near that failures end soon.
fn settings(schedule: &str) -> EngineSettings {
    EngineSettings {
        retry_schedule: RetrySchedule::parse(schedule).expect("a good schedule"),
        operational_app: Uid::parse("operations").ok(),
        ..EngineSettings::default()
    }
}

/// The operational app with an endpoint of this character.
async fn operators(world: &World, character: Character) -> (AppId, EndpointId) {
    let mut app = world.app_row(None);
    app.uid = Uid::parse("operations").ok();
    let id = app.id;
    world.store.create_app(app).await.expect("the store is there");
    world.directory.changed(id);
    (id, world.endpoint(id, character).await)
}

async fn listening(world: &World) -> EndpointId {
    operators(world, Character::always(Plan::answer(200))).await.1
}

/// What the endpoint of the operators was told, and when.
fn told(world: &World, operators: EndpointId) -> Vec<(Timestamp, Value)> {
    let told = |request: crate::receiver::Request| {
        let body = serde_json::from_slice(&request.body).expect("a notice is JSON");
        (request.began_at, body)
    };
    world.requests(operators).into_iter().map(told).collect()
}

/// Of that what begins with this, each with a word of its data.
fn types(told: &[(Timestamp, Value)], beginning: &str) -> Vec<String> {
    let types = told.iter().map(|(_, body)| body["type"].as_str().expect("a type").to_owned());
    types.filter(|event_type| event_type.starts_with(beginning)).collect()
}

/// A message every hour.
async fn accept_hourly(world: &World, app: AppId, endpoint: EndpointId, times: usize) {
    for _ in 0..times {
        world.accept(app, &[endpoint]).await;
        pass(HOUR).await;
    }
}

fn failing() -> Character {
    Character::always(Plan::answer(500))
}

#[tokio::test(start_paused = true)]
async fn five_days_of_failures_are_warned_of_twice_and_end_in_a_disabled_endpoint() {
    let world = World::with(settings("5s")).await;
    let operators = listening(&world).await;
    let app = world.app(None).await;
    let endpoint = world.endpoint(app, failing()).await;
    accept_hourly(&world, app, endpoint, 5 * 24 + 3).await;
    pass(DAY).await;
    let all = told(&world, operators);
    let of_endpoint: Vec<_> = all
        .iter()
        .filter(|(_, body)| body["type"].as_str().is_some_and(|of| of.starts_with("endpoint.")))
        .collect();
    let told_at: Vec<_> = of_endpoint.iter().map(|(at, _)| at.since(NOON)).collect();
    assert_eq!(told_at, [60 * HOUR, 96 * HOUR, 120 * HOUR]);
    let words: Vec<_> = of_endpoint
        .iter()
        .map(|(_, body)| {
            let data = &body["data"];
            assert_eq!(
                (&data["appId"], &data["endpointId"]),
                (&app.to_string().into(), &endpoint.to_string().into())
            );
            assert_eq!(data["failSince"], NOON.to_string());
            (body["type"].as_str().expect("a type"), data["percent"].as_u64(), data["trigger"].as_str())
        })
        .collect();
    let expected = [
        ("endpoint.failing", Some(50), None),
        ("endpoint.failing", Some(80), None),
        ("endpoint.disabled", None, Some("automatic")),
    ];
    assert_eq!(words, expected);
    assert_eq!(of_endpoint[0].1["data"]["disableAt"], NOON.plus(5 * DAY).to_string());
    assert_eq!(of_endpoint[2].1["data"]["reason"], "failing");
    assert_eq!(world.endpoint_row(endpoint).disabled.map(|disabled| disabled.at), Some(NOON.plus(5 * DAY)));
    let heard = |request: &crate::receiver::Request| !request.body.starts_with(b"{ \"message\"");
    assert!(!world.requests(endpoint).iter().any(heard), "the failing endpoint is told of nothing");
    assert_eq!(world.count(endpoint, DeliveryStatus::Skipped), 2);
}

#[tokio::test(start_paused = true)]
async fn one_success_ends_the_warnings_until_it_has_failed_as_long_again() {
    let world = World::with(settings("5s")).await;
    let operators = listening(&world).await;
    let app = world.app(None).await;
    let endpoint = world.endpoint(app, failing()).await;
    accept_hourly(&world, app, endpoint, 70).await;
    assert_eq!(types(&told(&world, operators), "endpoint."), ["endpoint.failing"]);
    world.receivers.set(&url_of(endpoint), Character::always(Plan::answer(200)));
    accept_hourly(&world, app, endpoint, 1).await;
    world.receivers.set(&url_of(endpoint), failing());
    accept_hourly(&world, app, endpoint, 60).await;
    assert_eq!(types(&told(&world, operators), "endpoint.").len(), 1, "the second period is not half over");
    accept_hourly(&world, app, endpoint, 2).await;
    let told = told(&world, operators);
    assert_eq!(types(&told, "endpoint."), ["endpoint.failing"; 2]);
    assert_eq!(told.iter().filter(|(_, body)| body["data"]["percent"] == 50).count(), 2);
    assert_eq!(world.endpoint_row(endpoint).disabled, None);
}

#[tokio::test(start_paused = true)]
async fn an_idle_endpoint_is_neither_warned_of_nor_disabled() {
    let world = World::with(settings("5s")).await;
    let operators = listening(&world).await;
    let app = world.app(None).await;
    let endpoint = world.endpoint(app, failing()).await;
    accept_hourly(&world, app, endpoint, 1).await;
    pass(9 * DAY).await;
    assert_eq!(types(&told(&world, operators), "endpoint."), [""; 0]);
    assert_eq!(world.endpoint_row(endpoint).disabled, None);
}

#[tokio::test(start_paused = true)]
async fn a_warning_that_was_given_is_not_given_again_after_a_restart() {
    let world = World::with(settings("5s")).await;
    let operators = listening(&world).await;
    let app = world.app(None).await;
    let endpoint = world.endpoint(app, failing()).await;
    accept_hourly(&world, app, endpoint, 65).await;
    assert_eq!(types(&told(&world, operators), "endpoint."), ["endpoint.failing"]);
    let beginning = Beginning {
        disk: world.disk.clone(),
        ids: world.ids.clone(),
        now: world.clock.shows(),
        characters: vec![(url_of(endpoint), failing())],
        ..Beginning::default()
    };
    drop(world);
    let next = World::begin(beginning, settings("5s")).await;
    accept_hourly(&next, app, endpoint, 30).await;
    assert_eq!(types(&told(&next, operators), "endpoint."), [""; 0]);
    accept_hourly(&next, app, endpoint, 30).await;
    assert_eq!(types(&told(&next, operators), "endpoint."), ["endpoint.failing", "endpoint.disabled"]);
}

#[tokio::test(start_paused = true)]
async fn a_message_is_told_of_when_it_is_failing_when_it_recovers_and_when_it_is_given_up() {
    let world = World::with(settings("1s,1s,1s,1s,1s")).await;
    let operators = listening(&world).await;
    let app = world.app(None).await;
    let failures = |count: usize| std::iter::repeat_n(Plan::answer(503), count);
    let recovering = Character::script(failures(5).chain([Plan::answer(200)]));
    let recovering = world.endpoint(app, recovering).await;
    let hopeless = world.endpoint(app, failing()).await;
    let hiccup = Character::script(failures(3).chain([Plan::answer(200)]));
    let hiccup = world.endpoint(app, hiccup).await;
    let message = world.accept(app, &[recovering, hopeless, hiccup]).await;
    pass(HOUR).await;
    let told = told(&world, operators);
    let of = |endpoint: EndpointId| -> Vec<(String, u64)> {
        let id = Value::from(endpoint.to_string());
        let of_endpoint = told.iter().filter(|(_, body)| body["data"]["endpointId"] == id);
        let word = |(_, body): &(Timestamp, Value)| {
            let data = &body["data"];
            assert_eq!(data["msgId"], message.to_string());
            let status = data["lastAttempt"]["responseStatusCode"].as_u64().expect("a number");
            (body["type"].as_str().expect("a type").to_owned(), status)
        };
        of_endpoint.map(word).collect()
    };
    let word = |event_type: &str, status| (format!("message.attempt.{event_type}"), status);
    assert_eq!(of(recovering), [word("failing", 503), word("recovered", 200)]);
    assert_eq!(of(hopeless), [word("failing", 500), word("exhausted", 500)]);
    assert_eq!(of(hiccup), []);
    let exhausted = told.iter().find(|(_, body)| body["type"] == "message.attempt.exhausted");
    let last = &exhausted.expect("it was told").1["data"]["lastAttempt"];
    let disk = world.disk.lock();
    let mut attempts = disk.attempts.iter().map(|row| &row.record.attempt);
    let attempt = attempts.rfind(|attempt| attempt.delivery.endpoint == hopeless);
    let attempt = attempt.expect("it was attempted");
    assert_eq!(last["id"], attempt.id.to_string());
    assert_eq!(last["timestamp"], attempt.started_at.to_string());
}

#[tokio::test(start_paused = true)]
async fn a_410_is_told_of_with_its_reason() {
    let world = World::with(settings("5s")).await;
    let operators = listening(&world).await;
    let app = world.app(None).await;
    let endpoint = world.endpoint(app, Character::always(Plan::answer(410))).await;
    world.accept_many(app, &[endpoint], 300).await;
    pass(HOUR).await;
    let told = told(&world, operators);
    let disabled: Vec<_> = told.iter().filter(|(_, body)| body["type"] == "endpoint.disabled").collect();
    assert_eq!(disabled.len(), 1);
    assert_eq!(disabled[0].1["data"]["reason"], "gone");
}

#[tokio::test(start_paused = true)]
async fn trouble_of_the_operators_own_endpoints_is_told_to_nobody() {
    let world = World::with(settings("1s,1s,1s,1s")).await;
    let (own, broken) = operators(&world, failing()).await;
    let beside = world.endpoint(own, Character::always(Plan::answer(200))).await;
    let app = world.app(None).await;
    let endpoint = world.endpoint(app, failing()).await;
    accept_hourly(&world, app, endpoint, 7 * 24).await;
    let reason = world.endpoint_row(broken).disabled.map(|disabled| disabled.reason);
    assert_eq!(reason, Some(DisabledReason::Failing));
    let told = told(&world, beside);
    assert_eq!(types(&told, "endpoint."), ["endpoint.failing", "endpoint.failing", "endpoint.disabled"]);
    assert!(told.iter().all(|(_, body)| body["data"]["appId"] == app.to_string()));
    assert!(
        world.count(broken, DeliveryStatus::Failed) > 0,
        "what it missed is on record, as for any endpoint"
    );
}

#[tokio::test(start_paused = true)]
async fn thousands_that_end_at_once_are_each_told_of() {
    let world = World::with(settings("5s")).await;
    let (own, first) = operators(&world, Character::always(Plan::answer(200))).await;
    for _ in 0..9 {
        world.endpoint(own, Character::always(Plan::answer(200))).await;
    }
    let app = world.app(None).await;
    let endpoint = world.endpoint(app, failing()).await;
    world.accept_many(app, &[endpoint], 5_000).await;
    assert!(world.settle(HOUR).await);
    assert_eq!(types(&told(&world, first), "message.attempt.exhausted").len(), 5_000);
    assert_eq!(world.disk.lock().told.len(), 5_000);
}

#[tokio::test(start_paused = true)]
async fn a_disabled_endpoint_of_the_operators_skips_and_a_deleted_app_hears_nothing() {
    let world = World::with(settings("5s")).await;
    let (own, operators) = operators(&world, Character::always(Plan::answer(200))).await;
    let app = world.app(None).await;
    let endpoint = world.endpoint(app, failing()).await;
    world.disable(operators).await;
    accept_hourly(&world, app, endpoint, 1).await;
    assert_eq!(world.count(operators, DeliveryStatus::Skipped), 1);
    let deleted = world.store.delete_app(own, world.clock.shows()).await;
    assert_eq!(deleted, Ok(()));
    world.directory.changed(own);
    accept_hourly(&world, app, endpoint, 1).await;
    assert_eq!(world.count(endpoint, DeliveryStatus::Failed), 2);
    assert_eq!(world.disk.lock().told.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_loses_every_other_answer_tells_of_nothing_twice() {
    let odds = Odds { fails_before: 0.2, fails_after: 0.3, ..Odds::default() };
    let world = World::begin(Beginning { odds, ..Beginning::default() }, settings("1s,1s,1s,1s")).await;
    world.store.faults.set_calm(true);
    let operators = listening(&world).await;
    let app = world.app(None).await;
    let endpoints = [world.endpoint(app, failing()).await, world.endpoint(app, failing()).await];
    world.accept_many(app, &endpoints, 200).await;
    world.store.faults.set_calm(false);
    assert!(world.settle(DAY).await);
    let told = told(&world, operators);
    assert_eq!(types(&told, "message.attempt.failing").len(), 400);
    assert_eq!(types(&told, "message.attempt.exhausted").len(), 400);
}

#[tokio::test(start_paused = true)]
async fn without_an_operational_app_nothing_is_asked_for_it() {
    let world = World::with(EngineSettings { operational_app: None, ..settings("5s") }).await;
    let operators = listening(&world).await;
    let app = world.app(None).await;
    let endpoint = world.endpoint(app, failing()).await;
    accept_hourly(&world, app, endpoint, 3 * 24).await;
    assert_eq!(world.requests(operators).len(), 0);
    assert!(world.disk.lock().told.is_empty());
}

#[tokio::test(start_paused = true)]
async fn the_end_of_a_task_is_told_with_what_came_of_it() {
    let world = World::with(settings("5s")).await;
    let operators = listening(&world).await;
    let app = world.app(None).await;
    let endpoint = world.endpoint(app, failing()).await;
    world.accept_many(app, &[endpoint], 300).await;
    assert!(world.settle(HOUR).await);
    world.receivers.set(&url_of(endpoint), Character::always(Plan::answer(200)));
    let task = world.task(app, endpoint, TaskWork::EndpointRecover, 1_000);
    let id = world.begin_task(task).await.to_string();
    pass(HOUR).await;
    let told = told(&world, operators);
    let ends: Vec<_> = told.iter().filter(|(_, body)| body["type"] == "background_task.finished").collect();
    assert_eq!(ends.len(), 1);
    let data = &ends[0].1["data"];
    assert_eq!((&data["taskId"], &data["status"]), (&id.into(), &"finished".into()));
    assert_eq!((&data["task"], &data["data"]["messagesSent"]), (&"endpoint.recover".into(), &300.into()));
    assert_eq!(types(&told, "message.attempt.recovered").len(), 0, "it began its schedule anew");
}
