//! The process that answers, as operators see it.

use std::time::Duration;

use serde_json::json;

use crate::house::House;

#[tokio::test]
async fn the_process_tells_how_it_is_and_what_it_keeps() {
    let house = House::open().await;
    house.wait(Duration::from_secs(3 * 3_600 + 120));
    let page = house.as_organisation().await.page("/server").await;
    for text in [
        env!("CARGO_PKG_VERSION"),
        "2026-01-31 12:00:00 UTC",
        "<dd>3 h 2 min</dd>",
        "Sends nothing",
        "http://127.0.0.1:8071",
        "On the disk: ",
        "after 90 days, or sooner if the message says so",
        "<dd>5 d</dd>",
        "<dd>as fast as it likes</dd>",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
}

#[tokio::test]
async fn only_who_administers_sees_the_server() {
    let house = House::open().await;
    let made = house.api("POST", "/admin/token", json!({"name": "v", "capabilities": ["ViewBase"]})).await;
    let viewer = house.with_token(made["token"].as_str().expect("it is shown")).await;
    assert_eq!(viewer.get("/server").await.status, 403);
    house.app("acme").await;
    assert_eq!(house.as_visitor("acme", &[]).await.get("/server").await.status, 403);
}
