//! When attempts are made: the schedule, `Retry-After`, and what ends a delivery.

use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use wirepost_engine::EngineSettings;
use wirepost_model::delivery::{DeliveryState, DeliveryStatus};
use wirepost_model::retry_schedule::{Jitter, RetrySchedule};
use wirepost_store::deliveries::Deliveries;
use wirepost_store::messages::Messages;

use crate::clock::pass;
use crate::receiver::{Character, Plan};
use crate::world::{ENGINE_SEED, World};

const DAY: Duration = Duration::from_secs(86_400);
const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn nine_attempts_at_their_times_then_failed() {
    let world = World::with(EngineSettings::default()).await;
    let app = world.app(None).await;
    let endpoint = world.endpoint(app, Character::always(Plan::answer(500))).await;
    let message = world.accept(app, &[endpoint]).await;
    assert!(world.settle(3 * DAY).await);
    let mut draws = StdRng::seed_from_u64(ENGINE_SEED);
    let (schedule, mut at, mut expected) = (RetrySchedule::default(), 0, vec![0]);
    for tries in 1..9 {
        let wait = schedule
            .wait_after(tries, Jitter::from_draw(draws.random()))
            .expect("the default has eight waits");
        at += i64::try_from(wait.as_millis()).expect("it fits");
        expected.push(at);
    }
    assert_eq!(world.began(endpoint), expected);
    assert_eq!(world.state(endpoint, message), DeliveryState::Failed);
    let written = [0, 0, 5, 300, 1_800, 7_200, 18_000, 36_000, 36_000];
    let mut steady = 0;
    for (number, wait) in written.into_iter().enumerate() {
        steady += wait * 1_000;
        assert!((expected[number] - steady).abs() <= steady / 5, "attempt {number}");
    }
}

#[tokio::test(start_paused = true)]
async fn retry_after_is_never_early_in_either_form() {
    let world = World::with(EngineSettings::default()).await;
    let app = world.app(None).await;
    let script = [
        Plan::answer(404).retry_after("90"),
        // 100 s after noon, though the schedule says five.
        Plan::answer(500).retry_after("Sat, 31 Jan 2026 12:03:20 GMT"),
        Plan::answer(200),
    ];
    let endpoint = world.endpoint(app, Character::script(script)).await;
    world.accept(app, &[endpoint]).await;
    assert!(world.settle(DAY).await);
    assert_eq!(world.began(endpoint), [0, 90_000, 200_000]);
}

