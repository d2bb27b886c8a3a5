//! Nothing of one app can be reached through another: every operation with the other's ids answers 404.

use serde_json::{Value, json};

use crate::harness::Api;

#[tokio::test]
async fn every_operation_refuses_the_ids_of_another_app() {
    let api = Api::start().await;
    for app in ["mine", "theirs"] {
        api.app(app).await;
    }
    let endpoint = api
        .create(
            "/app/theirs/endpoint",
            json!({"url": "https://example.com/", "uid": "main"}),
        )
        .await;
    let message = api
        .create(
            "/app/theirs/msg",
            json!({"eventType": "a.b", "eventId": "once", "payload": {}}),
        )
        .await;
    let delivery = api.handed_over().await.remove(0);
    let attempt = crate::attempts::record(&api, &delivery, Some(200), "").await;
    let own_endpoint = api
        .create("/app/mine/endpoint", json!({"url": "https://example.com/"}))
        .await;
    let own_message = api
        .create("/app/mine/msg", json!({"eventType": "a.b", "payload": {}}))
        .await;
    api.handed_over().await;

    let url = json!({"url": "https://example.com/"});
    let mut calls: Vec<(&str, String, Value)> = Vec::new();
    for endpoint in [endpoint.as_str(), "main"] {
        let at = format!("/endpoint/{endpoint}");
        calls.extend([
            ("GET", at.clone(), Value::Null),
            ("PATCH", at.clone(), json!({"disabled": true})),
            ("DELETE", at.clone(), Value::Null),
            ("GET", format!("{at}/headers"), Value::Null),
            ("PUT", format!("{at}/headers"), json!({"headers": {}})),
            ("PATCH", format!("{at}/headers"), json!({"headers": {}})),
            ("GET", format!("{at}/secret"), Value::Null),
            ("POST", format!("{at}/secret/rotate"), json!({})),
            ("GET", format!("{at}/stats"), Value::Null),
            (
                "POST",
                format!("{at}/send-example"),
                json!({"eventType": "svix.ping"}),
            ),
            ("GET", format!("/attempt/endpoint/{endpoint}"), Value::Null),
            (
                "POST",
                format!("/msg/{own_message}/endpoint/{endpoint}/resend"),
                Value::Null,
            ),
        ]);
    }
    // By its uid it would be made in the app that asked, which is not the other's.
    calls.push(("PUT", format!("/endpoint/{endpoint}"), url));
    for message in [message.as_str(), "once"] {
        calls.extend([
            ("GET", format!("/msg/{message}"), Value::Null),
            ("DELETE", format!("/msg/{message}/content"), Value::Null),
            ("GET", format!("/msg/{message}/endpoint"), Value::Null),
            ("GET", format!("/msg/{message}/attempt/{attempt}"), Value::Null),
            ("GET", format!("/attempt/msg/{message}"), Value::Null),
            (
                "POST",
                format!("/msg/{message}/endpoint/{own_endpoint}/resend"),
                Value::Null,
            ),
        ]);
    }
    calls.push((
        "GET",
        format!("/msg/{own_message}/attempt/{attempt}"),
        Value::Null,
    ));
    for (method, path, body) in calls {
        let theirs = api.call(method, &format!("/app/mine{path}"), body).await;
        assert_eq!(
            (theirs.status.as_u16(), theirs.code()),
            (404, "not_found".into()),
            "{method} {path}"
        );
    }
    assert!(api.handed_over().await.is_empty(), "nothing of it was sent");
    let filtered = api
        .get(&format!(
            "/app/mine/attempt/msg/{own_message}?endpoint_id={endpoint}"
        ))
        .await;
    assert_eq!(filtered.json()["data"], json!([]));
    assert_eq!(
        api.get("/app/theirs/endpoint/main").await.json()["disabled"],
        json!(false)
    );
    assert_eq!(api.get("/app/theirs/msg/once").await.status, 200);
}

#[tokio::test]
async fn a_message_goes_to_the_endpoints_of_its_own_app() {
    let api = Api::start().await;
    for app in ["mine", "theirs"] {
        api.app(app).await;
        api.create(
            &format!("/app/{app}/endpoint"),
            json!({"url": "https://example.com/"}),
        )
        .await;
    }
    let app = api.get("/app/mine").await.json()["id"].clone();
    api.create("/app/mine/msg", json!({"eventType": "a.b", "payload": {}}))
        .await;
    let handed = api.handed_over().await;
    assert_eq!(handed.len(), 1);
    assert_eq!(json!(handed[0].key.app.to_string()), app);
}
