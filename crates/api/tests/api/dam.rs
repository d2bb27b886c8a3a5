//! The face for a digital asset manager's customers: its eight operations, as they are published.

use http::Request;
use serde_json::{Value, json};
use wirepost_store::Store;

use crate::harness::{Answer, Api};

const KEY: &str = "of-acme";

/// An API with an app, and the app's own token as `Authorization`.
async fn api() -> (Api, String) {
    let api = Api::start().await;
    let app = api.app("acme").await;
    let token = api.app_token(&app, KEY).await;
    (api, token)
}

/// Asks at a path from the root, as the app.
async fn ask(api: &Api, method: &str, path: &str, body: Value) -> Answer {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let request =
        Request::builder().method(method).uri(path).header("authorization", format!("Bearer {KEY}"));
    api.send(request.body(body.into()).expect("a good request")).await
}

async fn make(api: &Api, body: Value) -> String {
    let answer = ask(api, "POST", "/v1/webhooks/endpoint", body).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["id"].as_str().expect("one id").to_owned()
}

async fn listed(api: &Api, query: &str) -> Vec<Value> {
    let answer = ask(api, "GET", &format!("/v1/webhooks/endpoint/list{query}"), Value::Null).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json().as_array().expect("a bare array").clone()
}

/// Every refusal has this shape.
fn assert_refused(answer: &Answer, status: u16, word: &str) {
    let body = answer.json();
    assert_eq!(answer.status.as_u16(), status, "{body}");
    let detail = body["detail"].as_str().expect("a sentence");
    assert!(body["code"].is_string() && detail.contains(word), "{word} in {body}");
}

#[tokio::test]
async fn an_endpoint_is_made_shown_changed_and_deleted() {
    let (api, _) = api().await;
    api.event_type("asset.created").await;
    let wanted = json!([{
        "description": "My endpoint", "eventTypes": ["asset.created"], "url": "https://example.com/in",
        "rateLimit": 10,
    }]);
    let id = make(&api, wanted).await;
    assert!(id.starts_with("ep_"), "{id}");
    let path = format!("/v1/webhooks/endpoint/{id}");
    let expected = json!({
        "id": id, "description": "My endpoint", "disabled": false, "url": "https://example.com/in",
        "eventTypes": ["asset.created"], "rateLimit": 10,
    });
    assert_eq!(ask(&api, "GET", &path, Value::Null).await.json(), expected);
    let patch = json!({"disabled": true, "rateLimit": null, "eventTypes": []});
    let patched = ask(&api, "PATCH", &path, patch).await;
    assert_eq!((patched.status.as_u16(), patched.body.len()), (204, 0));
    let shown = ask(&api, "GET", &format!("{path}/"), Value::Null).await.json();
    assert_eq!(
        (&shown["disabled"], &shown["rateLimit"], &shown["eventTypes"], &shown["description"]),
        (&json!(true), &json!(null), &json!([]), &json!("My endpoint"))
    );
    let deleted = ask(&api, "DELETE", &path, Value::Null).await;
    assert_eq!((deleted.status.as_u16(), deleted.body.len()), (204, 0));
    for method in ["GET", "PATCH", "DELETE"] {
        assert_refused(&ask(&api, method, &path, json!({})).await, 404, "not found");
    }
}

#[tokio::test]
async fn a_single_object_and_several_are_made_alike() {
    let (api, _) = api().await;
    let bare = make(&api, json!({"url": "https://example.com/bare"})).await;
    let fifty: Vec<_> = (0..50).map(|n| json!({"url": format!("https://example.com/{n}")})).collect();
    let answer = ask(&api, "POST", "/v1/webhooks/endpoint", json!(fifty)).await;
    assert_eq!(answer.status, 200);
    let ids = answer.json();
    let listed = listed(&api, "").await;
    assert_eq!((listed.len(), &listed[0]["id"]), (51, &json!(bare)));
    let told: Vec<_> = listed[1..].iter().map(|endpoint| json!({"id": endpoint["id"]})).collect();
    assert_eq!(ids, json!(told), "ids come in the order of the list that was sent");
    assert_eq!(listed[50]["url"], "https://example.com/49");
    let of_v1 = api.get("/app/acme/endpoint?limit=250").await.json();
    assert_eq!(of_v1["data"].as_array().map(Vec::len), Some(51), "both faces show the same");
}

