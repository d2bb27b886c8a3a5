//! Endpoints over the API: their life, figures, and what is refused of them.

use serde_json::{Value, json};

use crate::harness::{Api, assert_answer};

#[tokio::test]
async fn an_endpoint_is_made_found_changed_and_deleted() {
    let api = Api::start().await;
    api.app("acme").await;
    api.event_type("asset.created").await;
    api.event_type("asset.deleted").await;
    let wanted = json!({
        "url": "https://example.com/hook", "uid": "main", "description": "the first",
        "eventTypes": ["asset.deleted", "asset.created", "asset.created"], "channels": ["b", "a"],
        "throttleRate": 10, "metadata": {"a": "b"}, "headers": {"X-Tenant": "7"},
    });
    let made = api.call("POST", "/app/acme/endpoint", wanted).await;
    assert_answer!("endpoint_create", api, made);
    let id = made.json()["id"].as_str().expect("an id").to_owned();
    for path in [format!("/app/acme/endpoint/{id}"), "/app/acme/endpoint/main/".to_owned()] {
        assert_eq!(api.get(&path).await.json(), made.json());
    }

    api.wait(1_000);
    let patch = json!({"eventTypes": null, "channels": [], "throttleRate": null, "disabled": true});
    assert_answer!("endpoint_patch", api, api.call("PATCH", "/app/acme/endpoint/main", patch).await);
    let untouched = api.call("PATCH", "/app/acme/endpoint/main", json!({})).await.json();
    assert_eq!((&untouched["disabled"], &untouched["uid"]), (&json!(true), &json!("main")));

    api.wait(1_000);
    let replacement =
        json!({"url": "https://example.com/other", "filterTypes": ["asset.created"], "rateLimit": 3});
    let replaced = api.call("PUT", "/app/acme/endpoint/main", replacement).await;
    assert_answer!("endpoint_put_of_an_existing_one", api, replaced);
    let headers = api.get("/app/acme/endpoint/main/headers").await.json();
    assert_eq!(headers["headers"], json!({"x-tenant": "7"}), "a replacement that says nothing keeps them");

    let deleted = api.call("DELETE", "/app/acme/endpoint/main", Value::Null).await;
    assert_eq!((deleted.status.as_u16(), deleted.body.len()), (204, 0));
    assert_eq!(api.get(&format!("/app/acme/endpoint/{id}")).await.status, 404);
    assert_eq!(api.call("DELETE", "/app/acme/endpoint/main", Value::Null).await.status, 404);
    api.create("/app/acme/endpoint", json!({"url": "https://example.com/", "uid": "main"})).await;
}

#[tokio::test]
async fn put_makes_an_endpoint_under_the_uid_in_the_path() {
    let api = Api::start().await;
    api.app("acme").await;
    let wanted = json!({"url": "http://127.0.0.1:9/hook"});
    let made = api.call("PUT", "/app/acme/endpoint/fresh", wanted.clone()).await;
    assert_answer!("endpoint_put_of_a_missing_one", api, made);
    assert_eq!(api.call("PUT", "/app/acme/endpoint/fresh", wanted.clone()).await.status, 200);
    let unknown = format!("/app/acme/endpoint/ep_{}", "2".repeat(27));
    assert_eq!(api.call("PUT", &unknown, wanted).await.status, 404);
}

#[tokio::test]
async fn a_uid_is_unique_in_its_app_only() {
    let api = Api::start().await;
    let wanted = json!({"url": "https://example.com/", "uid": "main"});
    for app in ["one", "two"] {
        api.app(app).await;
        api.create(&format!("/app/{app}/endpoint"), wanted.clone()).await;
    }
    let again = api.call("POST", "/app/one/endpoint", wanted).await;
    assert_eq!((again.status.as_u16(), again.code()), (409, "conflict".into()));
}

#[tokio::test]
async fn no_event_types_means_all() {
    let api = Api::start().await;
    api.app("acme").await;
    for event_types in [json!(null), json!([])] {
        let wanted = json!({"url": "https://example.com/", "eventTypes": event_types});
        let made = api.call("POST", "/app/acme/endpoint", wanted).await;
        assert_eq!((made.status.as_u16(), &made.json()["filterTypes"]), (201, &Value::Null));
    }
}

#[tokio::test]
async fn bad_endpoints_are_refused_with_the_place_of_the_fault() {
    let api = Api::start().await;
    api.app("acme").await;
    let with = |field: &str, value: Value| {
        let mut body = json!({"url": "https://example.com/"});
        body[field] = value;
        (body, json!(["body", field]))
    };
    let channels: Vec<String> = (0..11).map(|at| format!("c{at}")).collect();
    for (body, loc) in [
        (json!({}), json!(["body", "url"])),
        with("url", json!("nonsense")),
        with("url", json!("ftp://example.com/")),
        with("url", json!("https://10.0.0.1/")),
        with("url", json!("https://example.com/#part")),
        with("eventTypes", json!(["unknown.event"])),
        with("eventTypes", json!(["not a name"])),
        with("channels", json!([])),
        with("channels", json!(channels)),
        with("channels", json!(["a b"])),
        with("throttleRate", json!(0)),
        with("uid", json!("ep_x")),
        with("uid", json!("a/b")),
        with("secret", json!("whsec_short")),
        with("secret", json!("nonsense")),
        with("headers", json!({"host": "x"})),
        with("disabled", json!("yes")),
    ] {
        let answer = api.call("POST", "/app/acme/endpoint", body.clone()).await;
        assert_eq!((answer.status.as_u16(), answer.loc()), (422, loc), "{body}");
    }
    let unknown = api.call("POST", "/app/acme/endpoint", with("filterTypes", json!(["x.y"])).0).await;
    assert_eq!(unknown.loc(), json!(["body", "eventTypes"]));
}

#[tokio::test]
async fn figures_count_what_was_recorded_and_what_waits() {
    let api = Api::start().await;
    api.app("acme").await;
    api.create("/app/acme/endpoint", json!({"url": "https://example.com/", "uid": "main"})).await;
    for at in 0..3 {
        api.create("/app/acme/msg", json!({"eventType": "a.b", "payload": {"at": at}})).await;
    }
    let delivery = api.handed_over().await.remove(0);
    crate::attempts::record(&api, &delivery, Some(200), "").await;
    assert_answer!("endpoint_stats", api, api.get("/app/acme/endpoint/main/stats").await);
    let period = "since=2026-01-01T00:00:00Z&until=2026-01-02T00:00:00Z";
    let earlier = api.get(&format!("/app/acme/endpoint/main/stats?{period}")).await.json();
    assert_eq!((&earlier["success"], &earlier["pending"]), (&json!(0), &json!(1)));
    let too_long = api.get("/app/acme/endpoint/main/stats?since=2026-01-01T00:00:00Z").await;
    assert_eq!((too_long.status.as_u16(), too_long.loc()), (422, json!(["query", "since"])));
}
