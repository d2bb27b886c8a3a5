//! Apps over the API: their life, and what is refused of them.

use serde_json::{Value, json};

use crate::harness::{Api, assert_answer};

#[tokio::test]
async fn an_app_is_made_found_changed_and_deleted() {
    let api = Api::start().await;
    let wanted = json!({
        "name": "Acme", "uid": "acme", "throttleRate": 5, "metadata": {"plan": "gold"}, "unknown": [1],
    });
    let made = api.call("POST", "/app", wanted).await;
    assert_answer!("app_create", api, made);
    let id = made.json()["id"].as_str().expect("an id").to_owned();
    assert_answer!("app_get", api, api.get(&format!("/app/{id}")).await);
    assert_eq!(api.get("/app/acme/").await.json(), made.json(), "by uid, with a slash");

    api.wait(1_000);
    let patched = api.call("PATCH", "/app/acme", json!({"throttleRate": null, "name": "Acme Inc"})).await;
    assert_answer!("app_patch", api, patched);
    api.wait(1_000);
    let replaced = api.call("PUT", "/app/acme", json!({"name": "Acme again"})).await;
    assert_answer!("app_put_of_an_existing_one_keeps_its_uid", api, replaced);

    let deleted = api.call("DELETE", "/app/acme", Value::Null).await;
    assert_eq!((deleted.status.as_u16(), deleted.body.len()), (204, 0));
    assert_eq!(api.get(&format!("/app/{id}")).await.status, 404);
    api.app("acme").await;
}

#[tokio::test]
async fn put_makes_an_app_under_the_uid_in_the_path() {
    let api = Api::start().await;
    let made = api.call("PUT", "/app/fresh", json!({"name": "Fresh"})).await;
    assert_answer!("app_put_of_a_missing_one", api, made);
    assert_eq!(api.call("PUT", "/app/fresh", json!({"name": "Fresh"})).await.status, 200);
    let unknown = format!("/app/app_{}", "2".repeat(27));
    assert_eq!(api.call("PUT", &unknown, json!({"name": "x"})).await.status, 404);
}

#[tokio::test]
async fn a_uid_belongs_to_one_app() {
    let api = Api::start().await;
    let first = api.app("acme").await;
    let again = json!({"name": "Other", "uid": "acme"});
    assert_answer!("app_uid_conflict", api, api.call("POST", "/app", again.clone()).await);
    let found = api.call("POST", "/app?get_if_exists=true", again).await;
    assert_eq!((found.status.as_u16(), &found.json()["id"]), (200, &json!(first)));
    let fresh = api.call("POST", "/app?get_if_exists=true", json!({"name": "x", "uid": "x"})).await;
    assert_eq!(fresh.status, 201);
    let taken = api.call("PATCH", "/app/x", json!({"uid": "acme"})).await;
    assert_eq!((taken.status.as_u16(), taken.code()), (409, "conflict".into()));
}

#[tokio::test]
async fn a_uid_can_be_changed_and_taken_away_at_once() {
    let api = Api::start().await;
    api.app("before").await;
    assert_eq!(api.call("PATCH", "/app/before", json!({"uid": "after"})).await.status, 200);
    assert_eq!(api.get("/app/before").await.status, 404);
    assert_eq!(api.call("PATCH", "/app/after", json!({"uid": null})).await.json()["uid"], Value::Null);
    assert_eq!(api.get("/app/after").await.status, 404);
}

#[tokio::test]
async fn bad_apps_are_refused_with_the_place_of_the_fault() {
    let api = Api::start().await;
    let long = "x".repeat(257);
    let large = "x".repeat(4_096);
    for (body, loc) in [
        (json!({}), json!(["body", "name"])),
        (json!({"name": 1}), json!(["body", "name"])),
        (json!({"name": " "}), json!(["body", "name"])),
        (json!({"name": "x", "uid": "a b"}), json!(["body", "uid"])),
        (json!({"name": "x", "uid": ""}), json!(["body", "uid"])),
        (json!({"name": "x", "uid": long}), json!(["body", "uid"])),
        (json!({"name": "x", "uid": "app_x"}), json!(["body", "uid"])),
        (json!({"name": "x", "throttleRate": 0}), json!(["body", "throttleRate"])),
        (json!({"name": "x", "throttleRate": 65_536}), json!(["body", "throttleRate"])),
        (json!({"name": "x", "throttleRate": -1}), json!(["body", "throttleRate"])),
        (json!({"name": "x", "metadata": {"a": 1}}), json!(["body", "metadata", "a"])),
        (json!({"name": "x", "metadata": {"a": large}}), json!(["body", "metadata"])),
    ] {
        let answer = api.call("POST", "/app", body.clone()).await;
        assert_eq!((answer.status.as_u16(), answer.loc()), (422, loc), "{body}");
    }
}
