//! Nothing of one app can be reached through another: every operation with the other's ids answers 404.

use serde_json::{Value, json};

use crate::harness::Api;

/// A method, a path below the app, and a body.
type Call = (&'static str, String, Value);

/// An endpoint and a message of each app, and an attempt of the other's.
struct Belongings {
    endpoint: String,
    message: String,
    attempt: String,
    own_endpoint: String,
    own_message: String,
}

async fn belongings(api: &Api) -> Belongings {
    for app in ["mine", "theirs"] {
        api.app(app).await;
    }
    let endpoint = json!({"url": "https://example.com/", "uid": "main"});
    let message = json!({"eventType": "a.b", "eventId": "once", "payload": {}});
    let endpoint = api.create("/app/theirs/endpoint", endpoint).await;
    let message = api.create("/app/theirs/msg", message).await;
    let delivery = api.handed_over().await.remove(0);
    let attempt = crate::attempts::record(api, &delivery, Some(200), "").await;
    let own_endpoint = api.create("/app/mine/endpoint", json!({"url": "https://example.com/"})).await;
    let own_message = api.create("/app/mine/msg", json!({"eventType": "a.b", "payload": {}})).await;
    api.handed_over().await;
    Belongings { endpoint, message, attempt, own_endpoint, own_message }
}

fn calls_of_endpoint(endpoint: &str, own_message: &str) -> Vec<Call> {
    let at = format!("/endpoint/{endpoint}");
    let since = json!({"since": "2026-01-31T11:00:00Z"});
    vec![
        ("GET", at.clone(), Value::Null),
        ("PATCH", at.clone(), json!({"disabled": true})),
        ("DELETE", at.clone(), Value::Null),
        ("GET", format!("{at}/headers"), Value::Null),
        ("PUT", format!("{at}/headers"), json!({"headers": {}})),
        ("PATCH", format!("{at}/headers"), json!({"headers": {}})),
        ("GET", format!("{at}/oauth"), Value::Null),
        ("GET", format!("{at}/oauth-config"), Value::Null),
        ("PUT", format!("{at}/oauth"), oauth()),
        ("DELETE", format!("{at}/oauth"), Value::Null),
        ("POST", format!("{at}/oauth/test"), oauth()),
        ("GET", format!("{at}/basic-auth"), Value::Null),
        ("PUT", format!("{at}/basic-auth"), json!({"username": "a", "password": "b"})),
        ("DELETE", format!("{at}/basic-auth"), Value::Null),
        ("GET", format!("{at}/secret"), Value::Null),
        ("POST", format!("{at}/secret/rotate"), json!({})),
        ("GET", format!("{at}/stats"), Value::Null),
        ("POST", format!("{at}/send-example"), json!({"eventType": "svix.ping"})),
        ("GET", format!("{at}/msg"), Value::Null),
        ("GET", format!("/attempt/endpoint/{endpoint}"), Value::Null),
        ("GET", format!("/attempt/endpoint/{endpoint}/count"), Value::Null),
        ("GET", format!("/msg/{own_message}/explain?endpoint_id={endpoint}"), Value::Null),
        ("POST", format!("/msg/{own_message}/endpoint/{endpoint}/resend"), Value::Null),
        ("POST", format!("{at}/recover"), since.clone()),
        ("POST", format!("{at}/recover/preview"), since.clone()),
        ("POST", format!("{at}/replay-missing"), since.clone()),
        ("POST", format!("{at}/replay-missing/preview"), since.clone()),
        ("POST", format!("{at}/bulk-replay"), since.clone()),
        ("POST", format!("{at}/bulk-replay/preview"), since),
        ("POST", format!("{at}/cancel-msgs"), json!({"createdBefore": "2026-01-31T13:00:00Z"})),
    ]
}

fn oauth() -> Value {
    json!({
        "grantType": "clientCredentials", "authMethod": "clientSecretBasic", "clientId": "us",
        "clientSecret": "s3cret", "tokenUrl": "https://auth.example.com/token",
    })
}

fn calls_of_message(message: &str, attempt: &str, own_endpoint: &str) -> Vec<Call> {
    vec![
        ("GET", format!("/msg/{message}"), Value::Null),
        ("DELETE", format!("/msg/{message}/content"), Value::Null),
        ("GET", format!("/msg/{message}/endpoint"), Value::Null),
        ("GET", format!("/msg/{message}/explain"), Value::Null),
        ("GET", format!("/msg/{message}/attempt/{attempt}"), Value::Null),
        ("GET", format!("/msg/{message}/attempt/{attempt}/headers"), Value::Null),
        ("DELETE", format!("/msg/{message}/attempt/{attempt}/content"), Value::Null),
        ("GET", format!("/attempt/msg/{message}"), Value::Null),
        ("POST", format!("/msg/{message}/endpoint/{own_endpoint}/resend"), Value::Null),
    ]
}

fn calls_of_pulse(pulse: &str) -> Vec<Call> {
    let at = format!("/pulse/{pulse}");
    vec![
        ("GET", at.clone(), Value::Null),
        ("PUT", at.clone(), json!({"name": "Another"})),
        ("PATCH", at.clone(), json!({"archived": true})),
        ("DELETE", at.clone(), Value::Null),
        ("POST", format!("{at}/raise"), json!({"objects": [{"id": "a1", "type": "asset"}]})),
        ("GET", format!("{at}/raise"), Value::Null),
    ]
}

#[tokio::test]
async fn every_operation_refuses_the_ids_of_another_app() {
    let api = Api::start().await;
    let known = belongings(&api).await;
    let mut calls = Vec::new();
    for endpoint in [known.endpoint.as_str(), "main"] {
        calls.extend(calls_of_endpoint(endpoint, &known.own_message));
    }
    for message in [known.message.as_str(), "once"] {
        calls.extend(calls_of_message(message, &known.attempt, &known.own_endpoint));
    }
    let pulse = api.create("/app/theirs/pulse", json!({"name": "Recall"})).await;
    let raise = json!({"objects": [{"id": "a1", "type": "asset"}]});
    api.create(&format!("/app/theirs/pulse/{pulse}/raise"), raise).await;
    api.handed_over().await;
    calls.extend(calls_of_pulse(&pulse));
    // By its uid it would be made in the app that asked, which is not the other's.
    let url = json!({"url": "https://example.com/"});
    calls.push(("PUT", format!("/endpoint/{}", known.endpoint), url));
    let path = format!("/msg/{}/attempt/{}", known.own_message, known.attempt);
    calls.push(("GET", path, Value::Null));
    for (method, path, body) in calls {
        let answer = api.call(method, &format!("/app/mine{path}"), body).await;
        let told = (answer.status.as_u16(), answer.code());
        assert_eq!(told, (404, "not_found".into()), "{method} {path}");
    }
    assert!(api.handed_over().await.is_empty(), "nothing of it was sent");
    let path = format!("/app/mine/attempt/msg/{}?endpoint_id={}", known.own_message, known.endpoint);
    assert_eq!(api.get(&path).await.json()["data"], json!([]));
    assert_eq!(api.get("/app/theirs/endpoint/main").await.json()["disabled"], json!(false));
    assert_eq!(api.get("/app/theirs/msg/once").await.status, 200);
    for list in ["pulse", "raise"] {
        assert_eq!(api.get(&format!("/app/mine/{list}")).await.json()["data"], json!([]), "{list}");
    }
    assert_eq!(api.get(&format!("/app/theirs/pulse/{pulse}")).await.json()["archived"], json!(false));
}

#[tokio::test]
async fn a_message_goes_to_the_endpoints_of_its_own_app() {
    let api = Api::start().await;
    for app in ["mine", "theirs"] {
        api.app(app).await;
        api.create(&format!("/app/{app}/endpoint"), json!({"url": "https://example.com/"})).await;
    }
    let app = api.get("/app/mine").await.json()["id"].clone();
    api.create("/app/mine/msg", json!({"eventType": "a.b", "payload": {}})).await;
    let handed = api.handed_over().await;
    assert_eq!(handed.len(), 1);
    assert_eq!(json!(handed[0].key.app.to_string()), app);
}
