//! The database away for a while, and how an engine stops.

use std::time::Duration;

use wirepost_engine::EngineSettings;
use wirepost_model::delivery::DeliveryStatus;

use crate::clock::pass;
use crate::receiver::{Character, Plan};
use crate::world::{Beginning, World};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test(start_paused = true)]
async fn ten_minutes_without_the_database_lose_nothing() {
    let world = World::with(EngineSettings::default()).await;
    let app = world.app(None).await;
    let script = (0..200).map(|number| Plan::answer(if number % 3 == 0 { 500 } else { 200 }));
    let character = Character::script(script.map(|plan| plan.after(SECOND)));
    let endpoint = world.endpoint(app, character).await;
    world.accept_many(app, &[endpoint], 3_000).await;
    pass(3 * SECOND).await;
    world.store.faults.set_away(true);
    pass(10 * MINUTE).await;
    let operations = world.store.faults.operations();
    world.store.faults.set_away(false);
    assert!(operations < 2_000, "{operations} operations: it waits before it tries again");
    assert!(world.settle(60 * MINUTE).await);
    assert_eq!(world.count(endpoint, DeliveryStatus::Delivered), 3_000);
    let attempts = world.disk.lock().attempts.len();
    assert_eq!(world.requests(endpoint).len(), attempts, "each request is recorded, and none was repeated");
}

#[tokio::test(start_paused = true)]
async fn stopping_lets_requests_end_and_records_them() {
    let world = World::with(EngineSettings::default()).await;
    let app = world.app(None).await;
    let endpoint = world.endpoint(app, Character::always(Plan::answer(200).after(5 * SECOND))).await;
    world.accept_many(app, &[endpoint], 100).await;
    pass(SECOND).await;
    let open = world.requests(endpoint).len();
    let World { engine, store, disk, receivers, .. } = world;
    assert!(engine.stop(30 * SECOND).await);
    assert_eq!(receivers.count(), open, "nothing was begun");
    assert_eq!(disk.lock().attempts.len(), open);
    let operations = store.faults.operations();
    pass(10 * MINUTE).await;
    assert_eq!((store.faults.operations(), receivers.count()), (operations, open));
}

#[tokio::test(start_paused = true)]
async fn stopping_with_a_hanging_request_says_so_within_its_bound() {
    let world = World::with(EngineSettings::default()).await;
    let app = world.app(None).await;
    let endpoint = world.endpoint(app, Character::always(Plan::hang())).await;
    world.accept_many(app, &[endpoint], 10).await;
    pass(SECOND).await;
    let (before, clock) = (world.clock.shows(), world.clock.clone());
    assert!(!world.engine.stop(3 * SECOND).await);
    assert_eq!(clock.shows().since(before), 3 * SECOND);
    // What was not recorded is attempted again by the next engine.
    pass(MINUTE).await;
    let beginning = Beginning {
        disk: world.disk.clone(),
        ids: world.ids.clone(),
        now: clock.shows(),
        ..Beginning::default()
    };
    let next = World::begin(beginning, EngineSettings::default()).await;
    assert!(next.settle(10 * MINUTE).await);
    assert_eq!(next.count(endpoint, DeliveryStatus::Delivered), 10);
}

#[tokio::test(start_paused = true)]
async fn a_dropped_engine_begins_nothing_more() {
    let world = World::with(EngineSettings::default()).await;
    let app = world.app(None).await;
    let endpoint = world.endpoint(app, Character::always(Plan::answer(200).after(SECOND))).await;
    world.accept_many(app, &[endpoint], 100).await;
    pass(SECOND / 2).await;
    let World { engine, receivers, .. } = world;
    let open = receivers.count();
    drop(engine);
    pass(MINUTE).await;
    assert_eq!(receivers.count(), open);
}
