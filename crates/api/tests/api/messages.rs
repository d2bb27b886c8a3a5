//! Messages over the API: accepted byte by byte, found, listed, forgotten.

use std::time::Duration;

use serde_json::{Value, json};
use wirepost_model::clock::Clock;
use wirepost_store::retention::Retention;

use crate::harness::{Api, assert_answer};

/// Everything that a parser and a writer of JSON would change.
const ODD: &str =
    "{ \"b\" :1.50,\t\"a\":[ 12345678901234567890 ,1e2, -0.0],\"s\":\"\\u00e9\\/\u{1F600}\" , \"b2\":{} }";

async fn api() -> Api {
    let api = Api::start().await;
    api.app("acme").await;
    api.create("/app/acme/endpoint", json!({"url": "https://example.com/", "uid": "main"})).await;
    api
}

#[tokio::test]
async fn a_message_is_accepted_and_found() {
    let api = api().await;
    let wanted = json!({
        "eventType": "asset.created", "eventId": "e-1", "payload": {"id": "a1"}, "channels": ["b", "a"],
        "tags": ["x/y"], "payloadRetentionPeriod": 7, "deliverAt": "2026-01-31T13:00:00+00:00",
        "transformationsParams": {"anything": true},
    });
    let made = api.call("POST", "/app/acme/msg", wanted).await;
    assert_answer!("message_create", api, made);
    let id = made.json()["id"].as_str().expect("an id").to_owned();
    assert_eq!(api.get(&format!("/app/acme/msg/{id}")).await.json(), made.json());
    assert_answer!("message_get_by_event_id", api, api.get("/app/acme/msg/e-1").await);
    let without = api.get("/app/acme/msg/e-1?with_content=false").await;
    assert_eq!(without.json()["payload"], json!({}));
}

#[tokio::test]
async fn a_plain_message_has_nulls_where_nothing_was_said() {
    let api = api().await;
    let wanted = json!({"eventType": "asset.created", "payload": {}, "channels": null, "eventId": null});
    assert_answer!("message_create_plain", api, api.call("POST", "/app/acme/msg/", wanted).await);
    let short = json!({"eventType": "a.b", "payload": {"long": "text"}});
    let without = api.call("POST", "/app/acme/msg?with_content=false", short).await;
    assert_eq!((without.status.as_u16(), &without.json()["payload"]), (202, &json!({})));
}

#[tokio::test]
async fn payload_bytes_are_kept_exactly_as_posted() {
    let api = api().await;
    let large = format!("{{\"filler\" : \"{}\"}}", "x".repeat(20_000));
    for payload in [ODD, "{}", &large] {
        let body = format!("{{\"eventType\":\"a.b\", \"payload\" :  {payload}  ,\"tags\":null}}");
        let answer = api.call_raw("POST", "/app/acme/msg", body).await;
        assert_eq!(answer.status, 202, "{answer:?}");
        let contains = |body: &[u8]| body.windows(payload.len()).any(|part| part == payload.as_bytes());
        assert!(contains(&answer.body), "the answer carries the same bytes");
        let delivery = api.handed_over().await.remove(0);
        assert_eq!(delivery.payload.as_deref(), Some(payload.as_bytes()), "so does what is sent");
        let id = delivery.key.message;
        let found = api.get(&format!("/app/acme/msg/{id}")).await;
        assert!(contains(&found.body), "so does what is read later");
        assert!(contains(&api.get("/app/acme/msg?limit=1").await.body), "and what is listed");
    }
}

#[tokio::test]
async fn a_raw_payload_is_kept_and_sent_as_its_text_says() {
    let api = api().await;
    let large = format!("{{\"filler\" : \"{}\"}}", "x".repeat(20_000));
    for text in [ODD, "{}", &large] {
        let params = json!({"rawPayload": format!(" {text}\n")});
        let message = json!({"eventType": "a.b", "payload": {}, "transformationsParams": params});
        let made = api.call("POST", "/app/acme/msg", message.clone()).await;
        assert_eq!(made.status, 202, "{made:?}");
        let contains = |body: &[u8]| body.windows(text.len()).any(|part| part == text.as_bytes());
        assert!(contains(&made.body), "the answer carries the same bytes");
        assert_eq!(api.call("POST", "/app/acme/msg/batch", message).await.status, 202);
        let sent = api.handed_over().await;
        assert_eq!(sent.len(), 2);
        for delivery in sent {
            assert_eq!(delivery.payload.as_deref(), Some(text.as_bytes()), "so does what is sent");
        }
    }
}

