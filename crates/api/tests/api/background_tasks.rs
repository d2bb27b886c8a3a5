//! Background tasks over the API.

use serde_json::{Map, json};
use wirepost_model::background_task::{BackgroundTask, TaskStatus, TaskWork};
use wirepost_model::clock::Clock;
use wirepost_store::background_tasks::BackgroundTasks;

use crate::harness::Api;

pub(crate) async fn put(api: &Api, app: &str, work: TaskWork, status: TaskStatus) -> String {
    let now = api.clock.now();
    let task = BackgroundTask {
        id: api.ids.next(now),
        app: app.parse().expect("an app id"),
        work,
        status,
        data: Map::from_iter([("messagesSent".to_owned(), json!(3))]),
        updated_at: now,
    };
    let id = task.id.to_string();
    api.store.put_task(task).await.expect("the store keeps it");
    id
}

#[tokio::test]
async fn where_nobody_asked_for_work_there_is_none() {
    let api = Api::start().await;
    let empty = json!({"data": [], "iterator": null, "prevIterator": null, "done": true});
    for query in ["", "?status=running", "?task=endpoint.recover", "?task=sdk.generate"] {
        assert_eq!(api.get(&format!("/background-task{query}")).await.json(), empty, "{query}");
    }
    for id in ["qtask_000000000000000000000000000", "x"] {
        let answer = api.get(&format!("/background-task/{id}")).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (404, "not_found".into()));
    }
}

#[tokio::test]
async fn tasks_are_found_and_listed() {
    let api = Api::start().await;
    let app = api.app("acme").await;
    let first = put(&api, &app, TaskWork::EndpointRecover, TaskStatus::Finished).await;
    let second = put(&api, &app, TaskWork::EndpointBulkReplay, TaskStatus::Running).await;
    let expected = json!({
        "id": first, "status": "finished", "task": "endpoint.recover", "data": {"messagesSent": 3},
        "updatedAt": "2026-01-31T12:00:00.000Z",
    });
    assert_eq!(api.get(&format!("/background-task/{first}")).await.json(), expected);
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
    let own = api.app_token(&app, "of-the-app").await;
    for path in [
        "/background-task".to_owned(),
        format!("/background-task/{first}"),
        "/background-task?task=sdk.generate".to_owned(),
    ] {
        assert_eq!(api.call_as(&own, "GET", &path, "").await.status, 403, "{path}");
    }
}
