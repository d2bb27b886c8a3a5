//! The messages of an endpoint over the API, each with how it stands there.

use serde_json::{Value, json};

use crate::attempts::record;
use crate::harness::{Api, assert_answer};

/// Messages that were delivered, failed, were never begun, and wait; a minute apart.
async fn api() -> Api {
    let api = Api::start().await;
    api.app("acme").await;
    for uid in ["main", "other"] {
        api.create("/app/acme/endpoint", json!({"url": "https://example.com/", "uid": uid})).await;
    }
    let main = api.get("/app/acme/endpoint/main").await.json()["id"].clone();
    for (at, event_type, status) in [(0, "a.one", Some(200)), (1, "a.two", Some(500)), (2, "a.two", None)] {
        if status.is_none() {
            api.call("PATCH", "/app/acme/endpoint/main", json!({"disabled": true})).await;
        }
        let wanted =
            json!({"eventType": event_type, "channels": ["c"], "tags": ["t"], "payload": {"at": at}});
        api.create("/app/acme/msg", wanted).await;
        for delivery in api.handed_over().await {
            if json!(delivery.key.endpoint.to_string()) == main {
                record(&api, &delivery, status, "").await;
            }
        }
        api.wait(60_000);
    }
    api.call("PATCH", "/app/acme/endpoint/main", json!({"disabled": false})).await;
    let later = json!({"eventType": "a.one", "payload": {"at": 3}, "deliverAt": "2026-01-31T13:00:00Z"});
    api.create("/app/acme/msg", later).await;
    api
}

#[tokio::test]
async fn an_endpoint_lists_its_messages() {
    let api = api().await;
    assert_answer!("endpoint_message_list", api, api.get("/app/acme/endpoint/main/msg").await);
    let first = api.get("/app/acme/endpoint/main/msg?limit=3").await.json();
    let (next, back) =
        (first["iterator"].as_str().expect("one"), first["prevIterator"].as_str().expect("one"));
    let path = |iterator| format!("/app/acme/endpoint/main/msg?limit=3&iterator={iterator}");
    let second = api.get(&path(next)).await.json();
    assert_eq!((&second["data"][0]["payload"], &second["done"]), (&json!({"at": 0}), &json!(true)));
    assert_eq!(api.get(&path(back)).await.json()["data"], json!([]));
}

#[tokio::test]
async fn the_messages_of_an_endpoint_are_filtered() {
    let api = api().await;
    for (query, expected) in [
        ("", vec![3, 2, 1, 0]),
        ("status=0", vec![0]),
        ("status=1", vec![3]),
        ("status=2", vec![1]),
        ("status=3", vec![]),
        ("status=4", vec![2]),
        ("event_types=a.two", vec![2, 1]),
        ("event_types[]=a.one", vec![3, 0]),
        ("channel=c&tag=t", vec![2, 1, 0]),
        ("channel=d", vec![]),
        ("before=2026-01-31T12:01:00Z", vec![0]),
        ("after=2026-01-31T12:00:00Z&limit=1", vec![1]),
        ("expanded_statuses=true", vec![3, 2, 1, 0]),
    ] {
        let found = api.get(&format!("/app/acme/endpoint/main/msg?{query}")).await.json();
        let rows = found["data"].as_array().unwrap_or_else(|| panic!("{query}: {found}")).iter();
        let found: Vec<i64> = rows.filter_map(|row| row["payload"]["at"].as_i64()).collect();
        assert_eq!(found, expected, "{query}");
    }
    let bare = api.get("/app/acme/endpoint/main/msg?with_content=false&limit=1").await.json();
    assert_eq!(bare["data"][0]["payload"], json!({}));
    for (query, status) in [("status=5", 422), ("status=x", 400), ("limit=251", 422), ("iterator=ep_x", 422)]
    {
        let answer = api.get(&format!("/app/acme/endpoint/main/msg?{query}")).await;
        assert_eq!(answer.status.as_u16(), status, "{query}");
    }
    assert_eq!(api.get("/app/acme/endpoint/none/msg").await.status, 404);
}

#[tokio::test]
async fn a_removed_payload_reads_as_expired_there_too() {
    let api = api().await;
    let id = api.get("/app/acme/msg?limit=1").await.json()["data"][0]["id"].clone();
    let path = format!("/app/acme/msg/{}/content", id.as_str().expect("an id"));
    assert_eq!(api.call("DELETE", &path, Value::Null).await.status, 204);
    let found = api.get("/app/acme/endpoint/main/msg?limit=1").await.json();
    assert_eq!(found["data"][0]["payload"], json!({"expired": true}));
}