#[tokio::test]
async fn a_raw_payload_that_cannot_be_sent_is_refused() {
    let api = api().await;
    let raw = |text: &str| json!({"rawPayload": text});
    let with_type = json!({"rawPayload": "{}", "headers": {"content-type": "text/xml"}});
    for (payload, params, place) in [
        (json!({}), raw("[1]"), json!(["body", "transformationsParams", "rawPayload"])),
        (json!({}), raw("<a/>"), json!(["body", "transformationsParams", "rawPayload"])),
        (json!({}), json!({"rawPayload": {}}), json!(["body", "transformationsParams", "rawPayload"])),
        (json!({}), json!([null, null]), json!(["body", "transformationsParams"])),
        (json!({}), with_type, json!(["body", "transformationsParams", "headers"])),
        (json!({"n": 1}), raw("{}"), json!(["body", "payload"])),
    ] {
        let message = json!({"eventType": "a.b", "payload": payload, "transformationsParams": params});
        let refused = api.call("POST", "/app/acme/msg", message.clone()).await;
        assert_eq!((refused.status.as_u16(), refused.loc()), (422, place), "{message}");
        let line = api.call("POST", "/app/acme/msg/batch", message).await.json();
        assert_eq!(line["data"][0]["code"], "validation_error", "{line}");
    }
    assert!(api.handed_over().await.is_empty());
}

#[tokio::test]
async fn an_event_id_is_accepted_once() {
    let api = api().await;
    let wanted = json!({"eventType": "a.b", "eventId": "once", "payload": {}});
    assert_eq!(api.call("POST", "/app/acme/msg", wanted.clone()).await.status, 202);
    assert_answer!("message_event_id_conflict", api, api.call("POST", "/app/acme/msg", wanted.clone()).await);
    assert_eq!(api.handed_over().await.len(), 1);
    api.app("other").await;
    assert_eq!(api.call("POST", "/app/other/msg", wanted).await.status, 202, "another app has its own");
}

#[tokio::test]
async fn an_unknown_app_is_made_when_the_message_carries_it() {
    let api = Api::start().await;
    let plain = json!({"eventType": "a.b", "payload": {}});
    assert_eq!(api.call("POST", "/app/fresh/msg", plain.clone()).await.status, 404);
    let mut wrong = plain.clone();
    wrong["application"] = json!({"name": "Fresh", "uid": "another"});
    assert_eq!(api.call("POST", "/app/fresh/msg", wrong).await.status, 404);
    let mut bad = plain.clone();
    bad["application"] = json!({"name": "x".repeat(1_025), "uid": "another"});
    let refused = api.call("POST", "/app/fresh/msg", bad).await;
    assert_eq!((refused.status.as_u16(), refused.loc()), (422, json!(["body", "application", "name"])));
    let mut right = plain;
    right["application"] = json!({"name": "Fresh", "uid": "fresh"});
    for _ in 0..2 {
        assert_eq!(api.call("POST", "/app/fresh/msg", right.clone()).await.status, 202);
    }
    assert_eq!(api.get("/app/fresh").await.json()["name"], json!("Fresh"));
}

