//! Endpoints whose messages go one by one, in the order in which they were accepted.

use std::time::Duration;

use wirepost_engine::EngineSettings;
use wirepost_model::delivery::{DeliveryState, DeliveryStatus};
use wirepost_model::delivery_rules::FailingHead;
use wirepost_model::ids::{AppId, EndpointId, MessageId};
use wirepost_model::lane::Waiting;
use wirepost_model::retry_schedule::RetrySchedule;
use wirepost_store::deliveries::Deliveries;
use wirepost_store::messages::Messages;

use crate::clock::pass;
use crate::receiver::{Character, Plan};
use crate::world::{Beginning, World, url_of};

const MILLISECOND: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);

fn settings(schedule: &str) -> EngineSettings {
    let retry_schedule = RetrySchedule::parse(schedule).expect("a good schedule");
    EngineSettings { retry_schedule, ..EngineSettings::default() }
}

async fn in_order(world: &World, failing_head: FailingHead, character: Character) -> (AppId, EndpointId) {
    let app = world.app(None).await;
    let endpoint = world.endpoint(app, character).await;
    let order = |row: &mut wirepost_model::endpoint::Endpoint| {
        row.delivery_rules.fifo = true;
        row.delivery_rules.fifo_failing_head = failing_head;
    };
    world.change(endpoint, order).await;
    (app, endpoint)
}

/// Answers well after a moment, but fails `failures` times in every ten, one after the other or spread.
fn failing(failures: [usize; 3]) -> Character {
    let plan = move |number: usize| match failures.contains(&(number % 10)) {
        true => Plan::answer([500, 503, 404][number % 3]).after(MILLISECOND),
        false => Plan::answer(200).after(MILLISECOND),
    };
    Character::script((0..40_000).map(plan))
}

/// What arrived and was answered well, each when it was so for the first time.
fn delivered(world: &World, endpoint: EndpointId) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    let good = world.requests(endpoint).into_iter().filter(|request| request.status == Some(200));
    good.map(|request| request.message).filter(|message| seen.insert(message.clone())).collect()
}

fn names(messages: &[MessageId]) -> Vec<String> {
    messages.iter().map(ToString::to_string).collect()
}

#[tokio::test(start_paused = true)]
async fn whatever_fails_all_arrive_in_the_order_of_acceptance_and_one_at_a_time() {
    // With the hand-over open, and with it so narrow that most has to be read from the database.
    for (failures, handover_batches) in [([0, 1, 2], 64), ([1, 4, 7], 64), ([0, 1, 2], 1), ([1, 4, 7], 1)] {
        let beginning = Beginning { handover_batches, ..Beginning::default() };
        let world = World::begin(beginning, settings("0s,1s,1s,1s,5s,5s")).await;
        let (app, endpoint) = in_order(&world, FailingHead::Skip, failing(failures)).await;
        let mut accepted = Vec::new();
        for count in [1, 3, 700, 1, 1, 90, 4] {
            accepted.extend(world.accept_many(app, &[endpoint], count).await);
            pass(7 * MILLISECOND).await;
        }
        assert!(world.settle(DAY).await);
        assert_eq!(delivered(&world, endpoint), names(&accepted));
        assert_eq!(world.receivers.most_open(), (1, 1));
        let operations = world.store.faults.operations();
        assert!(operations < 6_000, "{operations} operations");
    }
}

#[tokio::test(start_paused = true)]
async fn a_failing_head_is_tried_again_in_place_and_those_behind_it_wait() {
    let world = World::with(settings("0s,5s,60s")).await;
    let bad = (0..3).map(|_| Plan::answer(500));
    let character = Character::script(bad.chain([Plan::answer(200)]));
    let (app, endpoint) = in_order(&world, FailingHead::Skip, character).await;
    let accepted = world.accept_many(app, &[endpoint], 3).await;
    pass(10 * SECOND).await;
    let view = world.engine.lanes().view(endpoint).expect("much waits");
    assert_eq!(view.head, Some(accepted[0]));
    assert!(matches!(view.waiting, Some(Waiting::Head(_))), "{view:?}");
    assert_eq!((view.queued, view.more_in_database), (0, true));
    world.accept(app, &[endpoint]).await;
    assert!(world.settle(HOUR).await);
    assert_eq!(world.began(endpoint)[..3], [0, 0, 5_000]);
    assert_eq!(world.began(endpoint).len(), 7);
    assert!(world.began(endpoint)[3] >= 65_000);
}

