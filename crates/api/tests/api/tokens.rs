//! Tokens: made, listed, revoked, ended by time; access to the app portal, and logging out of it.

use serde_json::{Value, json};
use wirepost_model::timestamp::Timestamp;

use crate::harness::{Api, NOON_MILLIS, TOKEN};

const HOUR_MILLIS: i64 = 3_600_000;

#[tokio::test]
async fn a_token_is_shown_once_and_listed_without_itself() {
    let api = Api::start().await;
    let app = api.app("acme").await;
    let body = json!({"name": "The shop", "app": "acme", "capabilities": ["ViewBase", "SendMessages"]});
    let made = api.call("POST", "/admin/token", body).await;
    assert_eq!(made.status, 201);
    let mut made = made.json();
    let token = made.as_object_mut().and_then(|made| made.remove("token")).expect("it is shown");
    let token = token.as_str().expect("text");
    assert!(token.starts_with("wirepost_"), "{token}");
    assert_eq!((&made["app"], &made["capabilities"]), (&json!(app), &json!(["ViewBase", "SendMessages"])));
    let list = api.get("/admin/token").await;
    assert_eq!(list.json()["data"], json!([made]));
    assert!(!String::from_utf8_lossy(&list.body).contains(token));
}

#[tokio::test]
async fn tokens_have_what_belongs_to_their_reach_unless_told_otherwise() {
    let api = Api::start().await;
    api.app("acme").await;
    let of_organisation = api.call("POST", "/admin/token", json!({"name": "x"})).await.json();
    assert_eq!(of_organisation["capabilities"].as_array().map(Vec::len), Some(8));
    let of_app = api.call("POST", "/admin/token", json!({"name": "x", "app": "acme"})).await.json();
    let expected =
        ["ViewBase", "ViewEndpointSecret", "ManageEndpointSecret", "CreateAttempts", "ManageEndpoint"];
    assert_eq!(of_app["capabilities"], json!(expected));
}

#[tokio::test]
async fn a_token_that_makes_no_sense_is_refused() {
    let api = Api::start().await;
    api.app("acme").await;
    let past = Timestamp::from_millis(NOON_MILLIS);
    for (body, field) in [
        (json!({}), "name"),
        (json!({"name": " "}), "name"),
        (json!({"name": "x".repeat(257)}), "name"),
        (json!({"name": "x", "capabilities": []}), "capabilities"),
        (json!({"name": "x", "app": "acme", "capabilities": ["Admin"]}), "capabilities"),
        (json!({"name": "x", "expiresAt": past}), "expiresAt"),
    ] {
        let answer = api.call("POST", "/admin/token", body.clone()).await;
        assert_eq!((answer.status.as_u16(), &answer.loc()[1]), (422, &json!(field)), "{body}");
    }
    let unknown = json!({"name": "x", "capabilities": ["Everything"]});
    assert_eq!(api.call("POST", "/admin/token", unknown).await.status, 422);
    let nowhere = api.call("POST", "/admin/token", json!({"name": "x", "app": "none"})).await;
    assert_eq!(nowhere.status, 404);
}

#[tokio::test]
async fn a_revoked_token_opens_nothing_from_then_on() {
    let api = Api::start().await;
    let made = api.call("POST", "/admin/token", json!({"name": "x"})).await.json();
    let bearer = format!("Bearer {}", made["token"].as_str().expect("it is shown"));
    assert_eq!(api.call_as(&bearer, "GET", "/app", "").await.status, 200);
    let path = format!("/admin/token/{}", made["id"].as_str().expect("an id"));
    for _ in 0..2 {
        assert_eq!(api.call("DELETE", &path, Value::Null).await.status, 204);
    }
    let refused = api.call_as(&bearer, "GET", "/app", "").await;
    assert_eq!((refused.status.as_u16(), refused.code()), (401, "authentication_failed".into()));
    assert_eq!(api.get("/admin/token").await.json()["data"], json!([]));
    let ended = api.get("/admin/token?include_ended=true").await.json();
    assert!(ended["data"][0]["revokedAt"].is_string(), "{ended}");
    for unknown in ["/admin/token/none", "/admin/token/tok_2ZZZZZZZZZZZZZZZZZZZZZZZZZZ"] {
        assert_eq!(api.call("DELETE", unknown, Value::Null).await.status, 404);
    }
}