#[tokio::test]
async fn bad_messages_are_refused_with_the_place_of_the_fault() {
    let api = api().await;
    for (body, field) in [
        (json!({"payload": {}}), "eventType"),
        (json!({"eventType": "a.b"}), "payload"),
        (json!({"eventType": "a b", "payload": {}}), "eventType"),
        (json!({"eventType": "a.b", "payload": []}), "payload"),
        (json!({"eventType": "a.b", "payload": null}), "payload"),
        (json!({"eventType": "a.b", "payload": "{}"}), "payload"),
        (json!({"eventType": "a.b", "payload": {}, "eventId": "a b"}), "eventId"),
        (json!({"eventType": "a.b", "payload": {}, "eventId": "msg_1"}), "eventId"),
        (json!({"eventType": "a.b", "payload": {}, "channels": []}), "channels"),
        (json!({"eventType": "a.b", "payload": {}, "channels": ["1", "2", "3", "4", "5", "6"]}), "channels"),
        (json!({"eventType": "a.b", "payload": {}, "tags": ["a b"]}), "tags"),
        (json!({"eventType": "a.b", "payload": {}, "payloadRetentionPeriod": 91}), "payloadRetentionPeriod"),
        (json!({"eventType": "a.b", "payload": {}, "deliverAt": "tomorrow"}), "deliverAt"),
        (json!({"eventType": "a.b", "payload": {}, "deliverAt": "2027-01-01T00:00:00Z"}), "deliverAt"),
    ] {
        let answer = api.call("POST", "/app/acme/msg", body.clone()).await;
        assert_eq!((answer.status.as_u16(), answer.loc()), (422, json!(["body", field])), "{body}");
    }
    assert!(api.handed_over().await.is_empty());
}

#[tokio::test]
async fn a_batch_has_a_result_for_each_line() {
    let api = api().await;
    let lines = format!(
        "{{\"eventType\":\"a.b\",\"eventId\":\"one\",\"payload\":{ODD}}}\n\
         not JSON\r\n\n\
         {{\"eventType\":\"a.b\",\"eventId\":\"one\",\"payload\":{{}}}}\n\
         {{\"eventType\":\"a.b\"}}\n\
         {{\"eventType\":\"a b\",\"payload\":{{}}}}\r\n\
         {{\"eventType\":\"a.b\",\"payload\":{{\"last\":true}}}}"
    );
    assert_answer!("message_create_batch", api, api.call_raw("POST", "/app/acme/msg/batch", lines).await);
    let payloads: Vec<_> =
        api.handed_over().await.into_iter().filter_map(|delivery| delivery.payload).collect();
    assert_eq!(payloads, [ODD, "{\"last\":true}"]);
}

#[tokio::test]
async fn a_batch_has_bounds() {
    let api = api().await;
    let line = "{\"eventType\":\"a.b\",\"payload\":{}}\n";
    assert_eq!(api.call_raw("POST", "/app/acme/msg/batch", "").await.json(), json!({"data": []}));
    let full = api.call_raw("POST", "/app/acme/msg/batch", line.repeat(1_000)).await;
    assert_eq!(full.json()["data"].as_array().map(Vec::len), Some(1_000));
    let over = api.call_raw("POST", "/app/acme/msg/batch", line.repeat(1_001)).await;
    assert_eq!((over.status.as_u16(), over.code()), (400, "limit_reached".into()));
    let large = api.call_raw("POST", "/app/acme/msg/batch", " ".repeat((2 << 20) + 1)).await;
    assert_eq!((large.status.as_u16(), large.code()), (413, "payload_too_large".into()));
    assert_eq!(api.call_raw("POST", "/app/none/msg/batch", line).await.status, 404);
}

#[tokio::test]
async fn a_removed_payload_reads_as_expired() {
    let api = api().await;
    let id = api.create("/app/acme/msg", json!({"eventType": "a.b", "payload": {"secret": 1}})).await;
    let path = format!("/app/acme/msg/{id}");
    assert_eq!(api.call("DELETE", &format!("{path}/content"), Value::Null).await.status, 204);
    assert_eq!(api.get(&path).await.json()["payload"], json!({"expired": true}));
    let resent = api.call("POST", &format!("{path}/endpoint/main/resend"), Value::Null).await;
    assert_answer!("resend_without_payload", api, resent);
}

