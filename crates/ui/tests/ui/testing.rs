//! The tab Testing: which examples there are, what is sent, and what is told of it.

use serde_json::json;

use crate::house::House;

/// Two event types, one of which has an example; an app with an endpoint that hears of the other.
async fn furnish(house: &House) -> (String, String) {
    house
        .make(
            "/event-type",
            json!({
                "name": "asset.created", "description": "A new asset",
                "schemas": {"1": {"examples": [{"asset": "<i>1</i>"}, {"asset": "second"}]}},
            }),
        )
        .await;
    house.make("/event-type", json!({"name": "user.joined", "description": ""})).await;
    house.make("/event-type", json!({"name": "old.news", "description": "", "archived": true})).await;
    let app = house.app("acme").await;
    let body = json!({"url": "https://example.com/hook", "eventTypes": ["asset.created"]});
    let endpoint = house.make(&format!("/app/{app}/endpoint"), body).await;
    (format!("/app/{app}/endpoints/{endpoint}/testing"), app)
}

#[tokio::test]
async fn an_example_is_sent_and_followed_until_it_ended() {
    let house = House::open().await;
    let (path, app) = furnish(&house).await;
    let browser = house.as_organisation().await;
    let page = browser.page(&path).await;
    assert!(page.contains("&#60;i&#62;1&#60;/i&#62;") && page.contains("Send Example"), "{page}");
    let shown = browser.post(&path, &[("event_type", "asset.created"), ("example", "1")]).await;
    assert_eq!(shown.status, 303, "{shown:?}");
    let after = shown.led_to().expect("it leads to what comes of it");
    let page = browser.page(&after).await;
    assert!(page.contains("Sent: asset.created") && page.contains("data-refresh=\"1000\""), "{page}");
    assert!(page.contains("Pending") && page.contains("&#34;second&#34;"), "{page}");
    assert!(page.contains(&format!("href=\"/app/{app}/logs/msg_")), "{page}");

    house.attempt_all(Some(200), "", "taken, <b>thanks</b>").await;
    let page = browser.page(&after).await;
    assert!(page.contains("Delivered at the first attempt.") && page.contains("200 Succeeded"), "{page}");
    assert!(page.contains("taken, &#60;b&#62;thanks&#60;/b&#62;"), "{page}");
    assert!(!page.contains("data-refresh"), "it ended: {page}");
}

#[tokio::test]
async fn a_failure_is_told_with_what_it_means() {
    let house = House::open().await;
    let (path, _) = furnish(&house).await;
    let browser = house.as_organisation().await;
    let shown = browser.post(&path, &[("event_type", "asset.created")]).await;
    house.attempt_all(Some(401), "", "").await;
    let page = browser.page(&shown.led_to().expect("it leads on")).await;
    assert!(page.contains("401 Failed") && page.contains("it wants credentials"), "{page}");
}

#[tokio::test]
async fn what_the_endpoint_hears_of_stands_first_and_what_is_archived_nowhere() {
    let house = House::open().await;
    let (path, _) = furnish(&house).await;
    let browser = house.as_organisation().await;
    let page = browser.page(&path).await;
    let at = |text: &str| page.find(text).unwrap_or_else(|| panic!("no {text} in {page}"));
    assert!(at("<h3>Subscribed</h3>") < at("asset.created</a>"));
    assert!(at("asset.created</a>") < at("<h3>Not subscribed</h3>"));
    assert!(at("<h3>Not subscribed</h3>") < at("user.joined</a>"));
    assert!(!page.contains("old.news"));
    let page = browser.page(&format!("{path}?find=joi")).await;
    assert!(page.contains("user.joined</a>") && !page.contains("asset.created</a>"), "{page}");
    let page = browser.page(&format!("{path}?find=nothing+like+it")).await;
    assert!(page.contains("No event type fits."), "{page}");
}

#[tokio::test]
async fn what_cannot_be_sent_says_why() {
    let house = House::open().await;
    let (path, app) = furnish(&house).await;
    let browser = house.as_organisation().await;
    let page = browser.page(&format!("{path}?type=user.joined")).await;
    assert!(page.contains("no example that is a JSON object") && !page.contains("Send Example"), "{page}");
    let shown = browser.post(&path, &[("event_type", "user.joined")]).await;
    assert_eq!(shown.status, 422, "{shown:?}");
    assert!(shown.text.contains("Nothing was sent. The event type has no example"), "{shown:?}");
    let endpoint = path.split('/').nth(4).expect("the path names it");
    house.api("PATCH", &format!("/app/{app}/endpoint/{endpoint}"), json!({"disabled": true})).await;
    let page = browser.page(&path).await;
    assert!(page.contains("The endpoint is disabled") && !page.contains("Send Example"), "{page}");
    let shown = browser.post(&path, &[("event_type", "asset.created")]).await;
    assert!(shown.status == 422 && shown.text.contains("Nothing was sent."), "{shown:?}");
    assert_eq!(browser.post(&path, &[("event_type", "gone.away")]).await.status, 404);
}

#[tokio::test]
async fn who_may_only_look_sees_the_example_and_cannot_send_it() {
    let house = House::open().await;
    let (path, _) = furnish(&house).await;
    let browser = house.as_visitor("acme", &["ViewBase"]).await;
    let page = browser.page(&path).await;
    assert!(page.contains("You may look, but not send.") && !page.contains("Send Example"), "{page}");
    assert!(!page.contains("Check connection"), "{page}");
    assert_eq!(browser.post(&path, &[("event_type", "asset.created")]).await.status, 403);
    assert!(house.handed_over().await.is_empty());
}

#[tokio::test]
async fn a_message_of_another_app_is_not_told_of() {
    let house = House::open().await;
    let (path, _) = furnish(&house).await;
    let other = house.app("other").await;
    house.endpoint(&other, "https://example.com/other").await;
    let message = house.message(&other, "asset.created", json!({"a": 1})).await;
    let browser = house.as_visitor("acme", &[]).await;
    let page = browser.page(&format!("{path}?sent={message}")).await;
    assert!(!page.contains("Sent: ") && !page.contains(&message), "{page}");
}
