//! Requests that carry a token: one for many, another one after a 401, and what comes of it when there is none.

use std::collections::BTreeMap;
use std::time::Duration;

use wirepost_engine::EngineSettings;
use wirepost_model::attempt::Attempt;
use wirepost_model::delivery::{DeliveryState, DeliveryStatus};
use wirepost_model::endpoint::CustomHeaders;
use wirepost_model::ids::{AppId, EndpointId};
use wirepost_model::oauth::{ClientSecret, OauthAuthMethod, OauthConfig};
use wirepost_store::oauth::EndpointOauth;

use crate::clock::pass;
use crate::receiver::{Character, Plan};
use crate::token_server::Grant;
use crate::world::World;

const SECOND: Duration = Duration::from_secs(1);

async fn world(character: Character) -> (World, AppId, EndpointId) {
    let world = World::with(EngineSettings::default()).await;
    let app = world.app(None).await;
    let endpoint = world.endpoint(app, character).await;
    put(&world, app, endpoint, "first").await;
    (world, app, endpoint)
}

async fn put(world: &World, app: AppId, endpoint: EndpointId, client_id: &str) {
    let config = OauthConfig {
        token_url: "https://auth.example/token".into(),
        client_id: client_id.into(),
        client_secret: ClientSecret::new("s3cret"),
        auth_method: OauthAuthMethod::ClientSecretBasic,
        scopes: Vec::new(),
        extra_params: BTreeMap::new(),
        extra_headers: CustomHeaders::default(),
        updated_at: world.clock.shows(),
    };
    world.store.put_oauth(app, endpoint, config).await.expect("the store is there");
    world.directory.changed(app);
}

/// The `Authorization` of each request so far; empty where there was none.
fn authorizations(world: &World, endpoint: EndpointId) -> Vec<String> {
    let value = |headers: &http::HeaderMap| {
        headers.get("authorization").map_or("", |value| value.to_str().expect("ASCII")).to_owned()
    };
    world.requests(endpoint).iter().map(|request| value(&request.headers)).collect()
}

/// All attempts so far.
fn attempts(world: &World) -> Vec<Attempt> {
    world.disk.lock().attempts.iter().map(|row| row.record.attempt.clone()).collect()
}

#[tokio::test(start_paused = true)]
async fn one_token_serves_many_deliveries() {
    let (world, app, endpoint) = world(Character::always(Plan::answer(200))).await;
    let plain = world.endpoint(app, Character::always(Plan::answer(200))).await;
    world.receivers.tokens.set(Grant::after(SECOND));
    world.accept_many(app, &[endpoint, plain], 200).await;
    pass(10 * SECOND).await;
    assert_eq!(world.count(endpoint, DeliveryStatus::Delivered), 200);
    assert_eq!(authorizations(&world, endpoint), vec!["Bearer first-1"; 200]);
    assert_eq!(authorizations(&world, plain), vec![""; 200]);
    assert_eq!(world.receivers.tokens.asked(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_401_is_answered_with_another_token_within_the_same_attempt() {
    let plans = [200, 401, 200].map(Plan::answer);
    let (world, app, endpoint) = world(Character::script(plans)).await;
    for _ in 0..2 {
        world.accept(app, &[endpoint]).await;
        pass(SECOND).await;
    }
    let expected = ["Bearer first-1", "Bearer first-1", "Bearer first-2"];
    assert_eq!(authorizations(&world, endpoint), expected);
    assert_eq!(attempts(&world).len(), 2, "two attempts, of which one asked twice");
    assert_eq!(world.count(endpoint, DeliveryStatus::Delivered), 2);
}

#[tokio::test(start_paused = true)]
async fn a_receiver_that_refuses_every_token_fails_with_its_401() {
    let (world, app, endpoint) = world(Character::always(Plan::answer(401))).await;
    world.accept(app, &[endpoint]).await;
    pass(SECOND).await;
    let attempts = attempts(&world);
    assert!(attempts.iter().all(|attempt| attempt.status == Some(401)), "{attempts:?}");
    assert_eq!(&authorizations(&world, endpoint)[..2], ["Bearer first-1", "Bearer first-2"]);
}

#[tokio::test(start_paused = true)]
async fn without_a_token_the_attempt_fails_for_that_and_the_receiver_is_not_asked() {
    let (world, app, endpoint) = world(Character::always(Plan::answer(200))).await;
    world.receivers.tokens.set(Grant::refusal("the token server answered 401: invalid_client"));
    let message = world.accept(app, &[endpoint]).await;
    pass(2 * SECOND).await;
    assert_eq!(authorizations(&world, endpoint), [""; 0]);
    let attempts = attempts(&world);
    assert_eq!(attempts.len(), 2, "the first retry comes at once");
    for attempt in &attempts {
        let told = (attempt.status, attempt.failure.as_deref());
        assert_eq!(told, (None, Some("oauth: the token server answered 401: invalid_client")));
    }
    assert!(matches!(world.state(endpoint, message), DeliveryState::Pending { .. }));
    world.receivers.tokens.set(Grant::after(Duration::ZERO));
    assert!(world.settle(60 * SECOND).await, "it is delivered as soon as there is a token");
    assert_eq!(world.state(endpoint, message), DeliveryState::Delivered);
}

#[tokio::test(start_paused = true)]
async fn another_configuration_or_none_holds_at_once() {
    let (world, app, endpoint) = world(Character::always(Plan::answer(200))).await;
    let send = async || {
        world.accept(app, &[endpoint]).await;
        pass(SECOND).await;
    };
    send().await;
    put(&world, app, endpoint, "second").await;
    send().await;
    put(&world, app, endpoint, "second").await;
    send().await;
    world.store.delete_oauth(app, endpoint).await.expect("the store is there");
    world.directory.changed(app);
    send().await;
    let expected = ["Bearer first-1", "Bearer second-1", "Bearer second-1", ""];
    assert_eq!(authorizations(&world, endpoint), expected);
    assert_eq!(
        world.receivers.tokens.asked(),
        3,
        "a configuration that is set anew brings a token of its own"
    );
}

#[tokio::test(start_paused = true)]
async fn a_token_outlives_an_idle_lane() {
    let (world, app, endpoint) = world(Character::always(Plan::answer(200))).await;
    for _ in 0..3 {
        world.accept(app, &[endpoint]).await;
        pass(300 * SECOND).await;
    }
    assert_eq!(authorizations(&world, endpoint), ["Bearer first-1"; 3]);
    assert_eq!(world.receivers.tokens.asked(), 1);
}
