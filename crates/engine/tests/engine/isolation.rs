//! An endpoint can only hurt itself: hanging ones, long queues, shared limits, bounded memory.

use std::time::Duration;

use wirepost_engine::EngineSettings;
use wirepost_model::delivery::DeliveryStatus;
use wirepost_model::ids::{AppId, EndpointId};

use crate::clock::{pass, pass_until};
use crate::receiver::{Character, Plan};
use crate::world::World;

const MILLISECOND: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);

/// How long each of a hundred messages takes to arrive, in milliseconds, longest first.
async fn latencies(world: &World, app: AppId, endpoint: EndpointId) -> Vec<u128> {
    let mut latencies = Vec::new();
    for _ in 0..100 {
        let message = world.accept(app, &[endpoint]).await.to_string();
        let accepted_at = world.clock.shows();
        let arrived = || world.requests(endpoint).last().is_some_and(|last| last.message == message);
        assert!(pass_until(MILLISECOND, 60 * SECOND, arrived).await);
        let arrived_at = world.requests(endpoint).last().expect("it arrived").began_at;
        latencies.push(arrived_at.since(accepted_at).as_millis());
        pass(20 * MILLISECOND).await;
    }
    latencies.sort_by(|one, other| other.cmp(one));
    latencies
}

#[tokio::test(start_paused = true)]
async fn a_hanging_endpoint_leaves_the_latency_of_a_healthy_one_alone() {
    let world = World::with(EngineSettings::default()).await;
    let app = world.app(None).await;
    let hanging = world.endpoint(app, Character::always(Plan::hang())).await;
    let healthy = world.endpoint(app, Character::always(Plan::answer(200).after(5 * MILLISECOND))).await;
    world.accept_many(app, &[hanging], 2_000).await;
    assert_eq!(latencies(&world, app, healthy).await[0], 0);
    pass(120 * SECOND).await;
    assert_eq!(latencies(&world, app, healthy).await[0], 0);
}

#[tokio::test(start_paused = true)]
async fn a_thousand_hanging_endpoints_leave_a_healthy_one_alone() {
    // So few sockets that the hanging ones want all they may have.
    let settings = EngineSettings { sockets_most: 4_096, ..EngineSettings::default() };
    let world = World::with(settings).await;
    let app = world.app(None).await;
    let other_app = world.app(None).await;
    for _ in 0..1_000 {
        let hanging = world.endpoint(app, Character::always(Plan::hang())).await;
        world.accept_many(app, &[hanging], 10).await;
    }
    // The healthy one is as new as they are.
    let healthy =
        world.endpoint(other_app, Character::always(Plan::answer(200).after(5 * MILLISECOND))).await;
    assert!(latencies(&world, other_app, healthy).await[0] <= 1);
    pass(45 * SECOND).await;
    assert!(latencies(&world, other_app, healthy).await[0] <= 1);
}

#[tokio::test(start_paused = true)]
async fn a_hundred_thousand_waiting_stay_in_the_database_and_drain_in_order() {
    let world = World::with(EngineSettings::default()).await;
    let app = world.app(None).await;
    let endpoint = world.endpoint(app, Character::always(Plan::answer(200).after(10 * MILLISECOND))).await;
    for _ in 0..100 {
        world.accept_many(app, &[endpoint], 1_000).await;
    }
    let lanes = world.engine.lanes();
    let mut most = 0;
    let drained = pass_until(50 * MILLISECOND, 600 * SECOND, || {
        most = most.max(lanes.view(endpoint).map_or(0, |view| view.queued));
        world.disk.lock().pending_endpoints().is_empty()
    });
    // Others keep coming while it drains; they queue up behind.
    let late = async {
        let mut late = Vec::new();
        for _ in 0..50 {
            late.push(world.accept(app, &[endpoint]).await);
            pass(37 * MILLISECOND).await;
        }
        late
    };
    let (drained, late) = tokio::join!(drained, late);
    assert!(drained && most <= EngineSettings::default().lane_ready_most, "{most} in memory");
    let requests = world.requests(endpoint);
    assert_eq!(requests.len(), 100_050);
    let mut sorted: Vec<_> = requests.iter().map(|request| &request.message).collect();
    sorted.sort();
    let ranks: std::collections::HashMap<_, _> = sorted.into_iter().zip(0_usize..).collect();
    for (place, request) in requests.iter().enumerate() {
        // Only those that are open at the same time may pass each other.
        let moved = ranks[&request.message].abs_diff(place);
        assert!(moved <= 128, "{moved} from its place in the order of acceptance");
    }
    assert_eq!(late.len(), 50);
    let operations = world.store.faults.operations();
    assert!(operations < 20_000, "{operations} operations: reads and records go in batches");
}

