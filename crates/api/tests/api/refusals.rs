//! The shape of every refusal that is not about one resource, and health.

use serde_json::{Value, json};
use wirepost_store::Store;

use crate::harness::{Api, TOKEN, assert_answer};

#[tokio::test]
async fn nobody_gets_in_without_a_good_token() {
    let api = Api::start().await;
    for (authorization, name) in
        [("", "none"), ("Bearer wrong", "wrong"), ("Basic dTpw", "basic"), ("Bearer", "empty")]
    {
        let answer = api.call_as(authorization, "GET", "/app", "").await;
        assert_eq!((answer.status.as_u16(), answer.code()), (401, "authentication_failed".into()), "{name}");
        assert_eq!(answer.headers["www-authenticate"], "Bearer");
    }
    assert_answer!("unauthenticated", api, api.call_as("Bearer wrong", "GET", "/app", "").await);
    let lower = api.call_as(&format!("bearer {TOKEN}"), "GET", "/app", "").await;
    assert_eq!(lower.status, 200);
}

#[tokio::test]
async fn a_bad_token_is_told_before_a_bad_body() {
    let api = Api::start().await;
    assert_eq!(api.call_as("Bearer wrong", "POST", "/app", "{").await.status, 401);
}

#[tokio::test]
async fn malformed_json_is_told_apart_from_wrong_values() {
    let api = Api::start().await;
    assert_answer!("malformed_json", api, api.call_raw("POST", "/app", "{\"name\":").await);
    assert_answer!("not_json", api, api.call_raw("POST", "/app", "name=x").await);
    assert_answer!("missing_field", api, api.call_raw("POST", "/app", "{}").await);
    assert_answer!("wrong_type", api, api.call_raw("POST", "/app", "{\"name\":[]}").await);
    assert_answer!("not_an_object", api, api.call_raw("POST", "/app", "7").await);
    assert_answer!("refused_value", api, api.call("POST", "/app", json!({"name": "x", "uid": "a b"})).await);
    for list in ["[\"x\",null,null,null]", "[\"x\"]"] {
        assert_eq!(api.call_raw("POST", "/app", list).await.status, 422, "{list}");
    }
    let twice = api.call_raw("POST", "/app", "{\"name\":\"a\",\"name\":\"b\"}").await;
    assert_eq!(twice.status, 422);
    for body in [&b"\xff\xfe"[..], b"", b"{\"name\":\"\xff\"}"] {
        let answer = api.call_raw("POST", "/app", body).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.json()["detail"][0]["type"]),
            (422, &json!("value_error.jsondecode"))
        );
    }
}

#[tokio::test]
async fn what_is_not_there_is_told_in_json() {
    let api = Api::start().await;
    assert_answer!("unknown_app", api, api.get("/app/none").await);
    assert_answer!("unknown_path", api, api.get("/nowhere").await);
    for path in ["/app/a%FFb", "/app/acme/endpoint/x", "/event-type/a%20b", "/app/acme/msg/%2F"] {
        let answer = api.get(path).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (404, "not_found".into()), "{path}");
    }
}

#[tokio::test]
async fn a_method_that_a_path_does_not_know_is_told_in_json() {
    let api = Api::start().await;
    for path in ["/app", "/app/"] {
        let answer = api.call("DELETE", path, Value::Null).await;
        assert_answer!("unknown_method", api, answer);
        let allowed = answer.headers["allow"].to_str().expect("text");
        assert!(allowed.contains("GET") && allowed.contains("POST"), "{allowed}");
    }
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused() {
    let api = Api::start().await;
    api.app("acme").await;
    let message = |payload: usize| {
        let frame = "{\"x\":\"\"}".len();
        format!("{{\"eventType\":\"a.b\",\"payload\":{{\"x\":\"{}\"}}}}", "x".repeat(payload - frame))
    };
    assert_eq!(api.call_raw("POST", "/app/acme/msg", message(1 << 20)).await.status, 202);
    assert_answer!(
        "payload_too_large",
        api,
        api.call_raw("POST", "/app/acme/msg", message((1 << 20) + 1)).await
    );
    assert_answer!("body_too_large", api, api.call_raw("POST", "/app/acme/msg", message(2 << 20)).await);
}

#[tokio::test]
async fn every_answer_has_a_request_id_of_its_own() {
    let api = Api::start().await;
    let mut seen = std::collections::HashSet::new();
    for path in ["/app", "/nowhere", "/health", "/app/none"] {
        let id = api.get(path).await.headers["x-request-id"].to_str().expect("text").to_owned();
        assert!(id.len() == 16 && seen.insert(id), "{path}");
    }
}

#[tokio::test]
async fn health_needs_no_token_and_tells_when_the_database_is_gone() {
    let api = Api::start().await;
    assert_answer!("health", api, api.call_as("", "GET", "/health", "").await);
    let ping = api.call_as("", "GET", "/health/ping", "").await;
    assert_eq!((ping.status.as_u16(), ping.body.len()), (204, 0));
    api.store.close().await;
    assert_answer!("health_without_database", api, api.call_as("", "GET", "/health/", "").await);
    assert_answer!("without_database", api, api.call("POST", "/app", json!({"name": "x"})).await);
}
