//! Event types behind a feature flag: who sees them, and who can subscribe to them.

use serde_json::{Value, json};

use crate::harness::{Answer, Api};

const OPEN: &str = "asset.open";
const BETA: &str = "asset.beta";
const GAMMA: &str = "asset.gamma";

/// An API with an app, and an event type behind no flag and behind each of two; they have examples.
async fn api() -> Api {
    let api = Api::start().await;
    api.app("acme").await;
    for (name, flag) in [(OPEN, Value::Null), (BETA, json!("beta")), (GAMMA, json!("gamma"))] {
        let schemas = json!({"1": {"examples": [{"id": "a1"}]}});
        let wanted = json!({"name": name, "description": "x", "featureFlag": flag, "schemas": schemas});
        api.create("/event-type", wanted).await;
    }
    api
}

/// A token of the app portal, asked for so.
async fn portal(api: &Api, wanted: Value) -> String {
    let access = api.call("POST", "/auth/app-portal-access/acme", wanted).await;
    assert_eq!(access.status, 200, "{access:?}");
    format!("Bearer {}", access.json()["token"].as_str().expect("it is shown"))
}

async fn call(api: &Api, bearer: &str, method: &str, path: &str, body: Value) -> Answer {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    api.call_as(bearer, method, path, body).await
}

/// The names that all lists show, having seen that they and single looks agree.
async fn seen(api: &Api, bearer: &str) -> Vec<String> {
    let listed = call(api, bearer, "GET", "/event-type?limit=3", Value::Null).await.json();
    let mut shown = Vec::new();
    for event_type in listed["data"].as_array().expect("a list") {
        shown.push(event_type["name"].as_str().expect("a name").to_owned());
    }
    let exported = call(api, bearer, "GET", "/event-type/export/openapi", Value::Null).await.json();
    let exported: Vec<String> =
        exported["webhooks"].as_object().expect("an object").keys().cloned().collect();
    assert_eq!(exported, shown);
    for name in [OPEN, BETA, GAMMA] {
        let one = call(api, bearer, "GET", &format!("/event-type/{name}"), Value::Null).await;
        let expected = if shown.iter().any(|shown| shown == name) { 200 } else { 404 };
        assert_eq!(one.status, expected, "{name}");
    }
    shown
}

/// The names that the face of a digital asset manager shows.
async fn seen_by_dam(api: &Api, bearer: &str) -> Vec<String> {
    let answer = api.call_at(bearer, "GET", "/v1/webhooks/event-type/list", "").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let mut names: Vec<String> = Vec::new();
    for event_type in answer.json().as_array().expect("a bare array") {
        names.push(event_type["name"].as_str().expect("a name").to_owned());
    }
    names
}

#[tokio::test]
async fn the_portal_sees_what_is_behind_no_flag_or_one_of_its_own() {
    let api = api().await;
    for (wanted, expected) in [
        (json!({}), vec![OPEN]),
        (json!({"featureFlags": null}), vec![OPEN]),
        (json!({"featureFlags": []}), vec![OPEN]),
        (json!({"featureFlags": ["beta"]}), vec![BETA, OPEN]),
        (json!({"featureFlags": ["gamma", "alpha", "beta", "beta"]}), vec![BETA, GAMMA, OPEN]),
    ] {
        let bearer = portal(&api, wanted.clone()).await;
        // The second time the token is known already.
        for _ in 0..2 {
            assert_eq!(seen(&api, &bearer).await, expected, "{wanted}");
            assert_eq!(seen_by_dam(&api, &bearer).await, expected, "{wanted}");
        }
    }
}

#[tokio::test]
async fn all_other_tokens_see_everything() {
    let api = api().await;
    let of_app = api.token(json!({"name": "x", "app": "acme"})).await;
    let of_organisation = api.token(json!({"name": "x"})).await;
    for bearer in [&of_app, &of_organisation] {
        assert_eq!(seen(&api, bearer).await, [BETA, GAMMA, OPEN]);
    }
    assert_eq!(seen_by_dam(&api, &of_app).await, [BETA, GAMMA, OPEN]);
}

