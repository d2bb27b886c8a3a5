//! Sending again in bulk: what it would send, the task that does it, and its end.

use std::time::Duration;

use http::StatusCode;
use serde_json::{Value, json};
use wirepost_model::clock::Clock;
use wirepost_model::ids::TaskId;
use wirepost_store::background_tasks::BackgroundTasks;
use wirepost_store::endpoints::Endpoints;
use wirepost_store::replays::{ReplayBounds, ReplayQuery, ReplayStep, Replays};

use crate::house::House;

/// A person who may look and nothing more.
const LOOKING: &[&str] = &["ViewBase"];

/// A house with the app `acme` and an endpoint at which this many messages failed.
struct Scene {
    house: House,
    app: String,
    endpoint: String,
}

impl Scene {
    async fn with_failed(count: usize) -> Self {
        let house = House::open().await;
        let app = house.app("acme").await;
        house.event_type("asset.created").await;
        let endpoint = house.endpoint(&app, "https://example.com/in").await;
        for _ in 0..count {
            house.message(&app, "asset.created", json!({})).await;
        }
        house.attempt_all(Some(500), "", "no").await;
        house.wait(Duration::from_secs(10));
        Self { house, app, endpoint }
    }

    fn path(&self, work: &str) -> String {
        format!("/app/{}/endpoints/{}/{work}", self.app, self.endpoint)
    }
}

#[tokio::test]
async fn what_would_be_recovered_is_counted_before_it_begins() {
    let scene = Scene::with_failed(3).await;
    let visitor = scene.house.as_visitor(&scene.app, &[]).await;
    let page = visitor.page(&scene.path("recover")).await;
    assert!(page.contains("<strong>3 messages</strong>") && page.contains("Recover 3 messages"), "{page}");
    let later = "?window=custom&since=2026-01-31T12:00:05&until=";
    let none = visitor.page(&format!("{}{later}", scene.path("recover"))).await;
    assert!(none.contains("Nothing to send") && !none.contains("class=\"main\""));
    let unsaid = visitor.page(&format!("{}?window=custom", scene.path("recover"))).await;
    assert!(unsaid.contains("id=\"since\"") && !unsaid.contains("messages</strong>"));
    let wrong = visitor.page(&format!("{}?window=custom&since=soon", scene.path("recover"))).await;
    assert!(wrong.contains("Since must be a date and time in UTC") && wrong.contains("aria-invalid"));
    let old = visitor.page(&format!("{}?window=custom&since=2020-01-01", scene.path("recover"))).await;
    assert!(old.contains("Since must be at most 14 days back."));
}

#[tokio::test]
async fn a_recovery_becomes_a_task_that_tells_how_far_it_is() {
    let scene = Scene::with_failed(3).await;
    let visitor = scene.house.as_visitor(&scene.app, &[]).await;
    let begun = visitor.post(&scene.path("recover"), &[("window", "day"), ("rate", "5")]).await;
    let task = begun.led_to().expect("it leads to the task");
    let page = visitor.page(&task).await;
    for told in ["Running", "<b>0</b>", "of 3<", "5 messages per second", "data-refresh=\"1000\"", "Cancel"] {
        assert!(page.contains(told), "{told}: {page}");
    }
    scene.house.wait(Duration::from_secs(2));
    step(&scene.house, &task).await;
    scene.house.wait(Duration::from_secs(2));
    let page = visitor.page(&task).await;
    assert!(page.contains("Finished") && page.contains("All 3 messages were given to be sent."), "{page}");
    assert!(page.contains("of 3<") && !page.contains("data-refresh") && !page.contains("/cancel"));
    assert_eq!(scene.house.handed_over().await.len(), 3);
    let list = visitor.page(&format!("/app/{}/tasks", scene.app)).await;
    assert!(list.contains(&task) && list.contains("Recover failed messages") && list.contains("Finished"));
}

