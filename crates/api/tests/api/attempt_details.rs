//! What is told of single attempts and of their number: headers, removed answers, counts.

use serde_json::{Value, json};
use wirepost_store::accepted::DueDelivery;

use crate::attempts::record;
use crate::harness::{Api, assert_answer};

/// An endpoint with headers, a message, and the delivery that follows from both.
async fn api() -> (Api, String, DueDelivery) {
    let api = Api::start().await;
    api.app("acme").await;
    let headers = json!({"x-tenant": "t1", "x-api-key": "very secret"});
    let endpoint = json!({"url": "https://example.com/", "uid": "main", "headers": headers});
    api.create("/app/acme/endpoint", endpoint).await;
    let message = api.create("/app/acme/msg", json!({"eventType": "a.b", "payload": {}})).await;
    let delivery = api.handed_over().await.remove(0);
    (api, message, delivery)
}

#[tokio::test]
async fn the_headers_of_an_attempt_are_told_without_credentials() {
    let (api, message, delivery) = api().await;
    let attempt = record(&api, &delivery, Some(200), "").await;
    let path = format!("/app/acme/msg/{message}/attempt/{attempt}/headers");
    let answer = api.get(&path).await;
    assert!(!answer.body.windows(6).any(|part| part == b"secret"), "no credential is told");
    let mut told = answer.json();
    let agent = told["sentHeaders"]["user-agent"].take();
    assert!(agent.as_str().is_some_and(|agent| agent.starts_with("Wirepost/")), "{agent}");
    let expected = json!({
        "sentHeaders": {
            "content-type": "application/json", "user-agent": null, "webhook-id": message,
            "webhook-signature": "v1,abc", "webhook-timestamp": "1769860800", "x-tenant": "t1",
        },
        "responseHeaders": [["content-type", "text/plain"]],
        "sensitive": ["x-api-key"],
    });
    assert_eq!(told, expected);
}

#[tokio::test]
async fn headers_that_may_have_been_others_are_not_told() {
    let (api, message, delivery) = api().await;
    let attempt = record(&api, &delivery, Some(200), "").await;
    api.wait(1_000);
    api.call("PUT", "/app/acme/endpoint/main/headers", json!({"headers": {"x-new": "1"}})).await;
    let told = api.get(&format!("/app/acme/msg/{message}/attempt/{attempt}/headers")).await.json();
    let names: Vec<_> = told["sentHeaders"].as_object().expect("an object").keys().cloned().collect();
    let ours = ["content-type", "user-agent", "webhook-id", "webhook-signature", "webhook-timestamp"];
    assert_eq!((names, &told["sensitive"]), (ours.map(str::to_owned).to_vec(), &json!([])));
}

#[tokio::test]
async fn an_attempt_that_was_never_made_sent_nothing() {
    let (api, message, delivery) = api().await;
    let failure = "expired: the payload was removed before it could be sent";
    let attempt = record(&api, &delivery, None, failure).await;
    let told = api.get(&format!("/app/acme/msg/{message}/attempt/{attempt}/headers")).await.json();
    assert_eq!((&told["sentHeaders"], &told["sensitive"]), (&json!({}), &json!([])));
}

#[tokio::test]
async fn a_removed_answer_is_empty_and_the_attempt_stays() {
    let (api, message, delivery) = api().await;
    let attempt = record(&api, &delivery, Some(500), "").await;
    let path = format!("/app/acme/msg/{message}/attempt/{attempt}");
    let app = api.get("/app/acme").await.json()["id"].as_str().expect("an id").to_owned();
    let own = api.app_token(&app, "of-the-app").await;
    let refused = api.call_as(&own, "DELETE", &format!("{path}/content"), "").await;
    assert_eq!(refused.status, 403, "as with messages, the organisation alone");
    assert_ne!(api.get(&path).await.json()["response"], json!(""));
    for _ in 0..2 {
        assert_eq!(api.call("DELETE", &format!("{path}/content"), Value::Null).await.status, 204);
    }
    let told = api.get(&path).await.json();
    assert_eq!((&told["response"], &told["responseStatusCode"]), (&json!(""), &json!(500)));
    let headers = api.get(&format!("{path}/headers")).await.json();
    assert_eq!(headers["responseHeaders"], json!(null));
    assert_eq!(headers["sentHeaders"]["webhook-signature"], json!(null));
    let missing = format!("/app/acme/msg/{message}/attempt/atmpt_000000000000000000000000000");
    for (method, path) in [("GET", format!("{missing}/headers")), ("DELETE", format!("{missing}/content"))] {
        assert_eq!(api.call(method, &path, Value::Null).await.status, 404, "{method}");
    }
}

#[tokio::test]
async fn attempts_are_counted_as_they_are_listed() {
    let (api, _, delivery) = api().await;
    record(&api, &delivery, Some(500), "").await;
    let wanted = json!({"eventType": "a.c", "channels": ["red"], "tags": ["t"], "payload": {}});
    api.create("/app/acme/msg", wanted).await;
    let delivery = api.handed_over().await.remove(0);
    record(&api, &delivery, Some(200), "").await;
    let path = "/app/acme/attempt/endpoint/main/count";
    assert_answer!("attempt_count", api, api.get(path).await);
    for (query, count) in [
        ("status=0", 1),
        ("status=2", 1),
        ("status=1", 0),
        ("status_code_class=500", 1),
        ("channel=red&tag=t", 1),
        ("event_types[0]=a.c&event_types[1]=a.d", 1),
        ("before=2026-01-31T12:00:00Z", 0),
        ("after=2026-01-31T11:00:00Z", 2),
    ] {
        let told = api.get(&format!("{path}?{query}")).await.json();
        assert_eq!(told, json!({"count": count, "approximated": false}), "{query}");
    }
    assert_eq!(api.get("/app/acme/attempt/endpoint/none/count").await.status, 404);
    assert_eq!(api.get(&format!("{path}?status=9")).await.status, 422);
}
