//! What an operator is told of the whole: room on the disk, and meters.

use std::time::Duration;

use axum::body::Body;
use http::Request;
use serde_json::{Value, json};
use wirepost_api::start_metering;
use wirepost_model::clock::Clock;

use crate::harness::{Answer, Api};

async fn metrics(api: &Api, token: &str) -> Answer {
    let mut request = Request::builder().uri("/metrics");
    if !token.is_empty() {
        request = request.header("authorization", token);
    }
    api.send(request.body(Body::empty()).expect("a good request")).await
}

#[tokio::test]
async fn the_room_on_the_disk_is_told_by_kind_and_not_looked_at_all_the_time() {
    let api = Api::start().await;
    api.app("acme").await;
    let payload = json!({"long": "x".repeat(100_000)});
    api.create("/app/acme/msg", json!({"eventType": "a.b", "payload": payload})).await;
    let first = api.get("/admin/storage").await.json();
    let bytes = |kind: &Value| kind.as_u64().expect("a number");
    let parts = ["payloads", "responses", "messages", "deliveries", "attempts"];
    let others = ["indexesBytes", "restBytes", "freeBytes", "logBytes"];
    let sum: u64 = parts.iter().map(|kind| bytes(&first[kind]["bytes"])).sum();
    let sum: u64 = sum + others.iter().map(|kind| bytes(&first[kind])).sum::<u64>();
    assert_eq!(sum, bytes(&first["totalBytes"]));
    assert!(sum > 100_000, "{first}");
    api.create("/app/acme/msg", json!({"eventType": "a.b", "payload": {}})).await;
    assert_eq!(api.get("/admin/storage").await.json(), first);
    api.clock.set(api.clock.now().plus(Duration::from_secs(10)));
    let later = api.get("/admin/storage").await.json();
    assert_ne!(later["measuredAt"], first["measuredAt"]);
}

#[tokio::test]
async fn meters_are_shown_to_those_of_the_organisation_who_may_look() {
    start_metering().expect("nobody counts yet");
    let api = Api::start().await;
    api.app("acme").await;
    assert_eq!(metrics(&api, "").await.status, 401);
    let inside = api.token(json!({"name": "of acme", "app": "acme", "capabilities": ["ViewBase"]})).await;
    assert_eq!(metrics(&api, &inside).await.status, 403);
    let blind = api.token(json!({"name": "blind", "capabilities": ["SendMessages"]})).await;
    assert_eq!(metrics(&api, &blind).await.status, 403);
    let looking = api.token(json!({"name": "prometheus", "capabilities": ["ViewBase"]})).await;
    let shown = metrics(&api, &looking).await;
    assert_eq!(shown.status, 200);
    assert_eq!(shown.headers["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    let text = String::from_utf8(shown.body.to_vec()).expect("it is text");
    for line in ["wirepost_requests_in_flight 1", "wirepost_storage_bytes{kind=\"payloads\"} "] {
        assert!(text.lines().any(|shown| shown.starts_with(line)), "{line} in {text}");
    }
}
