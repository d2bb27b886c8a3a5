//! Signing secrets over the API.

use serde_json::json;
use wirepost_store::endpoints::Endpoints;

use crate::harness::{Api, NOON_MILLIS};

const SECRET: &str = "/app/acme/endpoint/main/secret";
const ROTATE: &str = "/app/acme/endpoint/main/secret/rotate";

async fn api_with(mut endpoint: serde_json::Value) -> Api {
    let api = Api::start().await;
    api.app("acme").await;
    endpoint["url"] = json!("https://example.com/");
    endpoint["uid"] = json!("main");
    api.create("/app/acme/endpoint", endpoint).await;
    api
}

async fn key(api: &Api) -> String {
    let answer = api.get(SECRET).await;
    assert_eq!(answer.status, 200);
    answer.json()["key"].as_str().expect("a key").to_owned()
}

/// When each of the endpoint's secrets ends, the current one first; in milliseconds from noon.
async fn ends(api: &Api) -> Vec<Option<i64>> {
    let app = api.get("/app/acme").await.json()["id"].as_str().expect("an id").parse().expect("an app id");
    let endpoint = api.store.find_endpoint(app, "main").await.expect("it is there").id;
    let secrets = api.store.endpoint_secrets(app, endpoint).await.expect("the store reads");
    secrets.iter().map(|one| one.expires_at.map(|end| end.as_millis() - NOON_MILLIS)).collect()
}

#[tokio::test]
async fn a_secret_is_made_where_none_is_given() {
    let api = api_with(json!({})).await;
    let first = key(&api).await;
    assert!(first.starts_with("whsec_") && first.len() == "whsec_".len() + 44, "{first}");
    let rotated = api.call("POST", ROTATE, json!({})).await;
    assert_eq!(rotated.status, 200);
    let second = key(&api).await;
    assert_ne!(second, first);
    assert_eq!(rotated.json(), json!({"key": second}));
}

#[tokio::test]
async fn a_given_secret_is_kept_and_of_an_asymmetric_one_the_public_half_is_shown() {
    let api = api_with(json!({"secret": "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"})).await;
    assert_eq!(key(&api).await, "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD");
    let private =
        "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==";
    assert_eq!(api.call("POST", ROTATE, json!({"key": private})).await.status, 200);
    assert_eq!(key(&api).await, "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=");
}

#[tokio::test]
async fn ten_old_secrets_may_be_valid_at_the_same_time() {
    let api = api_with(json!({})).await;
    for _ in 0..10 {
        assert_eq!(api.call("POST", ROTATE, json!({"gracePeriodSeconds": 60})).await.status, 200);
    }
    let refused = api.call("POST", ROTATE, json!({})).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (400, "limit_reached".into()));
    api.wait(61_000);
    assert_eq!(api.call("POST", ROTATE, json!({"gracePeriodSeconds": 0})).await.status, 200);
}

#[tokio::test]
async fn bad_rotations_are_refused_without_repeating_the_key() {
    let api = api_with(json!({})).await;
    for (body, field) in [
        (json!({"gracePeriodSeconds": 604_801}), "gracePeriodSeconds"),
        (json!({"gracePeriodSeconds": -1}), "gracePeriodSeconds"),
        (json!({"key": "whsec_private!"}), "key"),
    ] {
        let answer = api.call("POST", ROTATE, body).await;
        assert_eq!((answer.status.as_u16(), answer.loc()), (422, json!(["body", field])));
        assert!(!String::from_utf8_lossy(&answer.body).contains("private"));
    }
}

#[tokio::test]
async fn a_change_to_another_secret_is_a_rotation_and_to_the_same_one_nothing() {
    const DAY: Option<i64> = Some(86_400_000);
    let first = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
    let second = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let path = "/app/acme/endpoint/main";
    let api = api_with(json!({"secret": first})).await;
    for _ in 0..2 {
        let changed = api.call("PATCH", path, json!({"secret": second, "description": "x"})).await;
        assert_eq!((changed.status.as_u16(), &changed.json()["description"]), (200, &json!("x")));
        assert_eq!((key(&api).await.as_str(), ends(&api).await), (second, vec![None, DAY]));
    }
    let replacement = |secret| json!({"url": "https://example.com/", "uid": "main", "secret": secret});
    assert_eq!(api.call("PUT", path, replacement(json!(second))).await.status, 200);
    assert_eq!(api.call("PUT", path, replacement(json!(null))).await.status, 200);
    assert_eq!((key(&api).await.as_str(), ends(&api).await), (second, vec![None, DAY]));
    assert_eq!(api.call("PUT", path, replacement(json!(first))).await.status, 200);
    assert_eq!((key(&api).await.as_str(), ends(&api).await), (first, vec![None, DAY, DAY]));
}

#[tokio::test]
async fn a_change_whose_secret_is_refused_changes_nothing() {
    let api = api_with(json!({})).await;
    let (path, before) = ("/app/acme/endpoint/main", key(&api).await);
    for secret in [json!("whsec_private!"), json!(null)] {
        let refused = api.call("PATCH", path, json!({"secret": secret, "description": "x"})).await;
        assert_eq!((refused.status.as_u16(), refused.loc()), (422, json!(["body", "secret"])));
        assert!(!String::from_utf8_lossy(&refused.body).contains("private"));
    }
    let body = json!({"secret": "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD", "description": "x"}).to_string();
    let capabilities = ["ViewBase", "ManageEndpoint"];
    let token = api.token(json!({"name": "x", "app": "acme", "capabilities": capabilities})).await;
    assert_eq!(api.call_as(&token, "PATCH", path, body).await.status, 403);
    assert_eq!(api.get(path).await.json()["description"], "");
    assert_eq!(key(&api).await, before);
}
