//! What an endpoint wants of its deliveries: its own schedule, time-out, bound and success rule, also while it changes.

use std::time::Duration;

use wirepost_engine::EngineSettings;
use wirepost_model::delivery::{DeliveryState, DeliveryStatus};
use wirepost_model::delivery_rules::{DeliveryRules, SuccessRule};
use wirepost_model::ids::{AppId, EndpointId};
use wirepost_model::retry_schedule::RetrySchedule;

use crate::clock::pass;
use crate::receiver::{Character, Plan};
use crate::world::World;

const DAY: Duration = Duration::from_secs(86_400);
const SECOND: Duration = Duration::from_secs(1);

async fn endpoint(world: &World, app: AppId, plan: Plan, rules: DeliveryRules) -> EndpointId {
    let endpoint = world.endpoint(app, Character::always(plan)).await;
    world.change(endpoint, |row| row.delivery_rules = rules).await;
    endpoint
}

fn schedule(text: &str) -> Option<RetrySchedule> {
    Some(RetrySchedule::parse(text).expect("a good schedule"))
}

#[tokio::test(start_paused = true)]
async fn a_schedule_of_its_own_is_kept_to_its_end_beside_the_operators() {
    let settings = EngineSettings {
        retry_schedule: RetrySchedule::parse("30s").expect("a good schedule"),
        ..EngineSettings::default()
    };
    let world = World::with(settings).await;
    let app = world.app(None).await;
    let own = DeliveryRules { retry_schedule: schedule("2s,0s,40s"), ..DeliveryRules::default() };
    let none = DeliveryRules { retry_schedule: schedule("none"), ..DeliveryRules::default() };
    let failing = || Plan::answer(500);
    let with_own = endpoint(&world, app, failing(), own).await;
    let once = endpoint(&world, app, failing(), none).await;
    let operators = endpoint(&world, app, failing(), DeliveryRules::default()).await;
    let message = world.accept(app, &[with_own, once, operators]).await;
    assert!(world.settle(DAY).await);
    assert_eq!(world.began(with_own), [0, 2_000, 2_000, 42_000]);
    assert_eq!(world.began(once), [0]);
    assert_eq!(world.began(operators), [0, 30_000]);
    for endpoint in [with_own, once, operators] {
        assert_eq!(world.state(endpoint, message), DeliveryState::Failed);
    }
}

#[tokio::test(start_paused = true)]
async fn where_200_alone_counts_a_204_fails_and_its_endpoint_with_it() {
    let world = World::with(EngineSettings::default()).await;
    let app = world.app(None).await;
    let rules = DeliveryRules {
        success_rule: SuccessRule::Only200,
        retry_schedule: schedule("1s"),
        ..DeliveryRules::default()
    };
    let strict = endpoint(&world, app, Plan::answer(204), rules.clone()).await;
    let content = endpoint(&world, app, Plan::answer(200), rules).await;
    let usual = endpoint(&world, app, Plan::answer(204), DeliveryRules::default()).await;
    let message = world.accept(app, &[strict, content, usual]).await;
    assert!(world.settle(DAY).await);
    assert_eq!(world.began(strict), [0, 1_000]);
    assert_eq!(world.state(strict, message), DeliveryState::Failed);
    assert_eq!(world.state(content, message), DeliveryState::Delivered);
    assert_eq!(world.state(usual, message), DeliveryState::Delivered);
    assert!(world.endpoint_row(strict).failing_since.is_some());
    assert_eq!(world.endpoint_row(usual).failing_since, None);
}

