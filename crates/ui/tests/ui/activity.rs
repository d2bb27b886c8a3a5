//! What was sent in the last hours and days.

use std::time::Duration;

use serde_json::json;

use crate::house::House;

const HOUR: Duration = Duration::from_secs(3_600);

/// An app with an endpoint and an attempt of this outcome; gives back the app's id and the endpoint's.
async fn attempted(house: &House, status: u16) -> (String, String) {
    let app = house.app("acme").await;
    house.event_type("asset.created").await;
    let endpoint = house.endpoint("acme", "https://example.com/hook").await;
    house.message("acme", "asset.created", json!({"n": 1})).await;
    house.attempt_all(Some(status), "", "").await;
    (app, endpoint)
}

#[tokio::test]
async fn without_attempts_the_page_says_so_for_each_range() {
    let house = House::open().await;
    let app = house.app("acme").await;
    let browser = house.as_visitor("acme", &["ViewBase"]).await;
    let here = format!("/app/{app}/activity");
    for (query, period) in
        [("", "the last 6 hours"), ("?range=24h", "the last 24 hours"), ("?range=7d", "the last 7 days")]
    {
        let page = browser.page(&format!("{here}{query}")).await;
        let sentence = format!("No attempts have been made to your endpoints in {period}.");
        assert!(page.contains(&sentence), "{page}");
        assert!(!page.contains("<svg"), "an empty chart tells nothing");
    }
    assert!(browser.page(&format!("{here}?range=1y")).await.contains("the last 6 hours"));
}

#[tokio::test]
async fn attempts_are_drawn_told_and_listed_by_endpoint() {
    let house = House::open().await;
    let (app, endpoint) = attempted(&house, 200).await;
    house.message("acme", "asset.created", json!({"n": 2})).await;
    house.attempt_all(Some(500), "", "").await;
    let browser = house.as_visitor("acme", &[]).await;
    let page = browser.page(&format!("/app/{app}/activity")).await;
    assert!(page.contains("role=\"img\"") && page.contains("aria-labelledby=\"chart-title chart-words\""));
    let told = "31 Jan 12:00: 1 succeeded, 1 failed";
    assert!(page.contains(&format!("2 attempts, of which 1 failed. Most at {told}.")), "{page}");
    assert!(page.contains("<tr><td>31 Jan 12:00<td>1<td>1<td>39 ms<td>45 ms\n"), "the table tells the same");
    assert!(
        page.contains(&format!("<a href=\"/app/{app}/endpoints/{endpoint}\">https://example.com/hook</a>"))
    );
    assert!(page.contains("<b>50.0 %</b>"));
    assert!(page.contains("<b>39 ms</b>") && page.contains("<b>45 ms</b>"), "both took 42 ms: {page}");
}

#[tokio::test]
async fn what_is_past_a_range_is_in_the_longer_ones() {
    let house = House::open().await;
    let (app, _) = attempted(&house, 200).await;
    let browser = house.as_visitor("acme", &[]).await;
    let seen = async |query: &str| {
        let page = browser.page(&format!("/app/{app}/activity{query}")).await;
        page.contains("1 attempt, of which 0 failed")
    };
    house.wait(HOUR * 6);
    assert!(seen("").await, "six hours ago are in the last six hours");
    house.wait(Duration::from_secs(300));
    assert!(!seen("").await && seen("?range=24h").await);
    house.wait(HOUR * 18);
    let browser = house.as_visitor("acme", &[]).await;
    let seen = async |query: &str| {
        let page = browser.page(&format!("/app/{app}/activity{query}")).await;
        page.contains("1 attempt, of which 0 failed")
    };
    assert!(!seen("?range=24h").await && seen("?range=7d").await);
}

#[tokio::test]
async fn a_deleted_endpoint_is_named_and_leads_nowhere() {
    let house = House::open().await;
    let (app, endpoint) = attempted(&house, 200).await;
    house.api("DELETE", &format!("/app/acme/endpoint/{endpoint}"), json!(null)).await;
    let browser = house.as_visitor("acme", &[]).await;
    let page = browser.page(&format!("/app/{app}/activity")).await;
    assert!(page.contains(&format!("<span class=\"mono\">{endpoint}</span>")), "{page}");
    assert!(!page.contains(&format!("/endpoints/{endpoint}\"")));
}

#[tokio::test]
async fn another_customers_activity_does_not_exist() {
    let house = House::open().await;
    house.app("acme").await;
    let other = house.app("other").await;
    let browser = house.as_visitor("acme", &[]).await;
    assert_eq!(browser.get(&format!("/app/{other}/activity")).await.status, 404);
}