#[tokio::test]
async fn one_bad_element_refuses_the_whole_list() {
    let (api, _) = api().await;
    let good = json!({"url": "https://example.com/"});
    for (bad, word) in [
        (json!({"url": "ftp://example.com/"}), "url"),
        (json!({"url": "https://10.0.0.1/"}), "public"),
        (json!({"url": "https://example.com/", "rateLimit": 0}), "rateLimit"),
        (json!({"url": "https://example.com/", "rateLimit": 1.5}), "rateLimit"),
        (json!({"url": "https://example.com/", "description": "four"}), "5 to 100"),
        (json!({"url": "https://example.com/", "eventTypes": ["un.known"]}), "un.known"),
        (json!({"description": "no url here"}), "url"),
        (json!("https://example.com/"), "object"),
    ] {
        let answer = ask(&api, "POST", "/v1/webhooks/endpoint", json!([good, bad, good])).await;
        assert_refused(&answer, 400, word);
        assert_refused(&answer, 400, "(endpoint 2)");
        assert_refused(&ask(&api, "POST", "/v1/webhooks/endpoint", json!([bad])).await, 400, word);
    }
    let many: Vec<_> = (0..51).map(|_| good.clone()).collect();
    for list in [json!([]), json!(many)] {
        assert_refused(&ask(&api, "POST", "/v1/webhooks/endpoint", list).await, 400, "1 to 50");
    }
    assert_eq!(listed(&api, "").await, Vec::<Value>::new());
}

#[tokio::test]
async fn bodies_that_are_not_json_are_bad_requests() {
    let (api, token) = api().await;
    let id = make(&api, json!({"url": "https://example.com/"})).await;
    for (method, path) in [
        ("POST", "/v1/webhooks/endpoint".to_owned()),
        ("PATCH", format!("/v1/webhooks/endpoint/{id}")),
        ("PUT", format!("/v1/webhooks/endpoint/oauth/{id}")),
    ] {
        for body in ["", "[", "{\"url\":", "7"] {
            let request = Request::builder().method(method).uri(&path).header("authorization", &token);
            let answer = api.send(request.body(body.to_owned().into()).expect("a good request")).await;
            assert_refused(&answer, 400, "");
        }
    }
}

#[tokio::test]
async fn lists_are_cut_before_or_after_and_never_both() {
    let (api, _) = api().await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(make(&api, json!({"url": "https://example.com/"})).await);
        api.wait(60_000);
    }
    let of = |rows: Vec<Value>| rows.into_iter().map(|row| row["id"].clone()).collect::<Vec<_>>();
    assert_eq!(of(listed(&api, "?after=2026-01-31T12:01:00Z").await), [json!(ids[2])]);
    assert_eq!(of(listed(&api, "?before=2026-01-31T12:01:00Z").await), [json!(ids[0])]);
    assert_eq!(of(listed(&api, &format!("?after={}", ids[0])).await), [json!(ids[1]), json!(ids[2])]);
    assert_eq!(of(listed(&api, &format!("?before={}", ids[1])).await), [json!(ids[0])]);
    for list in ["endpoint", "event-type"] {
        let path = format!("/v1/webhooks/{list}/list?before=2026-01-31T12:01:00Z&after=2026-01-31T12:00:00Z");
        assert_refused(&ask(&api, "GET", &path, Value::Null).await, 400, "not both");
    }
}

#[tokio::test]
async fn event_types_come_as_a_bare_array() {
    let (api, _) = api().await;
    for name in ["asset.deleted", "asset.created", "asset.gone"] {
        api.event_type(name).await;
    }
    assert_eq!(api.call("DELETE", "/event-type/asset.gone", Value::Null).await.status, 204);
    let list = ask(&api, "GET", "/v1/webhooks/event-type/list", Value::Null).await.json();
    let shown =
        |name| json!({"name": name, "description": "for a test", "createdDate": list[0]["createdDate"]});
    assert_eq!(list, json!([shown("asset.created"), shown("asset.deleted")]));
    assert!(
        list[0]["createdDate"].as_str().is_some_and(|date| date.starts_with("2026-01-31T12:00:00")),
        "{list}"
    );
    let after =
        ask(&api, "GET", "/v1/webhooks/event-type/list?after=asset.created", Value::Null).await.json();
    assert_eq!(after, json!([shown("asset.deleted")]));
}