#[tokio::test(start_paused = true)]
async fn a_bound_of_one_never_has_two_open_and_the_operators_is_exceeded_where_it_is_wanted() {
    let settings = EngineSettings { in_flight_most: 3, ..EngineSettings::default() };
    for (most, expected) in [(Some(1), 1), (Some(8), 8), (None, 3)] {
        let world = World::with(settings.clone()).await;
        let app = world.app(None).await;
        let rules = DeliveryRules { in_flight_most: most, ..DeliveryRules::default() };
        let endpoint = endpoint(&world, app, Plan::answer(200).after(SECOND / 10), rules).await;
        world.accept_many(app, &[endpoint], 200).await;
        assert!(world.settle(DAY).await);
        assert_eq!(world.count(endpoint, DeliveryStatus::Delivered), 200);
        assert_eq!(world.receivers.most_open().1, expected, "{most:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_bound_that_changes_holds_at_once() {
    let world = World::with(EngineSettings::default()).await;
    let app = world.app(None).await;
    let endpoint = endpoint(&world, app, Plan::answer(200).after(SECOND), DeliveryRules::default()).await;
    world.accept_many(app, &[endpoint], 3_000).await;
    pass(10 * SECOND).await;
    let lanes = world.engine.lanes();
    let open = || lanes.view(endpoint).map_or(0, |view| view.in_flight);
    assert!(open() > 2, "{} open", open());
    world.change(endpoint, |row| row.delivery_rules.in_flight_most = Some(2)).await;
    // Those that were open end as they began.
    pass(2 * SECOND).await;
    for _ in 0..20 {
        pass(SECOND / 3).await;
        assert!(open() <= 2, "{} open", open());
    }
    world.change(endpoint, |row| row.delivery_rules.in_flight_most = None).await;
    pass(10 * SECOND).await;
    assert!(open() > 2, "{} open", open());
}

#[tokio::test(start_paused = true)]
async fn a_time_out_of_its_own_ends_a_request_sooner_or_later_than_the_operators() {
    let world = World::with(EngineSettings::default()).await;
    let app = world.app(None).await;
    for (timeout, expected) in [(Some(2), 2), (None, 30), (Some(60), 60)] {
        let rules = DeliveryRules {
            request_timeout: timeout.map(Duration::from_secs),
            retry_schedule: schedule("none"),
            ..DeliveryRules::default()
        };
        let endpoint = endpoint(&world, app, Plan::hang(), rules).await;
        world.accept(app, &[endpoint]).await;
        assert!(world.settle(DAY).await);
        let request = world.requests(endpoint).remove(0);
        let lasted = request.ended_at.expect("it ended").since(request.began_at);
        assert_eq!(lasted.as_secs(), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_change_holds_from_the_next_attempt_on_and_moves_no_due_time() {
    let world = World::with(EngineSettings::default()).await;
    let app = world.app(None).await;
    let rules = DeliveryRules { retry_schedule: schedule("20s,20s"), ..DeliveryRules::default() };
    let endpoint = endpoint(&world, app, Plan::answer(500).after(SECOND), rules).await;
    let message = world.accept(app, &[endpoint]).await;
    pass(SECOND / 2).await;
    // While the first attempt is under way: it is judged by what it began with.
    world.change(endpoint, |row| row.delivery_rules.retry_schedule = schedule("1s,7s,3s")).await;
    pass(5 * SECOND).await;
    // And the second one stays due when it was due.
    assert_eq!(world.began(endpoint), [0]);
    assert!(world.settle(DAY).await);
    assert_eq!(world.began(endpoint), [0, 21_000, 29_000, 33_000]);
    assert_eq!(world.state(endpoint, message), DeliveryState::Failed);
}

#[tokio::test(start_paused = true)]
async fn a_schedule_that_became_shorter_ends_what_has_had_its_attempts() {
    let world = World::with(EngineSettings::default()).await;
    let app = world.app(None).await;
    let rules = DeliveryRules { retry_schedule: schedule("1s,1s,10s,10s"), ..DeliveryRules::default() };
    let endpoint = endpoint(&world, app, Plan::answer(500), rules).await;
    let message = world.accept(app, &[endpoint]).await;
    pass(5 * SECOND).await;
    world.change(endpoint, |row| row.delivery_rules.retry_schedule = schedule("1s")).await;
    assert!(world.settle(DAY).await);
    assert_eq!(world.began(endpoint), [0, 1_000, 2_000, 12_000]);
    assert_eq!(world.state(endpoint, message), DeliveryState::Failed);
}