#[tokio::test]
async fn a_token_ends_at_its_time_though_it_is_in_memory() {
    let api = Api::start().await;
    let end = Timestamp::from_millis(NOON_MILLIS + HOUR_MILLIS);
    let bearer = api.token(json!({"name": "x", "expiresAt": end})).await;
    api.wait(HOUR_MILLIS - 1);
    assert_eq!(api.call_as(&bearer, "GET", "/app", "").await.status, 200);
    api.wait(1);
    assert_eq!(api.call_as(&bearer, "GET", "/app", "").await.status, 401);
}

#[tokio::test]
async fn the_portal_opens_for_a_while_and_closes_on_logout() {
    let api = Api::start().await;
    api.app("acme").await;
    let wanted =
        json!({"expiry": 3_600, "capabilities": ["ViewBase"], "sessionId": "s1", "featureFlags": ["x"]});
    let access = api.call("POST", "/auth/app-portal-access/acme", wanted).await;
    assert_eq!(access.status, 200);
    let access = access.json();
    let token = access["token"].as_str().expect("it is shown");
    let url = access["url"].as_str().expect("it is shown");
    assert!(url.starts_with("http://127.0.0.1:8071/app-portal/login?key="), "{url}");
    assert!(!url.contains(token), "the link works once, the token for a while: {url}");
    let bearer = format!("Bearer {token}");
    assert_eq!(api.call_as(&bearer, "GET", "/app/acme", "").await.status, 200);
    assert_eq!(api.call_as(&bearer, "PATCH", "/app/acme/endpoint/x", "{}").await.status, 403);
    assert_eq!(api.get("/admin/token").await.json()["data"][0]["name"], "app portal, session s1");
    assert_eq!(api.call_as(&bearer, "POST", "/auth/logout", "").await.status, 204);
    assert_eq!(api.call_as(&bearer, "GET", "/app/acme", "").await.status, 401);
}

#[tokio::test]
async fn an_access_lasts_a_week_unless_told_otherwise() {
    let api = Api::start().await;
    api.app("acme").await;
    let access = api.call("POST", "/auth/app-portal-access/acme", json!({})).await.json();
    let bearer = format!("Bearer {}", access["token"].as_str().expect("it is shown"));
    api.wait(7 * 24 * HOUR_MILLIS - 1);
    assert_eq!(api.call_as(&bearer, "GET", "/app/acme", "").await.status, 200);
    api.wait(1);
    assert_eq!(api.call_as(&bearer, "GET", "/app/acme", "").await.status, 401);
}

#[tokio::test]
async fn an_access_to_look_opens_nothing_else() {
    let api = Api::start().await;
    api.app("acme").await;
    api.create("/app/acme/endpoint", json!({"url": "https://example.com/", "uid": "main"})).await;
    for wanted in [json!({"readOnly": true}), json!({"readOnly": true, "capabilities": ["ViewBase"]})] {
        let access = api.call("POST", "/auth/app-portal-access/acme", wanted).await.json();
        let bearer = format!("Bearer {}", access["token"].as_str().expect("it is shown"));
        assert_eq!(api.call_as(&bearer, "GET", "/app/acme/endpoint/main", "").await.status, 200);
        for (method, path) in [("GET", "/secret"), ("DELETE", ""), ("POST", "/secret/rotate")] {
            let path = format!("/app/acme/endpoint/main{path}");
            assert_eq!(api.call_as(&bearer, method, &path, "{}").await.status, 403, "{method} {path}");
        }
    }
    let kept = api.get("/admin/token").await.json();
    for token in kept["data"].as_array().expect("a list") {
        assert_eq!(token["capabilities"], json!(["ViewBase"]));
    }
    let more = json!({"readOnly": true, "capabilities": ["ViewBase", "ViewEndpointSecret"]});
    let refused = api.call("POST", "/auth/app-portal-access/acme", more.clone()).await;
    assert_eq!((refused.status.as_u16(), &refused.loc()[1]), (422, &json!("capabilities")));
    let unlocked = json!({"readOnly": false, "capabilities": more["capabilities"]});
    assert_eq!(api.call("POST", "/auth/app-portal-access/acme", unlocked).await.status, 200);
}