#[tokio::test(start_paused = true)]
async fn overload_pauses_the_whole_lane_and_other_failures_only_their_delivery() {
    for (status, second_at) in [(429, 60_000), (503, 60_000), (500, 1_000)] {
        let world = World::with(EngineSettings::default()).await;
        let app = world.app(None).await;
        let script = [Plan::answer(status).retry_after("60"), Plan::answer(200)];
        let endpoint = world.endpoint(app, Character::script(script)).await;
        world.accept(app, &[endpoint]).await;
        pass(SECOND).await;
        world.accept(app, &[endpoint]).await;
        assert!(world.settle(DAY).await);
        assert_eq!(world.began(endpoint)[1], second_at, "{status}");
        assert_eq!(world.began(endpoint).iter().max(), Some(&60_000), "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_pause_outlives_the_lane_that_was_asked() {
    let settings = EngineSettings {
        retry_schedule: RetrySchedule::try_new(Vec::new()).expect("a good schedule"),
        ..EngineSettings::default()
    };
    let world = World::with(settings).await;
    let app = world.app(None).await;
    let script = [Plan::answer(503).retry_after("600"), Plan::answer(200)];
    let endpoint = world.endpoint(app, Character::script(script)).await;
    world.accept(app, &[endpoint]).await;
    pass(300 * SECOND).await;
    assert_eq!(world.count(endpoint, DeliveryStatus::Failed), 1);
    world.accept(app, &[endpoint]).await;
    assert!(world.settle(DAY).await);
    assert_eq!(world.began(endpoint), [0, 600_000]);
}

#[tokio::test(start_paused = true)]
async fn a_message_for_later_waits_for_its_time() {
    let world = World::with(EngineSettings::default()).await;
    let app = world.app(None).await;
    let endpoint = world.endpoint(app, Character::always(Plan::answer(200))).await;
    let later = world.message(app, &[endpoint], world.clock.shows().plus(3 * DAY));
    world.store.accept_messages(vec![later]).await.expect("the store is there");
    world.accept(app, &[endpoint]).await;
    assert!(world.settle(4 * DAY).await);
    assert_eq!(world.began(endpoint), [0, 3 * 86_400_000]);
}

#[tokio::test(start_paused = true)]
async fn a_removed_payload_ends_the_delivery_with_its_cause_and_blames_nobody() {
    let world = World::with(EngineSettings::default()).await;
    let app = world.app(None).await;
    let endpoint = world.endpoint(app, Character::always(Plan::answer(500))).await;
    world.disable(endpoint).await;
    let message = world.accept(app, &[endpoint]).await;
    let mut row = world.disk.lock().deliveries[&(endpoint, message)];
    assert_eq!(row.state, DeliveryState::Skipped);
    let key = world.key(app, endpoint, message);
    world.store.expunge_content(app, message).await.expect("it is there");
    world.enable(endpoint).await;
    world.store.resend(key, world.clock.shows()).await.expect("it is there");
    assert!(world.settle(DAY).await);
    row = world.disk.lock().deliveries[&(endpoint, message)];
    assert_eq!(row.state, DeliveryState::Skipped, "as it was before it was to be sent again");
    assert!(world.requests(endpoint).is_empty());
    let later = world.message(app, &[endpoint], world.clock.shows().plus(SECOND));
    let later_id = later.message.id;
    let _ = world.store.accept_messages(vec![later]).await;
    world.store.expunge_content(app, later_id).await.expect("it is there");
    assert!(world.settle(DAY).await);
    assert_eq!(world.state(endpoint, later_id), DeliveryState::Failed);
    let disk = world.disk.lock();
    let attempt = disk.attempts.last().expect("the end is recorded");
    let failure = attempt.record.attempt.failure.as_deref();
    assert!(failure.is_some_and(|failure| failure.starts_with("expired: ")));
    assert_eq!(disk.endpoints[&endpoint].endpoint.failing_since, None);
}

#[tokio::test(start_paused = true)]
async fn a_resend_is_one_attempt_at_once_and_returns_to_what_it_was() {
    let world = World::with(EngineSettings::default()).await;
    let app = world.app(None).await;
    let script = [Plan::answer(200), Plan::answer(500)];
    let endpoint = world.endpoint(app, Character::script(script)).await;
    let message = world.accept(app, &[endpoint]).await;
    pass(10 * SECOND).await;
    let key = world.key(app, endpoint, message);
    world.store.resend(key, world.clock.shows()).await.expect("it is there");
    pass(DAY).await;
    assert_eq!(world.began(endpoint), [0, 10_000]);
    assert_eq!(world.state(endpoint, message), DeliveryState::Delivered);
}

#[tokio::test(start_paused = true)]
async fn a_resend_while_a_request_is_open_is_not_lost() {
    // With the hand-over open, and with it so full that the resend is only noted.
    for handover_batches in [64, 1] {
        let beginning = crate::world::Beginning { handover_batches, ..Default::default() };
        let world = World::begin(beginning, EngineSettings::default()).await;
        let app = world.app(None).await;
        let endpoint = world.endpoint(app, Character::always(Plan::answer(200).after(5 * SECOND))).await;
        let message = world.accept(app, &[endpoint]).await;
        pass(SECOND).await;
        let key = world.key(app, endpoint, message);
        let now = world.clock.shows();
        for _ in 0..3 {
            world.store.resend(key, now).await.expect("it is there");
        }
        assert!(world.settle(DAY).await);
        assert_eq!(world.began(endpoint), [0, 5_000], "{handover_batches}");
        assert_eq!(world.state(endpoint, message), DeliveryState::Delivered);
    }
}

#[tokio::test(start_paused = true)]
async fn a_hint_that_comes_late_sends_nothing_twice() {
    let world = World::with(EngineSettings::default()).await;
    let app = world.app(None).await;
    let script = [Plan::answer(500), Plan::answer(200)];
    let endpoint = world.endpoint(app, Character::script(script)).await;
    world.disk.lock().hints_come_late = true;
    world.accept_many(app, &[endpoint], 100).await;
    assert!(world.settle(DAY).await);
    pass(60 * SECOND).await;
    assert_eq!(world.requests(endpoint).len(), 101);
}