#[tokio::test]
async fn a_message_is_found_by_the_event_id_in_its_payload() {
    let api = api().await;
    let sent =
        |id: &str, number: u8| json!({"eventType": "a.b", "payload": {"event": {"id": id}, "n": number}});
    for (id, number) in [("e 1", 1), ("e 1", 2), ("e-2", 3)] {
        api.create("/app/acme/msg", sent(id, number)).await;
    }
    let named = json!({"eventType": "a.b", "eventId": "e-2", "payload": {"n": 4}});
    api.create("/app/acme/msg", named).await;
    for (id, number) in [("e%201", 2), ("e-2", 4)] {
        let found = api.get(&format!("/app/acme/msg/{id}")).await.json();
        assert_eq!(found["payload"]["n"], json!(number), "{id}");
        let stands = api.get(&format!("/app/acme/msg/{id}/endpoint")).await.json();
        assert_eq!(stands["data"].as_array().map(Vec::len), Some(1), "{id}");
    }
    api.app("other").await;
    assert_eq!(api.get("/app/other/msg/e%201").await.status, 404, "another app has its own");
    assert_eq!(api.get("/app/acme/msg/e").await.status, 404);
}

#[tokio::test]
async fn a_payload_may_be_kept_for_hours() {
    let api = api().await;
    let wanted = |hours: u32| json!({"eventType": "a.b", "payload": {}, "payloadRetentionHours": hours});
    for (hours, status) in [(0, 422), (1, 202), (2_160, 202), (2_161, 422)] {
        assert_eq!(api.call("POST", "/app/acme/msg", wanted(hours)).await.status.as_u16(), status, "{hours}");
    }
    let mut both = wanted(24);
    both["payloadRetentionPeriod"] = json!(1);
    let refused = api.call("POST", "/app/acme/msg", both).await;
    assert_eq!((refused.status.as_u16(), refused.loc()), (422, json!(["body", "payloadRetentionHours"])));
}

#[tokio::test]
async fn lists_are_filtered() {
    let api = api().await;
    for (at, event_type, channel, tag) in
        [(0, "a.one", "red", "t1"), (1, "a.two", "red", "t2"), (2, "a.three", "blue", "t1")]
    {
        let wanted =
            json!({"eventType": event_type, "channels": [channel], "tags": [tag], "payload": {"at": at}});
        api.create("/app/acme/msg", wanted).await;
        api.wait(60_000);
    }
    for (query, expected) in [
        ("", vec![2, 1, 0]),
        ("channel=red", vec![1, 0]),
        ("tag=t1", vec![2, 0]),
        ("event_types=a.one,a.three", vec![2, 0]),
        ("event_types[]=a.two", vec![1]),
        ("before=2026-01-31T12:01:00Z", vec![0]),
        ("after=2026-01-31T12:00:00Z", vec![2, 1]),
        ("after=2026-01-31T12:00:00Z&limit=1", vec![1]),
        ("after=2026-01-31T12:00:00Z&before=2026-01-31T13:00:00Z&limit=1", vec![2]),
        ("event_types=a.none", vec![]),
    ] {
        let found = api.get(&format!("/app/acme/msg?{query}")).await.json();
        let rows = found["data"].as_array().expect("rows").iter();
        let found: Vec<i64> = rows.filter_map(|row| row["payload"]["at"].as_i64()).collect();
        assert_eq!(found, expected, "{query}");
    }
    let without = api.get("/app/acme/msg?with_content=false").await;
    assert_answer!("message_list_without_content", api, without);
}

#[tokio::test]
async fn a_payload_that_expired_cannot_be_read_nor_sent_again() {
    let api = api().await;
    let wanted = json!({"eventType": "a.b", "payload": {"id": "a1"}, "payloadRetentionHours": 1});
    let id = api.create("/app/acme/msg", wanted).await;
    let path = format!("/app/acme/msg/{id}");
    let (hour, kept_for) = (Duration::from_secs(3_600), Duration::from_secs(90 * 86_400));
    api.clock.set(api.clock.now().plus(hour));
    let removed = api.store.remove_expired(api.clock.now(), kept_for, 100).await.expect("the store writes");
    assert_eq!(removed.contents, 1);
    assert_eq!(api.get(&path).await.json()["payload"], json!({"expired": true}));
    let resent = api.call("POST", &format!("{path}/endpoint/main/resend"), Value::Null).await;
    assert_eq!((resent.status.as_u16(), resent.code()), (400, "missing_payload".to_owned()));
}