#[tokio::test]
async fn an_access_makes_its_app_where_there_is_none() {
    let api = Api::start().await;
    let path = "/auth/app-portal-access/fresh";
    let named = |uid: &str| json!({"application": {"name": "Fresh", "uid": uid}});
    assert_eq!(api.call("POST", path, named("another")).await.status, 404);
    let bad = api.call("POST", path, json!({"application": {"name": " ", "uid": "fresh"}})).await;
    assert_eq!((bad.status.as_u16(), bad.loc()), (422, json!(["body", "application", "name"])));
    let refused = json!({"expiry": 1, "application": {"name": "Fresh", "uid": "fresh"}});
    assert_eq!(api.call("POST", path, refused).await.status, 422);
    assert_eq!(api.get("/app/fresh").await.status, 404, "whoever is refused makes nothing");
    for name in ["Fresh", "Known by another name"] {
        let wanted = json!({"application": {"name": name, "uid": "fresh"}});
        let access = api.call("POST", path, wanted).await.json();
        let bearer = format!("Bearer {}", access["token"].as_str().expect("it is shown"));
        assert_eq!(api.call_as(&bearer, "GET", "/app/fresh", "").await.json()["name"], "Fresh");
        assert_eq!(api.call_as(&bearer, "POST", path, named("fresh").to_string()).await.status, 403);
        let other = "/auth/app-portal-access/other";
        assert_eq!(api.call_as(&bearer, "POST", other, named("other").to_string()).await.status, 404);
    }
    assert_eq!(api.get("/app/other").await.status, 404);
}

#[tokio::test]
async fn an_access_that_makes_no_sense_is_refused() {
    let api = Api::start().await;
    api.app("acme").await;
    for (body, field) in [
        (json!({"expiry": 3_599}), "expiry"),
        (json!({"expiry": 604_801}), "expiry"),
        (json!({"capabilities": ["SendMessages"]}), "capabilities"),
        (json!({"capabilities": []}), "capabilities"),
        (json!({"sessionId": "a b"}), "sessionId"),
        (json!({"featureFlags": ["a b"]}), "featureFlags"),
        (json!({"featureFlags": [""]}), "featureFlags"),
        (json!({"featureFlags": ["x".repeat(257)]}), "featureFlags"),
        (json!({"featureFlags": vec!["x"; 101]}), "featureFlags"),
    ] {
        let answer = api.call("POST", "/auth/app-portal-access/acme", body.clone()).await;
        assert_eq!((answer.status.as_u16(), &answer.loc()[1]), (422, &json!(field)), "{body}");
    }
    let mail = json!({"sessionId": "user@example.com"});
    assert_eq!(api.call("POST", "/auth/app-portal-access/acme", mail).await.status, 200);
    let nowhere = api.call("POST", "/auth/app-portal-access/none", json!({})).await;
    assert_eq!(nowhere.status, 404);
}

#[tokio::test]
async fn only_a_token_of_an_app_logs_out() {
    let api = Api::start().await;
    for bearer in [format!("Bearer {TOKEN}"), api.token(json!({"name": "x"})).await] {
        let answer = api.call_as(&bearer, "POST", "/auth/logout", "").await;
        assert_eq!((answer.status.as_u16(), answer.code()), (403, "insufficient access".into()));
    }
}

#[tokio::test]
async fn too_many_failures_have_to_wait_and_known_tokens_have_not() {
    let api = Api::start().await;
    let fresh = api.token(json!({"name": "x"})).await;
    let failing = async || api.call_as("Bearer wrong", "GET", "/app", "").await;
    for _ in 0..60 {
        assert_eq!(failing().await.status, 401);
    }
    let refused = failing().await;
    assert_eq!((refused.status.as_u16(), refused.code()), (429, "rate_limited".into()));
    assert_eq!(refused.headers["retry-after"], "1");
    assert_eq!(api.get("/app").await.status, 200);
    assert_eq!(api.call_as(&fresh, "GET", "/app", "").await.status, 429);
    api.wait(1_000);
    assert_eq!(api.call_as(&fresh, "GET", "/app", "").await.status, 200);
}
