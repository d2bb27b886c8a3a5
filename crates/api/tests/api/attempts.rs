//! Attempts over the API, recorded as the engine records them.

use std::time::Duration;

use serde_json::json;
use wirepost_model::attempt::{Attempt, AttemptContent, Timing, Trigger};
use wirepost_model::clock::Clock;
use wirepost_model::delivery::DeliveryState;
use wirepost_store::accepted::DueDelivery;
use wirepost_store::deliveries::{AttemptRecord, Deliveries};

use crate::harness::{Api, assert_answer};

/// Records an attempt that came out with `status`, or for want of one with `failure`; answers its id.
pub(crate) async fn record(api: &Api, delivery: &DueDelivery, status: Option<u16>, failure: &str) -> String {
    let started_at = api.clock.now();
    let succeeded = matches!(status, Some(200..=299));
    let attempt = Attempt {
        id: api.ids.next(started_at),
        delivery: delivery.key,
        trigger: Trigger::Scheduled,
        started_at,
        duration: Duration::from_millis(42),
        succeeded,
        status,
        failure: status.is_none().then(|| failure.to_owned()),
        remote_address: Some("192.0.2.1:443".to_owned()),
        timing: Timing::default(),
        url: "https://example.com/".into(),
    };
    let id = attempt.id.to_string();
    let content = AttemptContent {
        signature: "v1,abc".to_owned(),
        response_headers: "content-type: text/plain".into(),
        response_body: b"fine \xff".as_slice().into(),
    };
    let record = AttemptRecord {
        attempt,
        content,
        read_revision: delivery.progress.revision,
        state: if succeeded { DeliveryState::Delivered } else { DeliveryState::Failed },
        tries: 1,
    };
    api.store.record_attempts(vec![record], vec![]).await.expect("the store keeps it");
    id
}

/// Three messages to two endpoints, each attempted: 200, 500 and no answer.
async fn api() -> (Api, Vec<String>, Vec<String>) {
    let api = Api::start().await;
    api.app("acme").await;
    for uid in ["main", "other"] {
        api.create("/app/acme/endpoint", json!({"url": "https://example.com/", "uid": uid})).await;
    }
    let (mut messages, mut attempts) = (Vec::new(), Vec::new());
    let outcomes =
        [(Some(200), "", "a.one"), (Some(500), "", "a.two"), (None, "dns: the name has no address", "a.two")];
    for (status, failure, event_type) in outcomes {
        let wanted = json!({"eventType": event_type, "channels": ["c"], "tags": ["t"], "payload": {"n": 1}});
        messages.push(api.create("/app/acme/msg", wanted).await);
        let mut deliveries = api.handed_over().await;
        deliveries.sort_by_key(|delivery| delivery.key.endpoint);
        for delivery in &deliveries {
            attempts.push(record(&api, delivery, status, failure).await);
        }
        api.wait(60_000);
    }
    (api, messages, attempts)
}

#[tokio::test]
async fn attempts_are_listed_by_endpoint_and_by_message_and_found() {
    let (api, messages, attempts) = api().await;
    assert_answer!("attempt_list_by_endpoint", api, api.get("/app/acme/attempt/endpoint/main").await);
    let by_message = api.get(&format!("/app/acme/attempt/msg/{}", messages[1])).await;
    assert_answer!("attempt_list_by_message", api, by_message);
    let path = format!("/app/acme/msg/{}/attempt/{}", messages[2], attempts[4]);
    assert_answer!("attempt_get", api, api.get(&path).await);
    let with = api.get("/app/acme/attempt/endpoint/main?with_msg=true&limit=1").await;
    assert_answer!("attempt_list_with_messages", api, with);
    let bare = api.get("/app/acme/attempt/endpoint/main?with_content=false&with_msg=true").await.json();
    assert_eq!((&bare["data"][0]["response"], &bare["data"][0]["msg"]["payload"]), (&json!(""), &json!({})));
}

#[tokio::test]
async fn lists_of_attempts_are_filtered() {
    let (api, messages, _) = api().await;
    for (query, expected) in [
        ("", vec![0, 500, 200]),
        ("status=0", vec![200]),
        ("status=2", vec![0, 500]),
        ("status=1", vec![]),
        ("status=4", vec![]),
        ("status_code_class=200", vec![200]),
        ("status_code_class=500", vec![500]),
        ("status_code_class=400", vec![]),
        ("channel=c&tag=t", vec![0, 500, 200]),
        ("channel=d", vec![]),
        ("tag=u", vec![]),
        ("event_types=a.one", vec![200]),
        ("before=2026-01-31T12:01:00Z", vec![200]),
        ("after=2026-01-31T12:00:00Z", vec![0, 500]),
        ("after=2026-01-31T12:00:00Z&limit=1", vec![500]),
    ] {
        let found = api.get(&format!("/app/acme/attempt/endpoint/main?{query}")).await.json();
        let rows = found["data"].as_array().unwrap_or_else(|| panic!("{query}: {found}")).iter();
        let found: Vec<u64> = rows.filter_map(|row| row["responseStatusCode"].as_u64()).collect();
        assert_eq!(found, expected, "{query}");
    }
    let path = format!("/app/acme/attempt/msg/{}", messages[0]);
    assert_eq!(api.get(&path).await.json()["data"].as_array().map(Vec::len), Some(2));
    let one = api.get(&format!("{path}?endpoint_id=other")).await.json();
    assert_eq!(one["data"].as_array().map(Vec::len), Some(1));
    assert_eq!(api.get(&format!("{path}?endpoint_id=none")).await.status, 404);
}

#[tokio::test]
async fn a_filter_that_cannot_be_is_refused() {
    let (api, ..) = api().await;
    for (query, status) in [
        ("status=5", 422),
        ("status_code_class=250", 422),
        ("status_code_class=600", 422),
        ("status=x", 400),
        ("before=x", 400),
        ("with_content=x", 400),
        ("channel=a%20b", 422),
        ("event_types=a%20b", 422),
        ("iterator=msg_x", 422),
    ] {
        let answer = api.get(&format!("/app/acme/attempt/endpoint/main?{query}")).await;
        assert_eq!(answer.status.as_u16(), status, "{query}");
    }
}

#[tokio::test]
async fn a_message_shows_how_it_stands_at_each_endpoint() {
    let (api, messages, _) = api().await;
    let waiting = api.create("/app/acme/msg", json!({"eventType": "a.b", "payload": {}})).await;
    let path = format!("/app/acme/msg/{}/endpoint", messages[0]);
    assert_answer!("destination_list", api, api.get(&path).await);
    let pending = api.get(&format!("/app/acme/msg/{waiting}/endpoint?limit=1")).await.json();
    let row = &pending["data"][0];
    assert_eq!((&row["status"], &row["nextAttempt"]), (&json!(1), &json!("2026-01-31T12:03:00.000Z")));
    assert_eq!(pending["done"], json!(false));
    let next = format!("{path}?iterator={}", pending["iterator"].as_str().expect("an iterator"));
    assert_eq!(api.get(&next).await.json()["data"][0]["uid"], json!("other"));
}
