//! The catalogue over the API.

use serde_json::{Value, json};

use crate::harness::{Api, assert_answer};

#[tokio::test]
async fn an_event_type_is_made_found_changed_archived_and_removed() {
    let api = Api::start().await;
    let wanted = json!({
        "name": "asset.created", "description": "An asset was made", "groupName": "assets", "featureFlag": "beta",
        "schemas": {"1": {"type": "object", "examples": [{"id": "a1"}]}},
    });
    assert_answer!("event_type_create", api, api.call("POST", "/event-type", wanted.clone()).await);
    assert_answer!("event_type_exists", api, api.call("POST", "/event-type", wanted).await);
    assert_answer!("event_type_get", api, api.get("/event-type/asset.created").await);
    api.wait(1_000);
    let patch = json!({"deprecated": true, "featureFlag": null});
    assert_answer!("event_type_patch", api, api.call("PATCH", "/event-type/asset.created", patch).await);

    let archived = api.call("DELETE", "/event-type/asset.created", Value::Null).await;
    assert_eq!((archived.status.as_u16(), archived.body.len()), (204, 0));
    assert_eq!(api.get("/event-type").await.json()["data"], json!([]));
    assert_eq!(api.get("/event-type?include_archived=true").await.json()["data"][0]["archived"], json!(true));
    api.wait(1_000);
    let again = json!({"name": "asset.created", "description": "It is back"});
    assert_answer!("event_type_brought_back", api, api.call("POST", "/event-type", again).await);

    let removed = api.call("DELETE", "/event-type/asset.created?expunge=true", Value::Null).await;
    assert_eq!(removed.status, 204);
    assert_eq!(api.get("/event-type/asset.created").await.status, 404);
    assert_eq!(api.call("DELETE", "/event-type/asset.created", Value::Null).await.status, 404);
}

#[tokio::test]
async fn put_adds_and_replaces() {
    let api = Api::start().await;
    let first = json!({"description": "first", "featureFlags": ["beta"], "groupName": "g"});
    let made = api.call("PUT", "/event-type/a.b", first).await;
    assert_eq!((made.status.as_u16(), &made.json()["featureFlag"]), (201, &json!("beta")));
    api.wait(1_000);
    let other = json!({"name": "a.c", "description": "second"});
    let refused = api.call("PUT", "/event-type/a.b", other).await;
    assert_eq!((refused.status.as_u16(), refused.loc()), (422, json!(["body", "name"])));
    let second = json!({"name": "a.b", "description": "second"});
    assert_answer!("event_type_put", api, api.call("PUT", "/event-type/a.b", second).await);
}

#[tokio::test]
async fn schemas_are_listed_only_when_asked_for() {
    let api = Api::start().await;
    let wanted = json!({"name": "a.b", "description": "x", "schemas": {"1": {"type": "object"}}});
    api.call("POST", "/event-type", wanted).await;
    assert_eq!(api.get("/event-type").await.json()["data"][0]["schemas"], Value::Null);
    let with = api.get("/event-type?with_content=true").await;
    assert_answer!("event_type_list", api, with);
}

#[tokio::test]
async fn bad_event_types_are_refused_with_the_place_of_the_fault() {
    let api = Api::start().await;
    for (body, field) in [
        (json!({"description": "x"}), "name"),
        (json!({"name": "a.b"}), "description"),
        (json!({"name": "a b", "description": "x"}), "name"),
        (json!({"name": "-a", "description": "x"}), "name"),
        (json!({"name": "a.b", "description": "x", "schemas": [1]}), "schemas"),
        (json!({"name": "a.b", "description": "x", "schemas": {"1": 1}}), "schemas"),
        (json!({"name": "a.b", "description": "x", "groupName": "a/b"}), "groupName"),
        (json!({"name": "a.b", "description": "x", "featureFlags": ["a", "b"]}), "featureFlags"),
    ] {
        let answer = api.call("POST", "/event-type", body.clone()).await;
        assert_eq!((answer.status.as_u16(), answer.loc()), (422, json!(["body", field])), "{body}");
    }
}