#[tokio::test]
async fn a_hidden_event_type_is_no_other_than_an_unknown_one() {
    let api = api().await;
    let bearer = portal(&api, json!({"featureFlags": ["beta"]})).await;
    let endpoint = |name: &str| json!({"url": "https://example.com/in", "eventTypes": [name]});
    let path = "/app/acme/endpoint";
    let made = call(&api, &bearer, "POST", path, endpoint(BETA)).await;
    assert_eq!(made.status, 201);
    let one = format!("{path}/{}", made.json()["id"].as_str().expect("an id"));
    let patch = |name: &str| json!({"eventTypes": [name]});
    for (method, path, unknown, hidden) in [
        ("POST", path, endpoint("asset.none"), endpoint(GAMMA)),
        ("PUT", one.as_str(), endpoint("asset.none"), endpoint(GAMMA)),
        ("PATCH", one.as_str(), patch("asset.none"), patch(GAMMA)),
    ] {
        let unknown = call(&api, &bearer, method, path, unknown).await;
        let hidden = call(&api, &bearer, method, path, hidden).await;
        assert_eq!((hidden.status.as_u16(), hidden.loc()), (422, json!(["body", "eventTypes"])), "{method}");
        let words = |answer: &Answer| String::from_utf8_lossy(&answer.body).replace("asset.none", GAMMA);
        assert_eq!((unknown.status, words(&unknown)), (hidden.status, words(&hidden)), "{method}");
    }
    for name in ["asset.none", GAMMA] {
        let example = json!({"eventType": name});
        let sent = call(&api, &bearer, "POST", &format!("{one}/send-example"), example).await;
        assert_eq!(sent.status, 404, "{name}");
    }
    for (name, status) in [("asset.none", 400), (GAMMA, 400), (OPEN, 200)] {
        let body = json!([endpoint(name)]).to_string();
        let made = api.call_at(&bearer, "POST", "/v1/webhooks/endpoint", body).await;
        assert_eq!(made.status, status, "{name}");
    }
}

#[tokio::test]
async fn a_subscription_outlives_its_flag() {
    let api = api().await;
    let wanted = json!({"url": "https://example.com/in", "uid": "main", "eventTypes": [GAMMA, OPEN]});
    api.create("/app/acme/endpoint", wanted.clone()).await;
    api.create("/app/acme/endpoint", json!({"url": "https://example.com/in", "uid": "other"})).await;
    let bearer = portal(&api, json!({})).await;
    let path = "/app/acme/endpoint/main";
    let subscribed = async || api.get(path).await.json()["eventTypes"].clone();
    assert_eq!(call(&api, &bearer, "PATCH", path, json!({"description": "Mine"})).await.status, 200);
    assert_eq!(call(&api, &bearer, "PUT", path, wanted.clone()).await.status, 200);
    assert_eq!(subscribed().await, json!([GAMMA, OPEN]));
    let other = json!({"eventTypes": [GAMMA]});
    assert_eq!(call(&api, &bearer, "PATCH", "/app/acme/endpoint/other", other).await.status, 422);
    assert_eq!(call(&api, &bearer, "PATCH", path, json!({"eventTypes": [BETA, GAMMA]})).await.status, 422);
    assert_eq!(call(&api, &bearer, "PATCH", path, json!({"eventTypes": [OPEN]})).await.status, 200);
    let back = call(&api, &bearer, "PUT", path, wanted).await;
    assert_eq!((back.status.as_u16(), subscribed().await), (422, json!([OPEN])), "what it gave up is hidden");
}

#[tokio::test]
async fn a_key_that_was_used_with_more_flags_answers_nobody_with_fewer() {
    let api = api().await;
    let wanted = json!({"url": "https://example.com/in", "eventTypes": [GAMMA]}).to_string();
    for (flags, status) in [(json!(["gamma"]), 201), (json!([]), 422)] {
        let bearer = portal(&api, json!({"featureFlags": flags})).await;
        let request = http::Request::post("/api/v1/app/acme/endpoint")
            .header("authorization", bearer)
            .header("idempotency-key", "once");
        let made = api.send(request.body(wanted.clone().into()).expect("a good request")).await;
        assert_eq!(made.status, status, "{flags}");
    }
}