#[tokio::test]
async fn a_task_can_be_canceled_by_who_may() {
    let scene = Scene::with_failed(1).await;
    let visitor = scene.house.as_visitor(&scene.app, &[]).await;
    let task = visitor.post(&scene.path("recover"), &[]).await.led_to().expect("it leads to the task");
    let viewer = scene.house.as_visitor(&scene.app, LOOKING).await;
    assert!(!viewer.page(&task).await.contains("/cancel"));
    assert_eq!(viewer.post(&format!("{task}/cancel"), &[]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(viewer.get(&scene.path("recover")).await.status, StatusCode::FORBIDDEN);
    assert_eq!(viewer.post(&scene.path("recover"), &[]).await.status, StatusCode::FORBIDDEN);
    assert!(visitor.page(&task).await.contains("Running"), "nobody has ended it");
    assert_eq!(visitor.post(&format!("{task}/cancel"), &[]).await.led_to().as_ref(), Some(&task));
    let page = visitor.page(&task).await;
    assert!(page.contains("Canceled") && page.contains("What it had given to be sent by then goes on."));
    let other = scene.house.app("other").await;
    let stranger = scene.house.as_visitor(&other, &[]).await;
    assert_eq!(stranger.get(&task).await.status, StatusCode::NOT_FOUND);
    let here = task.replace(&scene.app, &other);
    assert_eq!(stranger.get(&here).await.status, StatusCode::NOT_FOUND, "nor in its own app");
}

#[tokio::test]
async fn what_is_missing_is_replayed() {
    let scene = Scene::with_failed(0).await;
    scene.house.message(&scene.app, "asset.created", json!({})).await;
    scene.house.wait(Duration::from_secs(10));
    let later = scene.house.endpoint(&scene.app, "https://example.com/later").await;
    let visitor = scene.house.as_visitor(&scene.app, &[]).await;
    let nothing = visitor.page(&scene.path("replay")).await;
    assert!(nothing.contains("Nothing is missing at this endpoint in this time."));
    let path = format!("/app/{}/endpoints/{later}/replay", scene.app);
    assert!(visitor.page(&path).await.contains("Replay 1 message<"));
    let begun = visitor.post(&path, &[("window", "week")]).await;
    assert!(begun.led_to().is_some_and(|task| task.contains("/tasks/qtask_")));
}

#[tokio::test]
async fn what_is_filled_in_wrong_stays_with_the_reason() {
    let scene = Scene::with_failed(1).await;
    let visitor = scene.house.as_visitor(&scene.app, &[]).await;
    for rate in ["0", "many"] {
        let refused = visitor.post(&scene.path("recover"), &[("window", "week"), ("rate", rate)]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            refused.text.contains("The rate must be") && refused.text.contains(&format!("value=\"{rate}\""))
        );
        assert!(refused.text.contains("value=\"week\" selected"));
    }
    let unsaid = visitor.post(&scene.path("recover"), &[("window", "custom")]).await;
    assert!(unsaid.text.contains("Since needs a date and time, in UTC."));
    scene.house.api("PATCH", &format!("/app/{}/endpoint/{}", scene.app, scene.endpoint), disabled()).await;
    assert!(visitor.page(&scene.path("recover")).await.contains("Enable it first"));
    let refused = visitor.post(&scene.path("recover"), &[]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
}

fn disabled() -> Value {
    json!({"disabled": true})
}

/// Does what the task has to do, as the engine does it.
async fn step(house: &House, task: &str) {
    let (_, id) = task.rsplit_once('/').expect("the path ends with the id");
    let task = house.store.find_task(TaskId::parse(id).expect("an id")).await.expect("it is there");
    let endpoint = house.store.find_endpoint(task.app, &task.endpoint.to_string()).await;
    let endpoint = endpoint.expect("it is there");
    let query = ReplayQuery { endpoint, work: task.work, choice: task.choice, after: 0 };
    let bounds = ReplayBounds { rows: 100, messages: 100 };
    let page = house.store.find_replayable(query, bounds).await.expect("the store reads");
    let step = ReplayStep {
        task: task.id,
        app: task.app,
        endpoint: task.endpoint,
        from: task.progress.cursor,
        page,
        now: house.clock.now(),
        notices: Vec::new(),
    };
    house.store.replay(step).await.expect("the store writes");
}
