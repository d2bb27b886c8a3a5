//! Deliveries that outlive their payload.

use std::time::Duration;

use wirepost_engine::EngineSettings;
use wirepost_model::delivery::DeliveryState;
use wirepost_model::ids::{AppId, EndpointId, MessageId};
use wirepost_store::messages::Messages;

use crate::clock::pass;
use crate::receiver::{Character, Plan};
use crate::world::World;

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);
const KEPT: Duration = Duration::from_secs(90 * 86_400);

/// Messages that wait for a disabled endpoint.
async fn waiting(world: &World, count: usize) -> (AppId, EndpointId, Vec<MessageId>) {
    let app = world.app(None).await;
    let endpoint = world.endpoint(app, Character::always(Plan::answer(500))).await;
    let messages = world.accept_many(app, &[endpoint], count).await;
    world.disable(endpoint).await;
    pass(HOUR).await;
    (app, endpoint, messages)
}

async fn remove_payloads(world: &World, app: AppId, messages: &[MessageId]) {
    for message in messages {
        world.store.expunge_content(app, *message).await.expect("it is there");
    }
}

#[tokio::test(start_paused = true)]
async fn what_waits_at_a_disabled_endpoint_ends_once_its_payload_is_gone_for_good() {
    let world = World::with(EngineSettings::default()).await;
    let (app, endpoint, messages) = waiting(&world, 501).await;
    let (kept, removed) = messages.split_last().expect("there are many");
    pass(KEPT - DAY).await;
    remove_payloads(&world, app, removed).await;
    let pending = |world: &World| {
        let states = messages.iter().map(|message| world.state(endpoint, *message));
        states.filter(|state| matches!(state, DeliveryState::Pending { .. })).count()
    };
    let before = pending(&world);
    assert!(before > 400, "{before} wait: few were tried before the endpoint was disabled");
    pass(3 * DAY).await;
    assert_eq!(pending(&world), 1);
    assert!(matches!(world.state(endpoint, *kept), DeliveryState::Pending { .. }));
    let disk = world.disk.lock();
    let failures = disk.attempts.iter().filter_map(|row| row.record.attempt.failure.as_deref());
    let ended = failures.filter(|failure| failure.starts_with("expired: "));
    assert_eq!(ended.count(), removed.len());
}

#[tokio::test(start_paused = true)]
async fn what_waits_at_an_open_endpoint_ends_when_its_turn_comes() {
    let world = World::with(EngineSettings::default()).await;
    let (app, endpoint, messages) = waiting(&world, 3).await;
    remove_payloads(&world, app, &messages).await;
    pass(DAY).await;
    let sent = world.requests(endpoint).len();
    world.enable(endpoint).await;
    assert!(world.settle(HOUR).await);
    for message in messages {
        assert_eq!(world.state(endpoint, message), DeliveryState::Failed);
    }
    assert_eq!(world.requests(endpoint).len(), sent, "there was nothing to send");
}
