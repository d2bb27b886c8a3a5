//! What the token of one app may do, and what only the organisation may.

use serde_json::json;

use crate::harness::Api;

#[tokio::test]
async fn an_apps_own_token_acts_inside_it() {
    let api = Api::start().await;
    let app = api.app("acme").await;
    let token = api.app_token(&app, "of-acme").await;
    let url = json!({"url": "https://example.com/", "uid": "main"}).to_string();
    for (method, path, body, status) in [
        ("GET", "/app/acme", "", 200),
        ("POST", "/app/acme/endpoint", url.as_str(), 201),
        ("GET", "/app/acme/endpoint", "", 200),
        ("GET", "/app/acme/msg", "", 200),
        ("GET", "/event-type", "", 200),
        ("POST", "/app/acme/endpoint/main/send-example", "{\"eventType\":\"svix.ping\"}", 200),
    ] {
        let answer = api.call_as(&token, method, path, body.to_owned()).await;
        assert_eq!(answer.status.as_u16(), status, "{method} {path}: {answer:?}");
    }
}

#[tokio::test]
async fn an_apps_own_token_is_refused_what_is_the_organisations() {
    let api = Api::start().await;
    let app = api.app("acme").await;
    api.event_type("a.b").await;
    let token = api.app_token(&app, "of-acme").await;
    let message = "{\"eventType\":\"a.b\",\"payload\":{}}";
    for (method, path, body) in [
        ("GET", "/app", ""),
        ("POST", "/app", "{\"name\":\"x\"}"),
        ("PUT", "/app/acme", "{\"name\":\"x\"}"),
        ("PATCH", "/app/acme", "{}"),
        ("DELETE", "/app/acme", ""),
        ("POST", "/app/acme/msg", message),
        ("POST", "/app/acme/msg/batch", message),
        ("DELETE", "/app/acme/msg/x/content", ""),
        ("POST", "/event-type", "{\"name\":\"a.c\",\"description\":\"\"}"),
        ("PUT", "/event-type/a.b", "{\"description\":\"\"}"),
        ("PATCH", "/event-type/a.b", "{}"),
        ("DELETE", "/event-type/a.b", ""),
    ] {
        let answer = api.call_as(&token, method, path, body).await;
        let told = (answer.status.as_u16(), answer.code());
        assert_eq!(told, (403, "insufficient access".into()), "{method} {path}");
    }
}

#[tokio::test]
async fn an_apps_own_token_does_not_learn_of_other_apps() {
    let api = Api::start().await;
    let app = api.app("acme").await;
    api.app("other").await;
    let token = api.app_token(&app, "of-acme").await;
    for unreachable in ["other", "none"] {
        for (method, path, body) in [
            ("GET", "", ""),
            ("PUT", "", "{\"name\":\"x\"}"),
            ("PATCH", "", "{}"),
            ("DELETE", "", ""),
            ("GET", "/endpoint", ""),
            (
                "POST",
                "/msg",
                "{\"eventType\":\"a.b\",\"payload\":{},\"application\":{\"name\":\"x\",\"uid\":\"none\"}}",
            ),
        ] {
            let answer = api.call_as(&token, method, &format!("/app/{unreachable}{path}"), body).await;
            let told = (answer.status.as_u16(), answer.code());
            assert_eq!(told, (404, "not_found".into()), "{method} /app/{unreachable}{path}");
        }
    }
}
