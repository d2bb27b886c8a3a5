//! What an app's attempts came to, over the API.

use serde_json::json;

use crate::attempts::record;
use crate::harness::{Api, assert_answer};

/// Five attempts at two endpoints: two at noon, one six minutes later, two the next day.
async fn api() -> Api {
    let api = Api::start().await;
    api.app("acme").await;
    api.app("other").await;
    for uid in ["main", "second"] {
        api.create("/app/acme/endpoint", json!({"url": "https://example.com/", "uid": uid})).await;
    }
    api.create("/app/other/endpoint", json!({"url": "https://example.com/"})).await;
    api.create("/app/other/msg", json!({"eventType": "a.one", "payload": {}})).await;
    let foreign = api.handed_over().await.remove(0);
    record(&api, &foreign, Some(500), "").await;
    for (event_type, outcomes, wait) in [
        ("a.one", vec![Some(200), Some(500)], 360_000),
        ("a.two", vec![Some(200)], 86_400_000),
        ("a.two", vec![Some(200), None], 60_000),
    ] {
        api.create("/app/acme/msg", json!({"eventType": event_type, "payload": {}})).await;
        for (delivery, outcome) in api.handed_over().await.iter().zip(outcomes) {
            record(&api, delivery, outcome, "dns: no address").await;
        }
        api.wait(wait);
    }
    api
}

#[tokio::test]
async fn attempts_are_told_by_event_type() {
    let api = api().await;
    let period = "since=2026-01-31T12:00:00Z&until=2026-02-01T12:10:00Z";
    let told = api.get(&format!("/app/acme/stats/attempts?{period}")).await;
    assert_answer!("app_attempt_stats", api, told);
    let one = api.get(&format!("/app/acme/stats/attempts?{period}&event_types=a.one,a.none")).await.json();
    assert_eq!(one["by_event_type"], json!({"a.one": {"success": 1, "failure": 1, "canceled": 0}}));
    assert_eq!((&one["total_success"], &one["total_failure"]), (&json!(1), &json!(1)));
    let early = "since=2026-01-31T12:00:00Z&until=2026-01-31T12:00:00Z";
    let early = api.get(&format!("/app/acme/stats/attempts?{early}")).await.json();
    assert_eq!((&early["total_success"], &early["total_failure"]), (&json!(1), &json!(1)), "both ends count");
    let all = api.get("/app/acme/stats/attempts").await.json();
    assert_eq!((&all["total_success"], &all["total_failure"]), (&json!(3), &json!(2)));
}

#[tokio::test]
async fn attempts_are_told_over_time() {
    let api = api().await;
    let hours = "startDate=2026-01-31T11:30:00Z&endDate=2026-01-31T13:10:00Z&period=OneHour";
    let told = api.get(&format!("/stats/app/acme/attempt?{hours}")).await;
    assert_answer!("app_attempt_series", api, told);
    for (query, success, failure) in [
        ("startDate=2026-01-31T00:00:00Z", json!([2, 1]), json!([1, 1])),
        ("startDate=2026-01-31T00:00:00Z&event_types=a.two", json!([1, 1]), json!([0, 1])),
        (
            "startDate=2026-01-31T12:01:00Z&endDate=2026-01-31T12:10:00Z&period=FiveMinutes",
            json!([1, 1, 0]),
            json!([1, 0, 0]),
        ),
        (
            "startDate=2026-01-31T12:01:00Z&endDate=2026-01-31T12:10:00Z&period=FiveMinutes&event_types[]=a.two",
            json!([0, 1, 0]),
            json!([0, 0, 0]),
        ),
    ] {
        let data = api.get(&format!("/stats/app/acme/attempt?{query}")).await.json()["data"].clone();
        assert_eq!((&data["successCount"], &data["failureCount"]), (&success, &failure), "{query}");
        let zeros: Vec<u64> = success.as_array().expect("numbers").iter().map(|_| 0).collect();
        assert_eq!(data["canceledCount"], json!(zeros), "{query}");
    }
    for (period, points) in [("FiveMinutes", 289), ("OneHour", 169), ("OneDay", 29)] {
        let data = api.get(&format!("/stats/app/acme/attempt?period={period}")).await.json()["data"].clone();
        assert_eq!(data["successCount"].as_array().map(Vec::len), Some(points), "{period} by default");
    }
}

#[tokio::test]
async fn a_period_that_cannot_be_is_refused() {
    let api = api().await;
    for (path, status, field) in [
        ("/app/acme/stats/attempts?since=2026-01-01T00:00:00Z&until=2026-02-01T00:00:00Z", 422, "since"),
        ("/app/acme/stats/attempts?since=2026-02-01T00:00:00Z&until=2026-01-31T00:00:00Z", 422, "since"),
        (
            "/stats/app/acme/attempt?startDate=2026-01-01T00:00:00Z&endDate=2026-02-01T00:00:00Z",
            422,
            "startDate",
        ),
        ("/stats/app/acme/attempt?period=OneWeek", 422, "period"),
    ] {
        let answer = api.get(path).await;
        assert_eq!((answer.status.as_u16(), answer.loc()), (status, json!(["query", field])), "{path}");
    }
    assert_eq!(api.get("/stats/app/acme/attempt?startDate=x").await.status, 400);
    for path in ["/app/none/stats/attempts", "/stats/app/none/attempt"] {
        assert_eq!(api.get(path).await.status, 404, "{path}");
    }
    let other = api.get("/app/other").await.json()["id"].as_str().expect("an id").to_owned();
    let own = api.app_token(&other, "of-the-other").await;
    for path in ["/app/acme/stats/attempts", "/stats/app/acme/attempt"] {
        assert_eq!(api.call_as(&own, "GET", path, "").await.status, 404, "{path}");
    }
}