#[tokio::test(start_paused = true)]
async fn full_memory_slows_lanes_but_stops_none() {
    let settings = EngineSettings { lane_bytes_most: 20_000, ..EngineSettings::default() };
    let world = World::with(settings).await;
    let app = world.app(None).await;
    for _ in 0..20 {
        let hanging = world.endpoint(app, Character::always(Plan::hang())).await;
        world.accept_many(app, &[hanging], 100).await;
    }
    let healthy = world.endpoint(app, Character::always(Plan::answer(200))).await;
    world.accept_many(app, &[healthy], 1_000).await;
    pass(60 * SECOND).await;
    assert_eq!(world.count(healthy, DeliveryStatus::Delivered), 1_000);
    let lanes = world.engine.lanes();
    let endpoints: Vec<_> = world.disk.lock().endpoints.keys().copied().collect();
    let held = endpoints.iter().filter_map(|endpoint| lanes.view(*endpoint));
    let held: usize = held.map(|view| view.queued).sum();
    assert!((20..150).contains(&held), "{held} held");
}

#[tokio::test(start_paused = true)]
async fn payloads_too_big_to_be_read_beside_those_in_flight_do_not_make_it_spin() {
    let world = World::with(EngineSettings::default()).await;
    let app = world.app(None).await;
    world.disk.lock().set_rows_most(4);
    let endpoint = world.endpoint(app, Character::always(Plan::hang())).await;
    world.accept_many(app, &[endpoint], 600).await;
    pass(10 * SECOND).await;
    let operations = world.store.faults.operations();
    pass(10 * SECOND).await;
    assert!(world.store.faults.operations() - operations < 10);
}

#[tokio::test(start_paused = true)]
async fn lanes_of_one_app_share_its_rate_evenly() {
    let world = World::with(EngineSettings::default()).await;
    let app = world.app(Some(20)).await;
    let mut endpoints = Vec::new();
    for _ in 0..5 {
        let endpoint = world.endpoint(app, Character::always(Plan::answer(200))).await;
        endpoints.push(endpoint);
        world.accept_many(app, &[endpoint], 1_000).await;
    }
    pass(60 * SECOND).await;
    let sent: Vec<_> = endpoints.iter().map(|endpoint| world.requests(*endpoint).len()).collect();
    let total: usize = sent.iter().sum();
    assert!((1_195..=1_210).contains(&total), "{total} in a minute at 20/s");
    assert!(sent.iter().all(|sent| (230..=250).contains(sent)), "{sent:?}");
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_uses_its_own_rate_within_that_of_its_app() {
    let world = World::with(EngineSettings::default()).await;
    let app = world.app(Some(20)).await;
    let healthy = Character::always(Plan::answer(200));
    let slow = world.endpoint_at_rate(app, healthy.clone(), Some(2)).await;
    let fast = world.endpoint(app, healthy).await;
    world.accept_many(app, &[slow, fast], 2_000).await;
    pass(60 * SECOND).await;
    let (slow, fast) = (world.requests(slow).len(), world.requests(fast).len());
    assert!((98..=122).contains(&slow), "{slow} at 2/s");
    assert!((1_195..=1_210).contains(&(slow + fast)), "{fast} beside it at 20/s");
}

#[tokio::test(start_paused = true)]
async fn a_raised_or_removed_limit_takes_effect_at_once() {
    let world = World::with(EngineSettings::default()).await;
    let app = world.app(Some(1)).await;
    let healthy = Character::always(Plan::answer(200));
    let one = world.endpoint(app, healthy.clone()).await;
    let two = world.endpoint_at_rate(app, healthy, Some(1)).await;
    world.accept_many(app, &[one, two], 300).await;
    pass(10 * SECOND).await;
    assert!(world.receivers.count() <= 11);
    let mut row = world.disk.lock().apps[&app].clone();
    row.throttle_rate = None;
    world.disk.lock().apps.insert(app, row);
    world.directory.changed(app);
    world.change(two, |row| row.throttle_rate = Some(100)).await;
    pass(5 * SECOND).await;
    assert_eq!(world.count(one, DeliveryStatus::Delivered), 300);
    assert_eq!(world.count(two, DeliveryStatus::Delivered), 300);
}
