//! Requests that are no deliveries: formed as deliveries are, beside the lane, and without a trace in the store.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use wirepost_engine::{EngineSettings, TrialReply};
use wirepost_model::attempt::AttemptOutcome;
use wirepost_model::delivery::DeliveryStatus;
use wirepost_model::endpoint::CustomHeaders;
use wirepost_model::ids::{EndpointId, MessageId};
use wirepost_model::oauth::{ClientSecret, OauthAuthMethod, OauthConfig};
use wirepost_model::signature::signature_header;
use wirepost_store::oauth::EndpointOauth;

use crate::clock::pass;
use crate::receiver::{Character, Plan};
use crate::world::World;

const SECOND: Duration = Duration::from_secs(1);
const PAYLOAD: Bytes = Bytes::from_static(br#"{ "an" : "example" }"#);

fn answered(status: u16, succeeded: bool) -> Option<TrialReply> {
    Some(TrialReply { outcome: AttemptOutcome::Answered { status, retry_after: None }, succeeded })
}

/// The headers without those that are of this request alone.
fn common(headers: &HeaderMap) -> BTreeMap<String, String> {
    let own = ["webhook-id", "webhook-timestamp", "webhook-signature"];
    let pairs = headers.iter().filter(|(name, _)| !own.contains(&name.as_str()));
    pairs
        .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect()
}

fn fresh_id(world: &World) -> MessageId {
    world.ids.next(world.clock.shows())
}

async fn send(world: &World, endpoint: EndpointId) -> Option<TrialReply> {
    let app = world.endpoint_row(endpoint).app;
    let outlet = world.engine.trials().open(app, endpoint).await?;
    outlet.send(fresh_id(world), PAYLOAD).await
}

#[tokio::test(start_paused = true)]
async fn a_trial_request_is_formed_as_a_delivery_is() {
    let world = World::with(EngineSettings::default()).await;
    let app = world.app(None).await;
    let endpoint = world.endpoint(app, Character::always(Plan::answer(200))).await;
    let config = OauthConfig {
        token_url: "https://auth.example/token".into(),
        client_id: "first".into(),
        client_secret: ClientSecret::new("s3cret"),
        auth_method: OauthAuthMethod::ClientSecretBasic,
        scopes: Vec::new(),
        extra_params: BTreeMap::new(),
        extra_headers: CustomHeaders::default(),
        updated_at: world.clock.shows(),
    };
    world.store.put_oauth(app, endpoint, config).await.expect("the store is there");
    world.change(endpoint, |row| drop(row.headers.0.insert("x-tenant".into(), "seven".into()))).await;
    world.accept(app, &[endpoint]).await;
    pass(SECOND).await;
    assert_eq!(send(&world, endpoint).await, answered(200, true));
    let [delivery, trial] = &world.requests(endpoint)[..] else { panic!("there were two requests") };
    assert_eq!(common(&delivery.headers), common(&trial.headers));
    assert_eq!(
        (&trial.headers["x-tenant"], &trial.headers["authorization"]),
        (&"seven".parse().expect("a value"), &"Bearer first-1".parse().expect("a value"))
    );
    assert!(delivery.message != trial.message && trial.body == PAYLOAD);
    let secret = world.disk.lock().endpoints[&endpoint].secrets[0].secret.clone();
    let seconds = trial.began_at.as_seconds();
    assert_eq!(trial.headers["webhook-timestamp"], seconds.to_string());
    assert_eq!(
        trial.headers["webhook-signature"],
        signature_header(std::iter::once(&secret), &trial.message, seconds, &PAYLOAD)
    );
    assert_eq!(world.receivers.tokens.asked(), 1, "the token at hand is used");
}

#[tokio::test(start_paused = true)]
async fn nothing_of_it_is_stored_and_no_failure_is_held_against_the_endpoint() {
    let settings = EngineSettings { disable_after: SECOND, ..EngineSettings::default() };
    let world = World::with(settings).await;
    let app = world.app(None).await;
    let endpoint = world.endpoint(app, Character::always(Plan::answer(500))).await;
    for _ in 0..50 {
        assert_eq!(send(&world, endpoint).await, answered(500, false));
        pass(SECOND).await;
    }
    assert!(world.disk.lock().attempts.is_empty() && world.disk.lock().deliveries.is_empty());
    let row = world.endpoint_row(endpoint);
    assert_eq!((row.disabled, row.failing_since), (None, None));
    // The lane knows of nothing: live messages begin as if nobody had failed.
    world.receivers.set(&row.url, Character::always(Plan::answer(200)));
    world.accept_many(app, &[endpoint], 4).await;
    pass(Duration::from_millis(1)).await;
    assert_eq!(world.count(endpoint, DeliveryStatus::Delivered), 4);
}

#[tokio::test(start_paused = true)]
async fn it_goes_beside_a_lane_that_is_held_to_its_rate() {
    let world = World::with(EngineSettings::default()).await;
    let app = world.app(None).await;
    let endpoint = world.endpoint_at_rate(app, Character::always(Plan::answer(200)), Some(1)).await;
    world.accept_many(app, &[endpoint], 20).await;
    let outlet = world.engine.trials().open(app, endpoint).await.expect("it is enabled");
    for _ in 0..100 {
        assert_eq!(outlet.send(fresh_id(&world), PAYLOAD).await, answered(200, true));
    }
    let waiting = world.count(endpoint, DeliveryStatus::Pending);
    pass(10 * SECOND).await;
    let sent = waiting - world.count(endpoint, DeliveryStatus::Pending);
    assert!((9..=11).contains(&sent), "{sent}");
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_changed_is_sent_nothing_more() {
    let world = World::with(EngineSettings::default()).await;
    let app = world.app(None).await;
    let endpoint = world.endpoint(app, Character::always(Plan::answer(200))).await;
    let outlet = world.engine.trials().open(app, endpoint).await.expect("it is enabled");
    assert_eq!(outlet.send(fresh_id(&world), PAYLOAD).await, answered(200, true));
    let before = world.requests(endpoint).len();
    world.change(endpoint, |row| row.url.push_str("/elsewhere")).await;
    assert_eq!(outlet.send(fresh_id(&world), PAYLOAD).await, None);
    world.change(endpoint, |row| row.url.truncate(row.url.len() - "/elsewhere".len())).await;
    world.disable(endpoint).await;
    assert_eq!(outlet.send(fresh_id(&world), PAYLOAD).await, None);
    assert!(world.engine.trials().open(app, endpoint).await.is_none());
    assert_eq!(world.requests(endpoint).len(), before);
}

#[tokio::test(start_paused = true)]
async fn it_takes_no_more_than_half_of_the_sockets_and_does_not_hold_up_the_end() {
    let world = World::with(EngineSettings { sockets_most: 8, ..EngineSettings::default() }).await;
    let app = world.app(None).await;
    let endpoint = world.endpoint(app, Character::always(Plan::hang())).await;
    let outlet = std::sync::Arc::new(world.engine.trials().open(app, endpoint).await.expect("it is enabled"));
    let mut hanging = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let (outlet, id) = (outlet.clone(), fresh_id(&world));
        hanging.spawn(async move { outlet.send(id, PAYLOAD).await });
    }
    pass(SECOND).await;
    let fifth = outlet.send(fresh_id(&world), PAYLOAD).await.expect("it is enabled");
    assert!(fifth.outcome.is_our_fault(), "{fifth:?}");
    hanging.shutdown().await;
    assert_eq!(world.requests(endpoint).len(), 4);
    assert!(world.engine.stop(SECOND).await, "what was dropped gave its sockets back");
    assert_eq!(outlet.send(world.ids.next(world.clock.shows()), PAYLOAD).await, None);
}
