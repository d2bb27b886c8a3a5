//! What became of a message, endpoint by endpoint.

use serde_json::{Value, json};
use wirepost_model::ids::EndpointId;

use crate::attempts::record;
use crate::harness::{Api, assert_answer};

async fn rows(api: &Api, path: &str) -> Vec<Value> {
    let answer = api.get(path).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["data"].as_array().expect("a list").clone()
}

/// The row of an endpoint, by its uid.
fn of<'a>(rows: &'a [Value], uid: &str) -> &'a Value {
    rows.iter().find(|row| row["endpointUid"] == uid).unwrap_or_else(|| panic!("no {uid} in {rows:?}"))
}

async fn endpoint(api: &Api, uid: &str, more: Value) -> String {
    let mut wanted = json!({"url": format!("https://example.com/{uid}"), "uid": uid});
    wanted.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    api.create("/app/acme/endpoint", wanted).await
}

#[tokio::test]
async fn every_endpoint_is_told_with_the_reason() {
    let api = Api::start().await;
    api.app("acme").await;
    for name in ["a.b", "c.d"] {
        api.event_type(name).await;
    }
    endpoint(&api, "plain", json!({})).await;
    endpoint(&api, "other-type", json!({"eventTypes": ["c.d"]})).await;
    endpoint(&api, "other-channel", json!({"channels": ["north"]})).await;
    endpoint(&api, "disabled", json!({"disabled": true})).await;
    endpoint(&api, "changed", json!({"eventTypes": ["c.d"]})).await;
    endpoint(&api, "gone", json!({})).await;
    let message = json!({"eventType": "a.b", "eventId": "once", "channels": ["south"], "payload": {"n": 1}});
    api.create("/app/acme/msg", message).await;
    api.wait(1_000);
    endpoint(&api, "later", json!({})).await;
    api.call("PATCH", "/app/acme/endpoint/changed", json!({"eventTypes": null})).await;
    api.call("DELETE", "/app/acme/endpoint/gone", Value::Null).await;
    assert_answer!("explain", api, api.get("/app/acme/msg/once/explain").await);
    let rows = rows(&api, "/app/acme/msg/once/explain").await;
    for (uid, reason, matched) in [
        ("plain", "matched", true),
        ("other-type", "eventType", false),
        ("other-channel", "channel", false),
        ("disabled", "disabled", false),
        ("changed", "changedLater", false),
        ("later", "createdLater", false),
    ] {
        let row = of(&rows, uid);
        assert_eq!((&row["reason"], &row["matched"]), (&json!(reason), &json!(matched)), "{uid}");
    }
    assert!(rows.iter().any(|row| row["reason"] == "deleted" && row["url"].is_null()));
}

#[tokio::test]
async fn an_example_was_meant_for_one_endpoint() {
    let api = Api::start().await;
    api.app("acme").await;
    endpoint(&api, "one", json!({})).await;
    endpoint(&api, "two", json!({})).await;
    let example = json!({"eventType": "svix.ping"});
    let message = api.create("/app/acme/endpoint/one/send-example", example).await;
    let rows = rows(&api, &format!("/app/acme/msg/{message}/explain")).await;
    assert_eq!(of(&rows, "one")["reason"], "matched");
    assert_eq!(of(&rows, "two")["reason"], "meantForOthers");
}

#[tokio::test]
async fn what_is_pending_says_when_it_goes_and_why_not_sooner() {
    let api = Api::start().await;
    api.app("acme").await;
    endpoint(&api, "main", json!({})).await;
    let later =
        json!({"eventType": "a.b", "eventId": "later", "payload": {}, "deliverAt": "2026-01-31T13:00:00Z"});
    api.create("/app/acme/msg", later).await;
    api.create("/app/acme/msg", json!({"eventType": "a.b", "eventId": "now", "payload": {}})).await;
    let next = async |message: &str| {
        rows(&api, &format!("/app/acme/msg/{message}/explain")).await[0]["next"].clone()
    };
    let told = next("later").await;
    assert_eq!((&told["waitsFor"], &told["at"]), (&json!("deliverAt"), &json!("2026-01-31T13:00:00.000Z")));
    assert_eq!(next("now").await["waitsFor"], json!("turn"));
    api.call("PATCH", "/app/acme/endpoint/main", json!({"disabled": true})).await;
    for message in ["later", "now"] {
        let told = next(message).await;
        assert_eq!((&told["waitsFor"], &told["at"]), (&json!("enabling"), &Value::Null));
    }
}

