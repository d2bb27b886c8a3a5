//! Pages of every list, forwards and back.

use serde_json::{Value, json};

use crate::harness::{Api, assert_answer};

/// The rows of a page by `field`, with its iterators and whether it is the last.
fn page(answer: &Value, field: &str) -> (Vec<String>, String, String, bool) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let rows = answer["data"].as_array().expect("rows").iter().map(|row| text(&row[field])).collect();
    let done = answer["done"].as_bool().expect("done");
    (rows, text(&answer["iterator"]), text(&answer["prevIterator"]), done)
}

/// Walks a list of five in pages of two to its end and back to its start.
async fn walk(api: &Api, path: &str, field: &str, expected: [&str; 5]) {
    let get = async |query: String| {
        let separator = if path.contains('?') { '&' } else { '?' };
        page(&api.get(&format!("{path}{separator}limit=2{query}")).await.json(), field)
    };
    let (first, iterator, _, done) = get(String::new()).await;
    assert_eq!((first.as_slice(), done), (&expected.map(String::from)[..2], false), "{path}");
    let (second, iterator, _, done) = get(format!("&iterator={iterator}")).await;
    assert_eq!((second.as_slice(), done), (&expected.map(String::from)[2..4], false), "{path}");
    let (third, iterator, back, done) = get(format!("&iterator={iterator}")).await;
    assert_eq!((third.as_slice(), done), (&expected.map(String::from)[4..], true), "{path}");
    let (nothing, no_iterator, ..) = get(format!("&iterator={iterator}")).await;
    assert_eq!((nothing.len(), no_iterator.as_str()), (0, ""), "{path}");

    let (second_again, _, back, done) = get(format!("&iterator={back}")).await;
    assert_eq!((second_again, done), (second, false), "{path}");
    let (first_again, _, _, done) = get(format!("&iterator={back}")).await;
    assert_eq!((first_again, done), (first, true), "{path}");
}

#[tokio::test]
async fn apps_are_paged_in_both_orders() {
    let api = Api::start().await;
    for uid in ["a1", "a2", "a3", "a4", "a5"] {
        api.app(uid).await;
    }
    walk(&api, "/app", "uid", ["a1", "a2", "a3", "a4", "a5"]).await;
    walk(&api, "/app?order=ascending", "uid", ["a1", "a2", "a3", "a4", "a5"]).await;
    walk(&api, "/app?order=descending", "uid", ["a5", "a4", "a3", "a2", "a1"]).await;
    assert_answer!("app_list", api, api.get("/app?limit=2").await);
}

#[tokio::test]
async fn endpoints_are_paged_in_both_orders() {
    let api = Api::start().await;
    api.app("acme").await;
    for uid in ["e1", "e2", "e3", "e4", "e5"] {
        api.create("/app/acme/endpoint", json!({"url": "https://example.com/", "uid": uid})).await;
    }
    walk(&api, "/app/acme/endpoint", "uid", ["e1", "e2", "e3", "e4", "e5"]).await;
    walk(&api, "/app/acme/endpoint?order=descending", "uid", ["e5", "e4", "e3", "e2", "e1"]).await;
    assert_answer!("endpoint_list", api, api.get("/app/acme/endpoint?limit=1").await);
}

#[tokio::test]
async fn event_types_are_paged_by_name() {
    let api = Api::start().await;
    for name in ["c.c", "a.a", "e.e", "b.b", "d.d"] {
        api.event_type(name).await;
    }
    walk(&api, "/event-type", "name", ["a.a", "b.b", "c.c", "d.d", "e.e"]).await;
    walk(&api, "/event-type?order=descending", "name", ["e.e", "d.d", "c.c", "b.b", "a.a"]).await;
}

#[tokio::test]
async fn messages_are_paged_newest_first() {
    let api = Api::start().await;
    api.app("acme").await;
    for id in ["m1", "m2", "m3", "m4", "m5"] {
        api.create("/app/acme/msg", json!({"eventType": "a.b", "eventId": id, "payload": {}})).await;
        api.wait(1_000);
    }
    walk(&api, "/app/acme/msg", "eventId", ["m5", "m4", "m3", "m2", "m1"]).await;
}

#[tokio::test]
async fn pulses_are_paged_in_both_orders_and_raises_newest_first() {
    let api = Api::start().await;
    api.app("acme").await;
    let mut last = String::new();
    for name in ["p1", "p2", "p3", "p4", "p5"] {
        last = api.create("/app/acme/pulse", json!({ "name": name })).await;
    }
    walk(&api, "/app/acme/pulse", "name", ["p1", "p2", "p3", "p4", "p5"]).await;
    walk(&api, "/app/acme/pulse?order=descending", "name", ["p5", "p4", "p3", "p2", "p1"]).await;
    for note in ["r1", "r2", "r3", "r4", "r5"] {
        let raise = json!({"objects": [{"id": "a1", "type": "asset"}], "note": note});
        api.create(&format!("/app/acme/pulse/{last}/raise"), raise).await;
    }
    for path in [format!("/app/acme/pulse/{last}/raise"), "/app/acme/raise".to_owned()] {
        walk(&api, &path, "note", ["r5", "r4", "r3", "r2", "r1"]).await;
    }
}

#[tokio::test]
async fn an_empty_list_has_null_iterators_that_are_there() {
    let api = Api::start().await;
    assert_answer!("empty_list", api, api.get("/app").await);
}

#[tokio::test]
async fn limits_and_iterators_are_checked() {
    let api = Api::start().await;
    let event_type = "/event-type";
    for (path, query, status) in [
        ("/app", "limit=250", 200),
        ("/app", "limit=251", 422),
        ("/app", "limit=0", 422),
        ("/app", "limit=ten", 400),
        ("/app", "limit=-1", 400),
        ("/app", "order=sideways", 400),
        ("/app", "iterator=nonsense", 422),
        ("/app", "iterator=ep_1srOrx2ZWZBpBUvZwXKQmoEYga2", 422),
        ("/app", "iterator=app_1srOrx2ZWZBpBUvZwXKQmoEYga2", 200),
        ("/app", "iterator=-app_1srOrx2ZWZBpBUvZwXKQmoEYga2", 200),
        ("/app", "iterator=&unknown=1", 200),
        (event_type, "iterator=anything", 200),
    ] {
        let answer = api.get(&format!("{path}?{query}")).await;
        assert_eq!(answer.status.as_u16(), status, "{path}?{query}");
    }
    assert_answer!("limit_out_of_bounds", api, api.get("/app?limit=251").await);
    assert_answer!("limit_unreadable", api, api.get("/app?limit=ten").await);
}