#[tokio::test(start_paused = true)]
async fn a_head_that_fails_for_good_is_skipped_or_blocks_until_somebody_ends_it() {
    for failing_head in [FailingHead::Skip, FailingHead::Block] {
        let world = World::with(settings("0s,60s")).await;
        let bad = Character::always(Plan::answer(500));
        let (app, endpoint) = in_order(&world, failing_head, bad).await;
        let accepted = world.accept_many(app, &[endpoint], 2).await;
        pass(90 * SECOND).await;
        world.receivers.set(&url_of(endpoint), Character::always(Plan::answer(200)));
        match failing_head {
            FailingHead::Skip => {
                assert_eq!(world.state(endpoint, accepted[0]), DeliveryState::Failed);
                assert!(world.settle(HOUR).await);
                assert_eq!(delivered(&world, endpoint), names(&accepted[1..]));
            }
            FailingHead::Block => {
                assert_eq!(world.began(endpoint), [0, 0, 60_000], "the last wait goes on");
                assert!(world.settle(HOUR).await);
                assert_eq!(world.began(endpoint)[3..], [120_000, 120_000]);
                assert_eq!(delivered(&world, endpoint), names(&accepted));
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_for_later_holds_its_place() {
    let world = World::with(EngineSettings::default()).await;
    let (app, endpoint) = in_order(&world, FailingHead::Skip, failing([99; 3])).await;
    let first = world.accept(app, &[endpoint]).await;
    let later = world.message(app, &[endpoint], world.clock.shows().plus(HOUR));
    let later_id = later.message.id;
    world.store.accept_messages(vec![later]).await.expect("the store is there");
    let last = world.accept(app, &[endpoint]).await;
    assert!(world.settle(DAY).await);
    assert_eq!(delivered(&world, endpoint), names(&[first, later_id, last]));
    assert_eq!(world.began(endpoint), [0, 3_600_000, 3_600_001]);
}

#[tokio::test(start_paused = true)]
async fn an_attempt_by_hand_goes_at_once_and_holds_up_nobody() {
    let world = World::with(settings("0s,10m,10m")).await;
    let script = [200, 500, 500].map(Plan::answer).into_iter().chain([Plan::answer(200)]);
    let (app, endpoint) = in_order(&world, FailingHead::Skip, Character::script(script)).await;
    let accepted = world.accept_many(app, &[endpoint], 3).await;
    pass(60 * SECOND).await;
    assert_eq!(world.began(endpoint), [0, 0, 0]);
    // The first was delivered; the second blocks; the first and the third are sent by hand.
    for message in [accepted[0], accepted[2]] {
        let key = world.key(app, endpoint, message);
        world.store.resend(key, world.clock.shows()).await.expect("it is there");
        pass(SECOND).await;
        assert_eq!(world.state(endpoint, message), DeliveryState::Delivered);
    }
    assert_eq!(world.began(endpoint)[3..], [60_000, 61_000]);
    assert!(world.settle(HOUR).await);
    assert_eq!(world.requests(endpoint).len(), 6);
}

#[tokio::test(start_paused = true)]
async fn what_is_tried_by_hand_while_it_waits_in_line_is_not_passed() {
    let world = World::with(settings("0s,10m,10m")).await;
    let script = [500, 500, 500].map(Plan::answer).into_iter().chain([Plan::answer(200)]);
    let (app, endpoint) = in_order(&world, FailingHead::Skip, Character::script(script)).await;
    let accepted = world.accept_many(app, &[endpoint], 3).await;
    pass(60 * SECOND).await;
    for _ in 0..2 {
        let key = world.key(app, endpoint, accepted[0]);
        world.store.resend(key, world.clock.shows()).await.expect("it is there");
        pass(SECOND).await;
    }
    // The first attempt by hand failed and left the line as it was; the second one opened it.
    assert_eq!(world.began(endpoint)[..4], [0, 0, 60_000, 61_000]);
    assert_eq!(delivered(&world, endpoint), names(&accepted));
}

#[tokio::test(start_paused = true)]
async fn order_outlives_disabling_and_limits() {
    let world = World::with(settings("0s,1s,1s,1s")).await;
    let (app, endpoint) = in_order(&world, FailingHead::Skip, failing([0, 3, 6])).await;
    world.change(endpoint, |row| row.throttle_rate = Some(20)).await;
    let mut accepted = world.accept_many(app, &[endpoint], 150).await;
    pass(2 * SECOND).await;
    world.disable(endpoint).await;
    let sent = world.requests(endpoint).len();
    pass(HOUR).await;
    assert_eq!(world.requests(endpoint).len(), sent);
    world.enable(endpoint).await;
    accepted.extend(world.accept_many(app, &[endpoint], 30).await);
    assert!(world.settle(DAY).await);
    assert_eq!(delivered(&world, endpoint), names(&accepted));
}

#[tokio::test(start_paused = true)]
async fn order_can_be_asked_for_and_given_up_while_much_waits() {
    let world = World::with(settings("0s,1s,1s,1s")).await;
    let app = world.app(None).await;
    let slow = Plan::answer(200).after(20 * MILLISECOND);
    let endpoint = world.endpoint(app, Character::always(slow)).await;
    world.accept_many(app, &[endpoint], 6_000).await;
    pass(SECOND).await;
    world.change(endpoint, |row| row.delivery_rules.fifo = true).await;
    pass(SECOND).await;
    let unordered = world.requests(endpoint).len();
    pass(10 * SECOND).await;
    let requests = world.requests(endpoint);
    let ordered: Vec<_> = requests[unordered..].iter().map(|request| request.message.clone()).collect();
    assert!(ordered.len() > 100 && ordered.is_sorted(), "{ordered:?}");
    let before: std::collections::BTreeSet<_> =
        requests[..unordered].iter().map(|request| request.message.clone()).collect();
    assert_eq!(before.len(), unordered, "nothing was sent twice");
    world.change(endpoint, |row| row.delivery_rules.fifo = false).await;
    assert!(world.settle(HOUR).await);
    assert_eq!(world.requests(endpoint).len(), 6_000);
    assert!(world.receivers.most_open().1 > 8);
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_is_gone_or_deleted_ends_its_line() {
    for gone in [true, false] {
        let world = World::with(EngineSettings::default()).await;
        let status = if gone { 410 } else { 500 };
        let character = Character::always(Plan::answer(status));
        let (app, endpoint) = in_order(&world, FailingHead::Block, character).await;
        world.accept_many(app, &[endpoint], 1_200).await;
        pass(SECOND).await;
        if !gone {
            world.delete(endpoint).await;
        }
        assert!(world.settle(HOUR).await);
        let ended = if gone { DeliveryStatus::Failed } else { DeliveryStatus::Canceled };
        assert_eq!(world.count(endpoint, ended), 1_200);
    }
}

#[test]
fn ten_thousand_arrive_in_order_through_kills() {
    let disk = std::sync::Arc::default();
    let ids = Beginning::default().ids;
    let mut now = crate::clock::NOON;
    let mut place = None;
    let mut log: Vec<(String, Option<u16>)> = Vec::new();
    for life in 0..30 {
        // What is not over when a life ends is killed with its runtime.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        let runtime = runtime.expect("a runtime without sockets always starts");
        now = runtime.block_on(async {
            let beginning = Beginning {
                disk: std::sync::Arc::clone(&disk),
                ids: ids.clone(),
                now,
                ..Beginning::default()
            };
            let world = World::begin(beginning, settings("0s,0s,1s,1s,1s,1s,1s")).await;
            let (app, endpoint) = match place {
                Some(place) => place,
                None => *place.insert(in_order(&world, FailingHead::Skip, failing([0; 3])).await),
            };
            world.receivers.set(&url_of(endpoint), failing([life % 10, (life + 3) % 10, (life + 4) % 10]));
            for _ in 0..10 {
                if life < 20 {
                    world.accept_many(app, &[endpoint], 50).await;
                }
                pass(Duration::from_millis(40 + 7 * life as u64)).await;
            }
            if life == 29 {
                assert!(world.settle(DAY).await);
            }
            log.extend(world.requests(endpoint).into_iter().map(|request| (request.message, request.status)));
            assert!(world.receivers.most_open().1 <= 1);
            world.clock.shows()
        });
    }
    let all: Vec<_> = log.iter().map(|(message, _)| message).collect();
    assert!(all.is_sorted(), "no older one comes after a newer one, not even a second time");
    let mut delivered: Vec<_> =
        log.iter().filter(|(_, status)| *status == Some(200)).map(|(message, _)| message).collect();
    delivered.dedup();
    assert_eq!(delivered.len(), 10_000);
}