#[tokio::test]
async fn a_failure_is_told_in_words_with_what_to_do() {
    let api = Api::start().await;
    api.app("acme").await;
    endpoint(&api, "main", json!({})).await;
    for (status, failure, code) in [
        (Some(503), "", "answer"),
        (None, "dns: the host name example.com could not be resolved", "dns"),
        (None, "oauth: the token server answered 401: invalid_client", "oauth"),
    ] {
        let message = api.create("/app/acme/msg", json!({"eventType": "a.b", "payload": {}})).await;
        let delivery = api.handed_over().await.remove(0);
        let attempt = record(&api, &delivery, status, failure).await;
        let row = rows(&api, &format!("/app/acme/msg/{message}/explain")).await.remove(0);
        assert_eq!(row["lastAttempt"]["id"], json!(attempt));
        let told = &row["lastAttempt"]["failure"];
        assert_eq!(told["code"], json!(code), "{told}");
        assert!(
            ["what", "advice"].iter().all(|name| told[name].as_str().is_some_and(|text| text.ends_with('.')))
        );
        assert_eq!(
            (&row["statusText"], &row["tries"], &row["next"]),
            (&json!("fail"), &json!(1), &Value::Null)
        );
    }
}

#[tokio::test]
async fn the_command_repeats_the_request_without_credentials() {
    let api = Api::start().await;
    api.app("acme").await;
    let headers =
        json!({"x-tenant": "it's; $(t1)", "x-api-key": "very secret", "authorization": "Basic c2VjcmV0"});
    endpoint(&api, "main", json!({"headers": headers})).await;
    let payload = r#"{"text":"'; touch x; '"}"#;
    let body = format!(r#"{{"eventType":"a.b","eventId":"once","payload":{payload}}}"#);
    api.call_raw("POST", "/app/acme/msg", body).await;
    let delivery = api.handed_over().await.remove(0);
    let before = rows(&api, "/app/acme/msg/once/explain").await.remove(0);
    assert_eq!((&before["curl"], &before["curlNote"]), (&Value::Null, &json!("No request was made yet.")));
    record(&api, &delivery, Some(500), "").await;
    let row = rows(&api, "/app/acme/msg/once/explain").await.remove(0);
    let curl = row["curl"].as_str().expect("a command");
    for part in [
        "curl --globoff --include --url 'https://example.com/'",
        &format!("--header 'webhook-id: {}'", delivery.key.message),
        "--header 'webhook-timestamp: 1769860800'",
        "--header 'webhook-signature: v1,abc'",
        "--header 'content-type: application/json'",
        r"--header 'x-tenant: it'\''s; $(t1)'",
        "--header 'x-api-key: <x-api-key>'",
        "--header 'authorization: <authorization>'",
        r#"--data-binary '{"text":"'\''; touch x; '\''"}'"#,
    ] {
        assert!(curl.contains(part), "{part} is missing in {curl}");
    }
    let everything = row.to_string();
    assert!(!everything.contains("very secret") && !everything.contains("c2VjcmV0"), "{everything}");
    api.call("DELETE", "/app/acme/msg/once/content", Value::Null).await;
    let expired = api.get("/app/acme/msg/once/explain").await.json();
    assert_eq!(expired["message"]["payloadExpired"], json!(true));
    let row = &expired["data"][0];
    assert!(row["curl"].is_null() && row["curlNote"].as_str().is_some_and(|note| note.contains("payload")));
}

#[tokio::test]
async fn a_token_is_a_placeholder_too() {
    let api = Api::start().await;
    api.app("acme").await;
    endpoint(&api, "main", json!({"headers": {"authorization": "Bearer old"}})).await;
    let oauth = json!({
        "grantType": "clientCredentials", "authMethod": "clientSecretBasic", "clientId": "us",
        "clientSecret": "s3cret", "tokenUrl": "https://auth.example.com/token",
    });
    assert_eq!(api.call("PUT", "/app/acme/endpoint/main/oauth", oauth).await.status, 204);
    let message = api.create("/app/acme/msg", json!({"eventType": "a.b", "payload": {}})).await;
    let delivery = api.handed_over().await.remove(0);
    record(&api, &delivery, Some(500), "").await;
    let row = rows(&api, &format!("/app/acme/msg/{message}/explain")).await.remove(0);
    let curl = row["curl"].as_str().expect("a command");
    assert_eq!(curl.matches("authorization").count(), 1, "{curl}");
    assert!(curl.contains("--header 'authorization: Bearer <token>'"), "{curl}");
}

#[tokio::test]
async fn a_large_payload_is_told_to_those_who_ask_for_one_endpoint() {
    let api = Api::start().await;
    api.app("acme").await;
    let id = endpoint(&api, "main", json!({})).await;
    endpoint(&api, "other", json!({})).await;
    let payload = json!({"text": "x".repeat(20_000)});
    api.create("/app/acme/msg", json!({"eventType": "a.b", "eventId": "once", "payload": payload})).await;
    for delivery in api.handed_over().await {
        record(&api, &delivery, Some(500), "").await;
    }
    let among_others = rows(&api, "/app/acme/msg/once/explain").await;
    assert!(among_others.iter().all(|row| row["curl"].is_null() && row["curlNote"] != json!("")));
    for called in ["main", id.as_str()] {
        let path = format!("/app/acme/msg/once/explain?endpoint_id={called}");
        let alone = rows(&api, &path).await;
        assert_eq!((alone.len(), &alone[0]["endpointUid"]), (1, &json!("main")));
        assert!(alone[0]["curl"].as_str().is_some_and(|curl| curl.len() > 20_000));
    }
}

#[tokio::test]
async fn endpoints_are_told_page_by_page() {
    let api = Api::start().await;
    api.app("acme").await;
    let mut ids = Vec::new();
    for number in 0..5 {
        ids.push(json!(endpoint(&api, &format!("e{number}"), json!({})).await));
    }
    api.create("/app/acme/msg", json!({"eventType": "a.b", "eventId": "once", "payload": {}})).await;
    let (mut seen, mut from) = (Vec::new(), String::new());
    loop {
        let page = api.get(&format!("/app/acme/msg/once/explain?limit=2{from}")).await.json();
        let rows = page["data"].as_array().expect("a list");
        seen.extend(rows.iter().map(|row| row["endpointId"].clone()));
        if page["done"] == json!(true) {
            break;
        }
        from = format!("&iterator={}", page["iterator"].as_str().expect("an iterator"));
    }
    assert_eq!(seen, ids);
}

#[tokio::test]
async fn what_is_not_there_is_not_explained() {
    let api = Api::start().await;
    for app in ["acme", "other"] {
        api.app(app).await;
    }
    endpoint(&api, "main", json!({})).await;
    api.create("/app/acme/msg", json!({"eventType": "a.b", "eventId": "once", "payload": {}})).await;
    let nobody = EndpointId::from_parts(7, [7; 12]);
    for path in [
        "/app/acme/msg/none/explain".to_owned(),
        "/app/other/msg/once/explain".to_owned(),
        "/app/acme/msg/once/explain?endpoint_id=none".to_owned(),
        format!("/app/acme/msg/once/explain?endpoint_id={nobody}"),
    ] {
        let answer = api.get(&path).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (404, "not_found".into()), "{path}");
    }
    assert_eq!(api.get("/app/acme/msg/once/explain?limit=0").await.status, 422);
}
