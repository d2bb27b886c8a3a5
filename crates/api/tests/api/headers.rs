//! Custom headers over the API.

use serde_json::json;

use crate::harness::{Api, assert_answer};

const PATH: &str = "/app/acme/endpoint/main/headers";

async fn api() -> Api {
    let api = Api::start().await;
    api.app("acme").await;
    api.create("/app/acme/endpoint", json!({"url": "https://example.com/", "uid": "main"})).await;
    api
}

#[tokio::test]
async fn headers_are_replaced_changed_and_deleted() {
    let api = api().await;
    let wanted =
        json!({"headers": {"X-Tenant": "7", "Authorization": "Bearer hidden", "x-gone": "1", "x-too": "1"}});
    let put = api.call("PUT", PATH, wanted).await;
    assert_eq!((put.status.as_u16(), put.body.len()), (204, 0));
    assert_answer!("headers_get", api, api.get(PATH).await);
    let patch = json!({"headers": {"X-GONE": null, "x-fresh": "2"}, "deleteHeaders": ["x-too"]});
    assert_eq!(api.call("PATCH", PATH, patch).await.status, 204);
    let shown = api.get(PATH).await.json();
    let expected = json!({"headers": {"x-tenant": "7", "x-fresh": "2"}, "sensitive": ["authorization"]});
    assert_eq!(shown, expected);
    assert_eq!(api.call("PUT", PATH, json!({"headers": {}})).await.status, 204);
    assert_eq!(api.get(PATH).await.json(), json!({"headers": {}, "sensitive": []}));
}

#[tokio::test]
async fn headers_that_are_ours_are_refused() {
    let api = api().await;
    for name in
        ["host", "User-Agent", "content-type", "proxy-x", "webhook-id", "svix-id", "connection", "a b"]
    {
        for method in ["PUT", "PATCH"] {
            let answer = api.call(method, PATH, json!({"headers": {name: "x"}})).await;
            assert_eq!((answer.status.as_u16(), answer.loc()), (422, json!(["body", "headers"])), "{name}");
        }
    }
    let long = "x".repeat(4_097);
    assert_eq!(api.call("PUT", PATH, json!({"headers": {"x": long}})).await.status, 422);
}
