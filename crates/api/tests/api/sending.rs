//! What people ask to be sent: resends and examples; and what is not sent.

use serde_json::{Value, json};

use crate::harness::{Api, assert_answer};

async fn api() -> Api {
    let api = Api::start().await;
    api.app("acme").await;
    for uid in ["main", "other"] {
        api.create("/app/acme/endpoint", json!({"url": "https://example.com/", "uid": uid})).await;
    }
    api
}

async fn endpoint_id(api: &Api, uid: &str) -> String {
    let found = api.get(&format!("/app/acme/endpoint/{uid}")).await.json();
    found["id"].as_str().expect("an id").to_owned()
}

#[tokio::test]
async fn a_resend_asks_for_one_attempt_at_one_endpoint() {
    let api = api().await;
    let message = api.create("/app/acme/msg", json!({"eventType": "a.b", "payload": {"n": 1}})).await;
    for delivery in api.handed_over().await {
        crate::attempts::record(&api, &delivery, Some(500), "").await;
    }
    let path = format!("/app/acme/msg/{message}/endpoint/main/resend");
    assert_answer!("resend", api, api.call("POST", &path, Value::Null).await);
    let handed: Vec<String> =
        api.handed_over().await.iter().map(|delivery| delivery.key.endpoint.to_string()).collect();
    assert_eq!(handed, [endpoint_id(&api, "main").await]);
}

#[tokio::test]
async fn nothing_is_sent_by_hand_to_a_disabled_endpoint() {
    let api = api().await;
    let message = api.create("/app/acme/msg", json!({"eventType": "a.b", "payload": {}})).await;
    api.call("PATCH", "/app/acme/endpoint/main", json!({"disabled": true})).await;
    let path = format!("/app/acme/msg/{message}/endpoint/main/resend");
    assert_answer!("resend_to_a_disabled_endpoint", api, api.call("POST", &path, Value::Null).await);
    let example =
        api.call("POST", "/app/acme/endpoint/main/send-example", json!({"eventType": "svix.ping"})).await;
    assert_eq!(example.status, 409);
}

#[tokio::test]
async fn what_a_disabled_endpoint_misses_is_on_record() {
    let api = api().await;
    api.call("PATCH", "/app/acme/endpoint/main", json!({"disabled": true})).await;
    let message = api.create("/app/acme/msg", json!({"eventType": "a.b", "payload": {}})).await;
    assert_eq!(api.handed_over().await.len(), 1, "the other endpoint alone");
    let stands = api.get(&format!("/app/acme/msg/{message}/endpoint")).await.json();
    let statuses: Vec<_> =
        stands["data"].as_array().expect("rows").iter().map(|row| &row["status"]).collect();
    assert_eq!(statuses, [&json!(4), &json!(1)]);
    api.call("PATCH", "/app/acme/endpoint/main", json!({"disabled": false})).await;
    api.create("/app/acme/msg", json!({"eventType": "a.b", "payload": {}})).await;
    assert_eq!(api.handed_over().await.len(), 2, "enabling takes effect at once");
}

#[tokio::test]
async fn a_message_goes_where_it_is_wanted() {
    let api = api().await;
    api.event_type("a.b").await;
    let patch = json!({"eventTypes": ["a.b"], "channels": ["red"]});
    assert_eq!(api.call("PATCH", "/app/acme/endpoint/main", patch).await.status, 200);
    for (event_type, channels, count) in [
        ("a.b", json!(["red"]), 2),
        ("a.b", json!(["blue"]), 1),
        ("a.b", json!(null), 1),
        ("a.c", json!(["red"]), 1),
    ] {
        api.create("/app/acme/msg", json!({"eventType": event_type, "channels": channels, "payload": {}}))
            .await;
        assert_eq!(api.handed_over().await.len(), count, "{event_type} {channels}");
    }
}

#[tokio::test]
async fn a_message_for_later_is_not_handed_over_now() {
    let api = api().await;
    let later = json!({"eventType": "a.b", "payload": {}, "deliverAt": "2026-01-31T13:00:00Z"});
    let message = api.create("/app/acme/msg", later).await;
    assert!(api.handed_over().await.is_empty());
    let stands = api.get(&format!("/app/acme/msg/{message}/endpoint")).await.json();
    assert_eq!(stands["data"][0]["nextAttempt"], json!("2026-01-31T13:00:00.000Z"));
    let past = json!({"eventType": "a.b", "payload": {}, "deliverAt": "2026-01-31T11:00:00Z"});
    api.create("/app/acme/msg", past).await;
    assert_eq!(api.handed_over().await.len(), 2, "an instant in the past is now");
}

#[tokio::test]
async fn an_example_goes_to_one_endpoint_only() {
    let api = api().await;
    let path = "/app/acme/endpoint/other/send-example";
    let schemas = json!({"1": {"examples": [{"id": "a1", "price": 1.5}]}});
    let catalogue = json!({"name": "asset.created", "description": "x", "schemas": schemas});
    api.call("POST", "/event-type", catalogue).await;
    let sent = api.call("POST", path, json!({"eventType": "asset.created"})).await;
    assert_answer!("send_example", api, sent);
    let handed = api.handed_over().await;
    let endpoints: Vec<String> = handed.iter().map(|delivery| delivery.key.endpoint.to_string()).collect();
    assert_eq!(endpoints, [endpoint_id(&api, "other").await]);
    let examples = json!({"1": {"examples": [{"n": 0}, {"n": 1}]}});
    let several = json!({"name": "asset.moved", "description": "x", "schemas": examples});
    api.call("POST", "/event-type", several).await;
    for (number, status) in [(1, 200), (2, 400)] {
        let wanted = json!({"eventType": "asset.moved", "exampleIndex": number});
        let answer = api.call("POST", path, wanted).await;
        assert_eq!(answer.status.as_u16(), status, "{number}");
        if status == 200 {
            assert_eq!(answer.json()["payload"], json!({"n": 1}));
        }
    }
    let ping = api.call("POST", path, json!({"eventType": "svix.ping"})).await;
    assert_answer!("send_example_ping", api, ping);

    api.event_type("without.example").await;
    let missing = api.call("POST", path, json!({"eventType": "without.example"})).await;
    assert_answer!("send_example_without_example", api, missing);
    assert_eq!(api.call("POST", path, json!({"eventType": "un.known"})).await.status, 404);
}