#[tokio::test]
async fn oauth_is_set_and_taken_away_at_both_paths() {
    let (api, _) = api().await;
    let id = make(&api, json!({"url": "https://example.com/"})).await;
    let published = json!({
        "clientId": "FbhKdCwuiItoIss", "tokenUrl": "https://auth.example.com/oauth/token",
        "clientSecret": "458Gfd7p5SdUwNY", "extraParams": {"audience": "http://yourdomain.example.com"},
        "scope": [""],
    });
    let shown = format!("/app/acme/endpoint/{id}/oauth");
    for base in ["/v1", "/content-store-v1"] {
        let path = format!("{base}/webhooks/endpoint/oauth/{id}");
        let put = ask(&api, "PUT", &path, published.clone()).await;
        assert_eq!((put.status.as_u16(), put.body.len()), (204, 0));
        let config = api.get(&shown).await.json();
        assert_eq!((&config["scopes"], &config["authMethod"]), (&json!([]), &json!("clientSecretPost")));
        assert_eq!(config["extraParams"], published["extraParams"]);
        let mut scoped = published.clone();
        scoped["scope"] = json!(["read,write", ""]);
        scoped["authMethod"] = json!("clientSecretBasic");
        assert_eq!(ask(&api, "PUT", &path, scoped).await.status, 204);
        let config = api.get(&shown).await.json();
        assert_eq!(
            (&config["scopes"], &config["authMethod"]),
            (&json!(["read", "write"]), &json!("clientSecretBasic"))
        );
        let deleted = ask(&api, "DELETE", &path, Value::Null).await;
        assert_eq!((deleted.status.as_u16(), deleted.body.len()), (204, 0));
        assert_eq!(api.get(&shown).await.status, 404);
        for (field, wrong, word) in [
            ("tokenUrl", json!("https://10.0.0.1/"), "tokenUrl"),
            ("tokenUrl", json!("nowhere"), "tokenUrl"),
            ("clientId", json!(""), "clientId"),
            ("clientSecret", Value::Null, "clientSecret"),
            ("scope", json!(["a\"b"]), "body.scope:"),
            ("extraParams", json!({"grant_type": "password"}), "grant_type"),
        ] {
            let mut bad = published.clone();
            bad[field] = wrong;
            assert_refused(&ask(&api, "PUT", &path, bad).await, 400, word);
        }
        assert_refused(&ask(&api, "PUT", &format!("{path}x"), published.clone()).await, 404, "not found");
    }
}

#[tokio::test]
async fn an_api_key_is_as_good_as_a_bearer_token() {
    let (api, _) = api().await;
    for (name, value, status) in [
        ("x-api-key", KEY, 200),
        ("x-api-key", "wrong", 401),
        ("authorization", "Bearer of-acme", 200),
        ("authorization", "Bearer wrong", 401),
        ("accept", "*/*", 401),
    ] {
        let request = Request::builder().uri("/v1/webhooks/endpoint/list").header(name, value);
        let answer = api.send(request.body("".to_owned().into()).expect("a good request")).await;
        assert_eq!(answer.status.as_u16(), status, "{name}: {value}");
    }
    let request = Request::builder().uri("/api/v1/app").header("x-api-key", crate::harness::TOKEN);
    let answer = api.send(request.body("".to_owned().into()).expect("a good request")).await;
    assert_eq!(answer.status, 401, "the first face knows bearer tokens alone");
}

#[tokio::test]
async fn a_token_of_the_organisation_belongs_to_no_app() {
    let (api, _) = api().await;
    let bearer = format!("Bearer {}", crate::harness::TOKEN);
    for (method, path) in [
        ("GET", "/v1/webhooks/endpoint/list"),
        ("GET", "/v1/webhooks/event-type/list"),
        ("POST", "/v1/webhooks/endpoint"),
        ("GET", "/v1/webhooks/endpoint/x"),
        ("PATCH", "/v1/webhooks/endpoint/x"),
        ("DELETE", "/v1/webhooks/endpoint/x"),
        ("PUT", "/v1/webhooks/endpoint/oauth/x"),
        ("DELETE", "/content-store-v1/webhooks/endpoint/oauth/x"),
    ] {
        let request = Request::builder().method(method).uri(path).header("authorization", &bearer);
        let answer = api.send(request.body("".to_owned().into()).expect("a good request")).await;
        assert_refused(&answer, 403, "token of an app");
    }
}

