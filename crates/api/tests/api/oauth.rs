//! How requests to endpoints are authorized, over the API: set, shown without its secrets, taken away.

use serde_json::{Value, json};

use crate::harness::Api;

const PATH: &str = "/app/acme/endpoint/main/oauth";

async fn api() -> Api {
    let api = Api::start().await;
    api.app("acme").await;
    api.create("/app/acme/endpoint", json!({"url": "https://example.com/", "uid": "main"})).await;
    api
}

fn wanted() -> Value {
    json!({
        "grantType": "clientCredentials", "authMethod": "clientSecretBasic", "clientId": "us",
        "clientSecret": "s3cret", "tokenUrl": "https://auth.example.com/token", "scopes": ["write"],
        "extraParams": {"audience": "x", "api_key": "s3cret too"}, "extraHeaders": {"X-Tenant": "7"},
    })
}

#[tokio::test]
async fn a_configuration_is_shown_without_its_secrets() {
    let api = api().await;
    assert_eq!(api.get(PATH).await.status, 404);
    let state = api.get("/app/acme/endpoint/main/oauth-config").await.json();
    assert_eq!(state, json!({"enabled": false, "config": null}));
    let put = api.call("PUT", PATH, wanted()).await;
    assert_eq!((put.status.as_u16(), put.body.len()), (204, 0));
    let shown = api.get(PATH).await;
    assert!(!String::from_utf8_lossy(&shown.body).contains("s3cret"), "{shown:?}");
    let expected = json!({
        "grantType": "clientCredentials", "authMethod": "clientSecretBasic", "clientId": "us",
        "tokenUrl": "https://auth.example.com/token", "scopes": ["write"],
        "extraParams": {"audience": "x"}, "extraHeaders": {"x-tenant": "7"},
    });
    assert_eq!(shown.json(), expected);
    let state = api.get("/app/acme/endpoint/main/oauth-config").await.json();
    assert_eq!(state, json!({"enabled": true, "config": expected}));
    for _ in 0..2 {
        assert_eq!(api.call("DELETE", PATH, Value::Null).await.status, 204);
    }
    assert_eq!(api.get(PATH).await.status, 404);
}

#[tokio::test]
async fn a_secret_that_is_not_said_again_stays_where_it_may() {
    let api = api().await;
    let mut without = wanted();
    without["clientSecret"] = Value::Null;
    let first = api.call("PUT", PATH, without.clone()).await;
    assert_eq!((first.status.as_u16(), first.loc()), (422, json!(["body", "clientSecret"])));
    assert_eq!(api.call("PUT", PATH, wanted()).await.status, 204);
    without["scopes"] = json!(["read"]);
    assert_eq!(api.call("PUT", PATH, without.clone()).await.status, 204);
    assert_eq!(api.get(PATH).await.json()["scopes"], json!(["read"]));
    without["tokenUrl"] = json!("https://thief.example.com/token");
    let elsewhere = api.call("PUT", PATH, without).await;
    assert_eq!((elsewhere.status.as_u16(), elsewhere.loc()), (422, json!(["body", "clientSecret"])));
    assert_eq!(api.get(PATH).await.json()["tokenUrl"], json!("https://auth.example.com/token"));
}

#[tokio::test]
async fn what_we_lack_or_cannot_use_is_refused_with_a_sentence() {
    let api = api().await;
    for (field, wrong) in [
        ("grantType", json!("refreshToken")),
        ("grantType", json!("password")),
        ("authMethod", json!("clientSecretJwt")),
        ("authMethod", json!("none")),
        ("clientId", json!("")),
        ("clientSecret", json!("a\nb")),
        ("tokenUrl", json!("https://10.0.0.1/token")),
        ("tokenUrl", json!("auth")),
        ("scopes", json!(["a b"])),
        ("extraParams", json!({"client_id": "them"})),
        ("extraHeaders", json!({"host": "elsewhere"})),
        ("extraHeaders", json!({"Authorization": "Basic x"})),
    ] {
        let mut bad = wanted();
        bad[field] = wrong.clone();
        let answer = api.call("PUT", PATH, bad).await;
        let told = (answer.status.as_u16(), answer.loc());
        assert_eq!(told, (422, json!(["body", field])), "{wrong}: {answer:?}");
        assert!(answer.json()["detail"][0]["msg"].as_str().is_some_and(|text| !text.is_empty()));
    }
    assert_eq!(api.get(PATH).await.status, 404);
}

#[tokio::test]
async fn a_configuration_leaves_with_its_endpoint() {
    let api = api().await;
    assert_eq!(api.call("PUT", PATH, wanted()).await.status, 204);
    assert_eq!(api.call("DELETE", "/app/acme/endpoint/main", Value::Null).await.status, 204);
    for (method, body) in [("GET", Value::Null), ("PUT", wanted()), ("DELETE", Value::Null)] {
        assert_eq!(api.call(method, PATH, body).await.status, 404, "{method}");
    }
}
