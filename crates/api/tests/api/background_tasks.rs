//! Background tasks over the API.

use serde_json::json;
use wirepost_model::background_task::{BackgroundTask, TaskProgress, TaskStatus, TaskStop, TaskWork};
use wirepost_model::clock::Clock;
use wirepost_model::ids::EndpointId;
use wirepost_model::replay::{ReplayChoice, ReplayFilter};
use wirepost_store::background_tasks::{BackgroundTasks, TaskEnd};

use crate::harness::Api;

/// A task of this app that stands so, at an endpoint of its own.
pub(crate) async fn put(api: &Api, app: &str, work: TaskWork, status: TaskStatus) -> String {
    let endpoint = json!({"url": "https://example.com/"});
    let endpoint = api.create(&format!("/app/{app}/endpoint"), endpoint).await;
    let endpoint: EndpointId = endpoint.parse().expect("an endpoint id");
    let now = api.clock.now();
    let task = BackgroundTask {
        id: api.ids.next(now),
        app: app.parse().expect("an app id"),
        endpoint,
        work,
        choice: ReplayChoice { since: now, until: now, filter: ReplayFilter::default() },
        rate: 50,
        progress: TaskProgress { cursor: 1, found: 5, sent: 3, expired: 2 },
        status: TaskStatus::Running,
        stopped: None,
        updated_at: now,
    };
    let id = task.id;
    api.store.create_task(task, 20).await.expect("the store keeps it");
    if status != TaskStatus::Running {
        let stopped = (status == TaskStatus::Failed).then_some(TaskStop::EndpointDisabled);
        api.store.end_task(id, TaskEnd { stopped, at: now }).await.expect("it is there");
    }
    id.to_string()
}

#[tokio::test]
async fn where_nobody_asked_for_work_there_is_none() {
    let api = Api::start().await;
    let empty = json!({"data": [], "iterator": null, "prevIterator": null, "done": true});
    for query in ["", "?status=running", "?task=endpoint.recover", "?task=sdk.generate"] {
        assert_eq!(api.get(&format!("/background-task{query}")).await.json(), empty, "{query}");
    }
    for id in ["qtask_000000000000000000000000000", "x"] {
        for (method, path) in [("GET", ""), ("POST", "/cancel")] {
            let answer = api.call_raw(method, &format!("/background-task/{id}{path}"), "").await;
            assert_eq!((answer.status.as_u16(), answer.code()), (404, "not_found".into()));
        }
    }
}

#[tokio::test]
async fn tasks_are_found_and_listed() {
    let api = Api::start().await;
    let app = api.app("acme").await;
    let first = put(&api, &app, TaskWork::EndpointRecover, TaskStatus::Finished).await;
    let second = put(&api, &app, TaskWork::EndpointBulkReplay, TaskStatus::Running).await;
    let found = api.get(&format!("/background-task/{first}")).await.json();
    let endpoint = found["data"]["endpointId"].clone();
    let noon = "2026-01-31T12:00:00.000Z";
    let expected = json!({
        "id": first, "status": "finished", "task": "endpoint.recover",
        "data": {
            "appId": app, "endpointId": endpoint, "since": noon, "until": noon, "rate": 50,
            "messagesFound": 5, "messagesSent": 3, "messagesExpired": 2, "canceled": false, "reason": null,
        },
        "updatedAt": noon,
    });
    assert_eq!(found, expected);
    for (query, ids) in [
        ("", vec![&first, &second]),
        ("order=descending", vec![&second, &first]),
        ("limit=1", vec![&first]),
        ("status=running", vec![&second]),
        ("task=endpoint.recover", vec![&first]),
        ("status=running&task=endpoint.recover", vec![]),
        ("task=message.broadcast", vec![]),
    ] {
        let found = api.get(&format!("/background-task?{query}")).await.json();
        let rows = found["data"].as_array().unwrap_or_else(|| panic!("{query}: {found}")).iter();
        let found: Vec<_> = rows.map(|row| row["id"].clone()).collect();
        assert_eq!(json!(found), json!(ids), "{query}");
    }
    for query in ["status=done", "task=endpoint.dance", "iterator=msg_x"] {
        assert_eq!(api.get(&format!("/background-task?{query}")).await.status, 422, "{query}");
    }
}

#[tokio::test]
async fn a_token_of_an_app_sees_and_cancels_its_own_tasks_alone() {
    let api = Api::start().await;
    let (mine, theirs) = (api.app("mine").await, api.app("theirs").await);
    let own = put(&api, &mine, TaskWork::EndpointRecover, TaskStatus::Running).await;
    let other = put(&api, &theirs, TaskWork::EndpointRecover, TaskStatus::Running).await;
    let token = api.app_token(&mine, "of-the-app").await;
    let listed = api.call_as(&token, "GET", "/background-task", "").await.json();
    assert_eq!((listed["data"][0]["id"].clone(), listed["data"][1].clone()), (json!(own), json!(null)));
    assert_eq!(api.call_as(&token, "GET", "/background-task?task=sdk.generate", "").await.status, 200);
    for (method, path) in [("GET", ""), ("POST", "/cancel")] {
        let path = format!("/background-task/{other}{path}");
        let answer = api.call_as(&token, method, &path, "").await;
        assert_eq!((answer.status.as_u16(), answer.code()), (404, "not_found".into()), "{method} {path}");
    }
    assert_eq!(api.get(&format!("/background-task/{other}")).await.json()["status"], json!("running"));
    let path = format!("/background-task/{own}");
    assert_eq!(api.call_as(&token, "GET", &path, "").await.json()["id"], json!(own));
    let canceled = api.call_as(&token, "POST", &format!("{path}/cancel"), "").await;
    assert_eq!(canceled.status, 200);
    let canceled = canceled.json();
    assert_eq!((&canceled["status"], &canceled["data"]["canceled"]), (&json!("failed"), &json!(true)));
    assert!(canceled["data"]["reason"].as_str().is_some_and(|reason| reason.starts_with("It was canceled")));
    assert_eq!(api.get(&path).await.json(), canceled);
}

#[tokio::test]
async fn what_ended_is_not_ended_again() {
    let api = Api::start().await;
    let app = api.app("acme").await;
    let done = put(&api, &app, TaskWork::EndpointRecover, TaskStatus::Finished).await;
    let path = format!("/background-task/{done}");
    let before = api.get(&path).await.json();
    api.wait(1_000);
    let answer = api.call_raw("POST", &format!("{path}/cancel"), "").await;
    assert_eq!((answer.status.as_u16(), answer.json()), (200, before));
}