#[tokio::test]
async fn the_endpoints_of_another_app_are_not_there() {
    let (api, _) = api().await;
    api.app("other").await;
    let foreign =
        api.create("/app/other/endpoint", json!({"url": "https://example.com/", "uid": "main"})).await;
    let oauth = json!({"clientId": "a", "clientSecret": "b", "tokenUrl": "https://auth.example.com/"});
    for id in [foreign.as_str(), "main"] {
        for (method, path, body) in [
            ("GET", format!("/v1/webhooks/endpoint/{id}"), Value::Null),
            ("PATCH", format!("/v1/webhooks/endpoint/{id}"), json!({"disabled": true})),
            ("DELETE", format!("/v1/webhooks/endpoint/{id}"), Value::Null),
            ("PUT", format!("/v1/webhooks/endpoint/oauth/{id}"), oauth.clone()),
            ("DELETE", format!("/content-store-v1/webhooks/endpoint/oauth/{id}"), Value::Null),
        ] {
            assert_refused(&ask(&api, method, &path, body).await, 404, "not found");
        }
    }
    assert_eq!(listed(&api, "").await, Vec::<Value>::new());
    assert_eq!(api.get("/app/other/endpoint/main").await.json()["disabled"], json!(false));
    assert_eq!(api.get("/app/other/endpoint/main/oauth-config").await.json()["enabled"], json!(false));
}

#[tokio::test]
async fn an_idempotency_key_has_endpoints_made_once() {
    let (api, bearer) = api().await;
    let once = async |name: &str, token: &str, key: &str, body: &Value| {
        let request =
            Request::post("/v1/webhooks/endpoint").header(name, token).header("idempotency-key", key);
        api.send(request.body(body.to_string().into()).expect("a good request")).await
    };
    let two = json!([{"url": "https://example.com/a"}, {"url": "https://example.com/b"}]);
    let first = once("authorization", &bearer, "k", &two).await;
    let again = once("x-api-key", KEY, "k", &two).await;
    assert_eq!((first.status.as_u16(), again.status.as_u16(), &first.body), (200, 200, &again.body));
    assert_eq!(listed(&api, "").await.len(), 2);
    let other = json!({"url": "https://example.com/c"});
    assert_refused(&once("x-api-key", KEY, "k", &other).await, 400, "another request");
    assert_refused(&once("x-api-key", KEY, "", &other).await, 400, "1 to 256 bytes");
    assert_refused(&once("x-api-key", "wrong", "k", &two).await, 401, "token");
    let refused = json!({"url": "nowhere"});
    for _ in 0..2 {
        assert_refused(&once("x-api-key", KEY, "l", &refused).await, 400, "url");
    }
    assert_eq!(once("x-api-key", KEY, "l", &other).await.status, 200, "what was refused was not done");
    assert_eq!(listed(&api, "").await.len(), 3);
}

#[tokio::test]
async fn while_the_database_is_away_callers_hear_when_to_ask_again() {
    let (api, _) = api().await;
    let id = make(&api, json!({"url": "https://example.com/"})).await;
    api.store.close().await;
    let oauth = json!({"clientId": "a", "clientSecret": "b", "tokenUrl": "https://auth.example.com/"});
    for (method, path, body) in [
        ("POST", "/v1/webhooks/endpoint".to_owned(), json!({"url": "https://example.com/"})),
        ("GET", "/v1/webhooks/event-type/list".to_owned(), Value::Null),
        ("GET", format!("/v1/webhooks/endpoint/{id}"), Value::Null),
        ("PATCH", format!("/v1/webhooks/endpoint/{id}"), json!({"disabled": true})),
        ("DELETE", format!("/v1/webhooks/endpoint/{id}"), Value::Null),
        ("PUT", format!("/v1/webhooks/endpoint/oauth/{id}"), oauth),
        ("DELETE", format!("/content-store-v1/webhooks/endpoint/oauth/{id}"), Value::Null),
    ] {
        let answer = ask(&api, method, &path, body).await;
        assert_refused(&answer, 503, "unavailable");
        assert_eq!(answer.headers["retry-after"], "1", "{method} {path}");
    }
}
