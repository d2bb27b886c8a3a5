//! Sending again and canceling over the API; what a task then does is the engine's.

use serde_json::{Value, json};

use crate::harness::Api;

const SINCE: &str = "2026-01-31T11:00:00Z";
const WORKS: [(&str, &str); 3] = [
    ("recover", "endpoint.recover"),
    ("replay-missing", "endpoint.replay"),
    ("bulk-replay", "endpoint.bulk-replay"),
];

/// An app `acme` with an endpoint `main`, at which two messages failed, one was delivered and one is pending.
async fn rig() -> Api {
    let api = Api::start().await;
    api.app("acme").await;
    for status in [Some(500), None, Some(200)] {
        if status == Some(500) {
            let endpoint = json!({"url": "https://example.com/", "uid": "main"});
            api.create("/app/acme/endpoint", endpoint).await;
        }
        let tags = json!([status.map_or("silent".to_owned(), |status| format!("{status}"))]);
        let message = json!({"eventType": "a.b", "payload": {}, "tags": tags});
        api.create("/app/acme/msg", message).await;
        let delivery = api.handed_over().await.remove(0);
        crate::attempts::record(&api, &delivery, status, "").await;
    }
    api.create("/app/acme/msg", json!({"eventType": "a.b", "payload": {}})).await;
    api.handed_over().await;
    api.wait(60_000);
    api
}

#[tokio::test]
async fn each_begins_a_task_that_says_what_it_does() {
    let api = rig().await;
    let endpoint = api.get("/app/acme/endpoint/main").await.json()["id"].clone();
    let app = api.get("/app/acme").await.json()["id"].clone();
    for (path, task) in WORKS {
        let answer =
            api.call("POST", &format!("/app/acme/endpoint/main/{path}"), json!({"since": SINCE})).await;
        assert_eq!(answer.status, 202, "{path}: {answer:?}");
        let told = answer.json();
        assert!(told["id"].as_str().is_some_and(|id| id.starts_with("qtask_")), "{told}");
        let data = json!({
            "appId": app, "endpointId": endpoint, "since": "2026-01-31T11:00:00.000Z",
            "until": "2026-01-31T12:01:00.000Z", "rate": 1000, "messagesFound": 0, "messagesSent": 0,
            "messagesExpired": 0, "canceled": false, "reason": null,
        });
        assert_eq!((&told["status"], &told["task"], &told["data"]), (&json!("running"), &json!(task), &data));
        let id = told["id"].as_str().expect("it has one");
        assert_eq!(api.get(&format!("/background-task/{id}")).await.json(), told);
    }
}

#[tokio::test]
async fn a_preview_counts_what_would_be_sent() {
    let api = rig().await;
    let since = |filter: Value| {
        let mut body = json!({"since": SINCE});
        body.as_object_mut().expect("an object").extend(filter.as_object().expect("an object").clone());
        body
    };
    for (path, filter, expected) in [
        ("recover", json!({}), 2),
        ("recover", json!({"until": "2026-01-31T11:30:00Z"}), 0),
        ("replay-missing", json!({}), 0),
        ("bulk-replay", json!({}), 3),
        ("bulk-replay", json!({"status": 0}), 1),
        ("bulk-replay", json!({"status": 2}), 2),
        ("bulk-replay", json!({"status": 4}), 0),
        ("bulk-replay", json!({"statusCodeClass": 500}), 1),
        ("bulk-replay", json!({"statusCodeClass": 0}), 1),
        ("bulk-replay", json!({"eventTypes": ["a.b"]}), 3),
        ("bulk-replay", json!({"eventTypes": ["a.c"]}), 0),
        ("bulk-replay", json!({"tag": "silent"}), 1),
        ("bulk-replay", json!({"channel": "eu"}), 0),
    ] {
        let path = format!("/app/acme/endpoint/main/{path}/preview");
        let answer = api.call("POST", &path, since(filter.clone())).await;
        let told = (answer.status.as_u16(), answer.json());
        assert_eq!(told, (200, json!({"count": expected, "approximated": false})), "{path} {filter}");
    }
    assert_eq!(api.get("/background-task").await.json()["data"], json!([]));
    let endpoint = api.create("/app/acme/endpoint", json!({"url": "https://example.com/"})).await;
    let path = format!("/app/acme/endpoint/{endpoint}/replay-missing/preview");
    assert_eq!(api.call("POST", &path, json!({"since": SINCE})).await.json()["count"], json!(4));
}

