//! What stands in a request: signatures before, during and after a rotation, and whose headers win.

use std::time::Duration;

use wirepost_engine::EngineSettings;
use wirepost_model::endpoint::EndpointSecret;
use wirepost_model::signature::signature_header;
use wirepost_model::signing_secret::SigningSecret;
use wirepost_store::endpoints::Endpoints;

use crate::clock::pass;
use crate::receiver::{Character, Plan, Request};
use crate::world::World;

const SECOND: Duration = Duration::from_secs(1);

/// The signatures that these secrets make over the request as it arrived.
fn signed_by(request: &Request, secrets: &[&SigningSecret]) -> String {
    let seconds = request.headers["webhook-timestamp"].to_str().expect("digits");
    let seconds: i64 = seconds.parse().expect("seconds since 1970");
    assert_eq!(seconds, request.began_at.as_seconds());
    signature_header(secrets.iter().copied(), &request.message, seconds, &request.body)
}

#[tokio::test(start_paused = true)]
async fn both_secrets_sign_while_they_overlap_and_one_afterwards() {
    let world = World::with(EngineSettings::default()).await;
    let app = world.app(None).await;
    let endpoint = world.endpoint(app, Character::always(Plan::answer(200))).await;
    let old = world.disk.lock().endpoints[&endpoint].secrets[0].secret.clone();
    world.accept(app, &[endpoint]).await;
    pass(SECOND).await;
    let new = SigningSecret::from_random([9; SigningSecret::GENERATED_BYTES]);
    let now = world.clock.shows();
    let secret = EndpointSecret { secret: new.clone(), created_at: now, expires_at: None };
    let rotated = world.store.rotate_secret(app, endpoint, secret, now.plus(60 * SECOND), 10).await;
    assert_eq!(rotated, Ok(()));
    world.directory.changed(app);
    world.accept(app, &[endpoint]).await;
    pass(60 * SECOND).await;
    world.accept(app, &[endpoint]).await;
    pass(SECOND).await;
    let requests = world.requests(endpoint);
    let expected: [&[&SigningSecret]; 3] = [&[&old], &[&new, &old], &[&new]];
    assert_eq!(requests.len(), expected.len());
    for (request, secrets) in requests.iter().zip(expected) {
        assert_eq!(request.headers["webhook-signature"], signed_by(request, secrets));
    }
}

#[tokio::test(start_paused = true)]
async fn custom_headers_are_sent_and_never_override_ours() {
    let world = World::with(EngineSettings::default()).await;
    let app = world.app(None).await;
    let endpoint = world.endpoint(app, Character::always(Plan::answer(200))).await;
    let ours = ["webhook-id", "webhook-timestamp", "webhook-signature", "content-type", "user-agent"];
    world
        .change(endpoint, |row| {
            row.headers.0.insert("x-tenant".into(), "seven".into());
            for name in ours {
                row.headers.0.insert(name.into(), "forged".into());
            }
        })
        .await;
    let message = world.accept(app, &[endpoint]).await;
    pass(SECOND).await;
    let request = &world.requests(endpoint)[0];
    assert_eq!(request.headers["x-tenant"], "seven");
    assert_eq!(request.headers["webhook-id"], message.to_string());
    for name in ours {
        let values: Vec<_> = request.headers.get_all(name).iter().collect();
        assert!(values.len() == 1 && values[0] != "forged", "{name}");
    }
}
