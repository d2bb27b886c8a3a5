//! Basic authentication of requests to endpoints: set, and never shown again.

use serde_json::{Value, json};
use wirepost_model::ids::EndpointId;
use wirepost_store::endpoints::Endpoints;

use crate::harness::Api;

const PATH: &str = "/app/acme/endpoint/main/basic-auth";
/// `Aladdin` and `open sesame`, as RFC 7617 has them.
const VALUE: &str = "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==";

async fn api_with(endpoint: Value) -> Api {
    let api = Api::start().await;
    api.app("acme").await;
    api.create("/app/acme/endpoint", endpoint).await;
    api
}

/// What is kept of the header, which nobody is shown.
async fn kept(api: &Api) -> Option<String> {
    let shown = api.get("/app/acme/endpoint/main").await.json();
    let id = shown["id"].as_str().expect("an id");
    EndpointId::parse(id).expect("an endpoint's id");
    let app = api.get("/app/acme").await.json()["id"].as_str().expect("an id").to_owned();
    let app = app.parse().expect("an app's id");
    let endpoint = api.store.find_endpoint(app, id).await.expect("the store has it");
    endpoint.headers.0.get("authorization").cloned()
}

async fn is_enabled(api: &Api) -> Value {
    api.get(PATH).await.json()["enabled"].clone()
}

#[tokio::test]
async fn name_and_password_are_set_and_taken_away_but_not_shown() {
    let api = api_with(json!({"url": "https://example.com/", "uid": "main"})).await;
    assert_eq!(is_enabled(&api).await, json!(false));
    let wanted = json!({"username": "Aladdin", "password": "open sesame"});
    let put = api.call("PUT", PATH, wanted).await;
    assert_eq!((put.status.as_u16(), put.body.len()), (204, 0));
    assert_eq!((kept(&api).await.as_deref(), is_enabled(&api).await), (Some(VALUE), json!(true)));
    for path in ["", "/headers", "/basic-auth"] {
        let shown = api.get(&format!("/app/acme/endpoint/main{path}")).await;
        let shown = String::from_utf8_lossy(&shown.body).into_owned();
        assert!(!shown.contains("Aladdin") && !shown.contains("QWxh"), "{shown}");
    }
    let headers = api.get("/app/acme/endpoint/main/headers").await.json();
    assert_eq!(headers, json!({"headers": {}, "sensitive": ["authorization"]}));
    for _ in 0..2 {
        assert_eq!(api.call("DELETE", PATH, Value::Null).await.status, 204);
    }
    assert_eq!((kept(&api).await, is_enabled(&api).await), (None, json!(false)));
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused() {
    let api = api_with(json!({"url": "https://example.com/", "uid": "main"})).await;
    for (wanted, field) in [
        (json!({"username": "a:b", "password": "x"}), "username"),
        (json!({"username": "", "password": ""}), "username"),
        (json!({"username": "a", "password": "x\n"}), "password"),
        (json!({"password": "x"}), "username"),
    ] {
        let refused = api.call("PUT", PATH, wanted.clone()).await;
        assert_eq!((refused.status.as_u16(), refused.loc()), (422, json!(["body", field])), "{wanted}");
    }
    let missing = "/app/acme/endpoint/none/basic-auth";
    let wanted = json!({"username": "a", "password": "b"});
    for (method, body) in [("GET", Value::Null), ("PUT", wanted), ("DELETE", Value::Null)] {
        assert_eq!(api.call(method, missing, body).await.status, 404, "{method}");
    }
}

#[tokio::test]
async fn deleting_leaves_credentials_of_another_kind_alone() {
    let headers = json!({"authorization": "Bearer of-the-receiver"});
    let api = api_with(json!({"url": "https://example.com/", "uid": "main", "headers": headers})).await;
    assert_eq!(is_enabled(&api).await, json!(false));
    assert_eq!(api.call("DELETE", PATH, Value::Null).await.status, 204);
    assert_eq!(kept(&api).await.as_deref(), Some("Bearer of-the-receiver"));
}

#[tokio::test]
async fn a_user_name_in_the_url_is_set_in_the_same_way_and_never_shown() {
    let url = "https://Aladdin:open%20sesame@example.com/in?x=1";
    let api = api_with(json!({"url": url, "uid": "main"})).await;
    assert_eq!(kept(&api).await.as_deref(), Some(VALUE));
    let shown = api.get("/app/acme/endpoint/main").await.json();
    assert_eq!(shown["url"], json!("https://example.com/in?x=1"));
    // What was shown may be put back, and the credentials stay.
    let put = api.call("PUT", "/app/acme/endpoint/main", shown).await;
    assert_eq!((put.status.as_u16(), kept(&api).await.as_deref()), (200, Some(VALUE)));
    let patch = json!({"url": "https://key@example.com/"});
    api.call("PATCH", "/app/acme/endpoint/main", patch).await;
    assert_eq!(kept(&api).await.as_deref(), Some("Basic a2V5Og=="));
}

#[tokio::test]
async fn a_header_beside_the_url_goes_before_the_user_name_in_it() {
    let headers = json!({"Authorization": "Bearer x"});
    let endpoint = json!({"url": "https://a:b@example.com/", "uid": "main", "headers": headers});
    let api = api_with(endpoint).await;
    assert_eq!(kept(&api).await.as_deref(), Some("Bearer x"));
}