#[tokio::test]
async fn what_cannot_be_done_is_refused_with_its_place() {
    let api = rig().await;
    for (path, body, field) in [
        ("recover", json!({}), "since"),
        ("recover", json!({"since": "yesterday"}), "since"),
        ("recover", json!({"since": "2026-01-17T11:00:00Z"}), "since"),
        ("recover", json!({"since": "2026-01-31T13:00:00Z"}), "since"),
        ("recover", json!({"since": SINCE, "until": "2026-01-30T12:00:00Z"}), "since"),
        ("recover", json!({"since": SINCE, "rate": 0}), "rate"),
        ("recover", json!({"since": SINCE, "rate": 100_001}), "rate"),
        ("bulk-replay", json!({"since": SINCE, "status": 1}), "status"),
        ("bulk-replay", json!({"since": SINCE, "status": 5}), "status"),
        ("bulk-replay", json!({"since": SINCE, "statusCodeClass": 404}), "statusCodeClass"),
        ("bulk-replay", json!({"since": SINCE, "eventTypes": ["a b"]}), "eventTypes"),
        ("bulk-replay", json!({"since": SINCE, "channel": "a b"}), "channel"),
        ("cancel-msgs", json!({}), "createdBefore"),
    ] {
        let answer = api.call("POST", &format!("/app/acme/endpoint/main/{path}"), body.clone()).await;
        assert_eq!(answer.status, 422, "{path} {body}: {answer:?}");
        assert_eq!(answer.loc().as_array().and_then(|loc| loc.last().cloned()), Some(json!(field)), "{body}");
    }
    let missing = json!({"since": "2026-01-01T00:00:00Z"});
    let answer = api.call("POST", "/app/acme/endpoint/main/replay-missing", missing).await;
    assert_eq!(answer.status, 202, "only failed ones have a limit");
    api.call("PATCH", "/app/acme/endpoint/main", json!({"disabled": true})).await;
    for (path, _) in WORKS {
        for path in [path.to_owned(), format!("{path}/preview")] {
            let path = format!("/app/acme/endpoint/main/{path}");
            let answer = api.call("POST", &path, json!({"since": SINCE})).await;
            assert_eq!((answer.status.as_u16(), answer.code()), (409, "endpoint_disabled".into()), "{path}");
        }
    }
}

#[tokio::test]
async fn an_app_may_run_twenty_tasks_at_a_time() {
    let api = rig().await;
    let recover = || api.call("POST", "/app/acme/endpoint/main/recover", json!({"since": SINCE}));
    for _ in 0..20 {
        assert_eq!(recover().await.status, 202);
    }
    let refused = recover().await;
    assert_eq!((refused.status.as_u16(), refused.code()), (400, "limit_reached".into()));
    let running = api.get("/background-task?limit=1").await.json()["data"][0]["id"].clone();
    let path = format!("/background-task/{}/cancel", running.as_str().expect("an id"));
    assert_eq!(api.call_raw("POST", &path, "").await.status, 200);
    assert_eq!(recover().await.status, 202);
}

#[tokio::test]
async fn a_recover_under_an_idempotency_key_is_one_task() {
    let api = rig().await;
    let mut answers = Vec::new();
    for _ in 0..2 {
        let request = http::Request::post("/api/v1/app/acme/endpoint/main/recover")
            .header("authorization", format!("Bearer {}", crate::harness::TOKEN))
            .header("idempotency-key", "recover-once")
            .body(axum::body::Body::from(json!({"since": SINCE}).to_string()))
            .expect("a good request");
        answers.push(api.send(request).await.json());
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(api.get("/background-task").await.json()["data"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn what_is_pending_and_old_enough_is_canceled() {
    let api = rig().await;
    let path = "/app/acme/endpoint/main/cancel-msgs";
    // Whatever waits is shown as being sent: the lanes here always have a request open.
    let stats = async || api.get("/app/acme/endpoint/main/stats").await.json();
    for (created_before, sending, canceled) in
        [("2026-01-31T12:00:00Z", 1, 0), ("2026-01-31T12:00:01Z", 0, 1), ("2026-01-31T12:00:01Z", 0, 1)]
    {
        let answer = api.call("POST", path, json!({"createdBefore": created_before})).await;
        assert_eq!((answer.status.as_u16(), answer.body.len()), (204, 0));
        let told = stats().await;
        assert_eq!((&told["sending"], &told["canceled"]), (&json!(sending), &json!(canceled)), "{told}");
    }
    let listed = api.get("/app/acme/endpoint/main/msg?status=4").await.json();
    assert_eq!(listed["data"].as_array().map(Vec::len), Some(1));
}
