//! How an endpoint stands: disabled by 410, by five days of failures or by hand, enabled again, deleted.

use std::time::Duration;

use wirepost_engine::EngineSettings;
use wirepost_model::delivery::{DeliveryState, DeliveryStatus};
use wirepost_model::endpoint::{Disabled, DisabledReason};
use wirepost_model::ids::{AppId, EndpointId};

use crate::clock::{NOON, pass};
use crate::receiver::{Character, Plan};
use crate::world::{World, url_of};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);

fn reason(world: &World, endpoint: EndpointId) -> Option<DisabledReason> {
    world.endpoint_row(endpoint).disabled.map(|disabled| disabled.reason)
}

/// A message every so often.
async fn accept_every(world: &World, app: AppId, endpoint: EndpointId, every: Duration, times: usize) {
    for _ in 0..times {
        world.accept(app, &[endpoint]).await;
        pass(every).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_410_disables_the_endpoint_and_ends_its_deliveries() {
    let world = World::with(EngineSettings::default()).await;
    let app = world.app(None).await;
    let script = [Plan::answer(500), Plan::answer(500), Plan::answer(410)];
    let endpoint = world.endpoint(app, Character::script(script)).await;
    let other = world.endpoint(app, Character::always(Plan::answer(200))).await;
    let first = world.accept(app, &[endpoint, other]).await;
    pass(2 * SECOND).await;
    world.accept_many(app, &[endpoint], 2_000).await;
    pass(HOUR).await;
    assert_eq!(reason(&world, endpoint), Some(DisabledReason::Gone));
    assert_eq!(world.count(endpoint, DeliveryStatus::Failed), 2_001);
    assert_eq!(world.state(endpoint, first), DeliveryState::Failed);
    assert_eq!(world.state(other, first), DeliveryState::Delivered);
    let sent = world.requests(endpoint).len();
    assert!(sent <= 8, "{sent} requests: only those that were open with the one that said 410");
}

#[tokio::test(start_paused = true)]
async fn what_is_accepted_after_a_gone_endpoint_is_enabled_again_is_sent() {
    let world = World::with(EngineSettings::default()).await;
    let app = world.app(None).await;
    let endpoint = world.endpoint(app, Character::always(Plan::answer(410))).await;
    world.accept_many(app, &[endpoint], 1_200).await;
    pass(HOUR).await;
    world.receivers.set(&url_of(endpoint), Character::always(Plan::answer(200)));
    world.enable(endpoint).await;
    let message = world.accept(app, &[endpoint]).await;
    assert!(world.settle(HOUR).await);
    assert_eq!(world.state(endpoint, message), DeliveryState::Delivered);
}

#[tokio::test(start_paused = true)]
async fn what_could_not_be_ended_before_the_endpoint_was_enabled_again_is_sent() {
    let world = World::with(EngineSettings::default()).await;
    let app = world.app(None).await;
    let endpoint = world.endpoint(app, Character::always(Plan::answer(200))).await;
    let later = world.message(app, &[endpoint], world.clock.shows().plus(HOUR));
    let later_id = later.message.id;
    let accepted = wirepost_store::messages::Messages::accept_messages(&*world.store, vec![later]).await;
    assert_eq!(accepted, Ok(vec![Ok(())]));
    pass(SECOND).await;
    let gone = Disabled { reason: DisabledReason::Gone, at: world.clock.shows() };
    world.change(endpoint, |row| row.disabled = Some(gone)).await;
    world.store.faults.set_writes_away(true);
    pass(10 * SECOND).await;
    world.store.faults.set_writes_away(false);
    world.enable(endpoint).await;
    assert!(world.settle(2 * HOUR).await);
    assert_eq!(world.state(endpoint, later_id), DeliveryState::Delivered);
    assert_eq!(world.began(endpoint), [3_600_000]);
}

#[tokio::test(start_paused = true)]
async fn five_days_of_failures_disable_exactly_then() {
    let world = World::with(EngineSettings::default()).await;
    let app = world.app(None).await;
    let endpoint = world.endpoint(app, Character::always(Plan::answer(500))).await;
    accept_every(&world, app, endpoint, HOUR, 5 * 24 - 1).await;
    pass(HOUR - SECOND).await;
    assert_eq!(reason(&world, endpoint), None);
    assert_eq!(world.endpoint_row(endpoint).failing_since, Some(NOON));
    pass(SECOND).await;
    world.accept(app, &[endpoint]).await;
    pass(SECOND).await;
    let disabled = world.endpoint_row(endpoint).disabled.expect("five days are over");
    assert_eq!(disabled.reason, DisabledReason::Failing);
    assert_eq!(disabled.at, NOON.plus(5 * DAY));
    let requests = world.requests(endpoint).len();
    pass(5 * DAY).await;
    assert_eq!(world.requests(endpoint).len(), requests);
    assert!(world.count(endpoint, DeliveryStatus::Pending) > 0, "disabled pauses, and loses nothing");
}

#[tokio::test(start_paused = true)]
async fn one_success_starts_the_five_days_again() {
    let world = World::with(EngineSettings::default()).await;
    let app = world.app(None).await;
    let failing = Character::always(Plan::answer(500));
    let endpoint = world.endpoint(app, failing.clone()).await;
    accept_every(&world, app, endpoint, HOUR, 4 * 24).await;
    world.receivers.set(&url_of(endpoint), Character::always(Plan::answer(200)));
    world.accept(app, &[endpoint]).await;
    pass(SECOND).await;
    assert_eq!(world.endpoint_row(endpoint).failing_since, None);
    world.receivers.set(&url_of(endpoint), failing);
    accept_every(&world, app, endpoint, HOUR, 4 * 24).await;
    assert_eq!(reason(&world, endpoint), None);
}

#[tokio::test(start_paused = true)]
async fn an_idle_endpoint_stays_enabled_and_its_failures_are_remembered() {
    let settings = EngineSettings { retry_schedule: "5s".parse_schedule(), ..EngineSettings::default() };
    let world = World::with(settings).await;
    let app = world.app(None).await;
    let endpoint = world.endpoint(app, Character::always(Plan::answer(500))).await;
    world.accept(app, &[endpoint]).await;
    pass(4 * DAY).await;
    assert_eq!(reason(&world, endpoint), None);
    // Its lane was forgotten meanwhile; since when it fails was not.
    world.accept(app, &[endpoint]).await;
    pass(2 * DAY).await;
    assert_eq!(reason(&world, endpoint), None, "nothing was tried, so nothing was decided");
    assert_eq!(world.endpoint_row(endpoint).failing_since, Some(NOON));
    world.accept(app, &[endpoint]).await;
    pass(SECOND).await;
    assert_eq!(reason(&world, endpoint), Some(DisabledReason::Failing));
}

#[tokio::test(start_paused = true)]
async fn a_success_is_remembered_when_its_lane_is_forgotten() {
    let settings = EngineSettings { retry_schedule: "5s".parse_schedule(), ..EngineSettings::default() };
    let world = World::with(settings).await;
    let app = world.app(None).await;
    let failing = Character::always(Plan::answer(500));
    let endpoint = world.endpoint(app, failing.clone()).await;
    world.accept(app, &[endpoint]).await;
    pass(SECOND).await;
    // Whoever reads the endpoint now finds it failing.
    world.directory.changed(app);
    pass(HOUR).await;
    world.receivers.set(&url_of(endpoint), Character::always(Plan::answer(200)));
    world.accept(app, &[endpoint]).await;
    pass(6 * DAY).await;
    world.receivers.set(&url_of(endpoint), failing);
    world.accept(app, &[endpoint]).await;
    pass(HOUR).await;
    assert_eq!(reason(&world, endpoint), None);
}

#[tokio::test(start_paused = true)]
async fn an_answer_to_the_old_endpoint_does_not_condemn_the_changed_one() {
    let world = World::with(EngineSettings::default()).await;
    let app = world.app(None).await;
    let slow = Plan::answer(410).after(5 * SECOND);
    let endpoint = world.endpoint(app, Character::script([slow, Plan::answer(200)])).await;
    world.accept(app, &[endpoint]).await;
    pass(SECOND).await;
    world.change(endpoint, |row| row.url = format!("{}/new", row.url)).await;
    world.accept(app, &[endpoint]).await;
    assert!(world.settle(HOUR).await);
    assert_eq!(reason(&world, endpoint), None);
}

#[tokio::test(start_paused = true)]
async fn disabling_by_hand_pauses_and_enabling_goes_on() {
    let world = World::with(EngineSettings::default()).await;
    let app = world.app(None).await;
    let endpoint = world.endpoint_at_rate(app, Character::always(Plan::answer(200)), Some(10)).await;
    world.accept_many(app, &[endpoint], 1_000).await;
    pass(10 * SECOND).await;
    world.disable(endpoint).await;
    let sent = world.requests(endpoint).len();
    pass(DAY).await;
    assert_eq!(world.requests(endpoint).len(), sent);
    assert_eq!(world.count(endpoint, DeliveryStatus::Pending), 1_000 - sent);
    world.enable(endpoint).await;
    assert!(world.settle(HOUR).await);
    assert_eq!(world.requests(endpoint).len(), 1_000);
}

#[tokio::test(start_paused = true)]
async fn deleting_an_endpoint_or_its_app_cancels_what_is_pending() {
    for delete_app in [false, true] {
        let world = World::with(EngineSettings::default()).await;
        let app = world.app(None).await;
        let endpoint = world.endpoint(app, Character::always(Plan::answer(500))).await;
        world.accept_many(app, &[endpoint], 1_200).await;
        pass(SECOND).await;
        if delete_app {
            let at = world.clock.shows();
            let deleted = wirepost_store::apps::Apps::delete_app(&*world.store, app, at).await;
            assert_eq!(deleted, Ok(()));
            world.directory.changed(app);
        } else {
            world.delete(endpoint).await;
        }
        let sent = world.requests(endpoint).len();
        assert!(world.settle(DAY).await);
        assert_eq!(world.requests(endpoint).len(), sent);
        assert_eq!(world.count(endpoint, DeliveryStatus::Canceled), 1_200);
    }
}

/// Reads a schedule that is known to be good.
trait ParseSchedule {
    fn parse_schedule(self) -> wirepost_model::retry_schedule::RetrySchedule;
}

impl ParseSchedule for &str {
    fn parse_schedule(self) -> wirepost_model::retry_schedule::RetrySchedule {
        wirepost_model::retry_schedule::RetrySchedule::parse(self).expect("a good schedule")
    }
}
