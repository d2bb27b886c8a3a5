//! The log of an app: its messages with what became of them, and the way to one by its name.

use axum::body::Body;
use http_body_util::BodyExt;
use serde_json::json;

use crate::house::House;

/// What comes next of an answer without an end; empty when it ended.
async fn next(body: &mut Body) -> String {
    match body.frame().await {
        Some(frame) => {
            let bytes = frame.expect("it is whole").into_data().expect("it is data");
            String::from_utf8(bytes.to_vec()).expect("it is text")
        }
        None => String::new(),
    }
}

/// The next row that comes by itself; empty when there will be none.
async fn next_row(body: &mut Body) -> String {
    loop {
        let text = next(body).await;
        if text.is_empty() || text.starts_with("event: row") {
            return text;
        }
    }
}

#[tokio::test]
async fn messages_stand_with_what_became_of_them() {
    let house = House::open().await;
    let app = house.app("acme").await;
    let browser = house.as_visitor("acme", &[]).await;
    let page = browser.page(&format!("/app/{app}/logs")).await;
    assert!(page.contains("No messages yet"), "{page}");
    house.message(&app, "asset.created", json!({})).await;
    assert!(browser.page(&format!("/app/{app}/logs")).await.contains("no endpoint"));
    house.endpoint(&app, "https://one.example/").await;
    house.endpoint(&app, "https://two.example/<b>").await;
    house.message(&app, "asset.created", json!({"event": {"id": "event <7>"}})).await;
    let page = browser.page(&format!("/app/{app}/logs")).await;
    assert!(page.contains("2 waiting") && page.contains("event &#60;7&#62;"), "{page}");
    let due = house.handed_over().await;
    house.attempt(&due[0], Some(200), "", "").await;
    house.attempt(&due[1], Some(500), "", "").await;
    let page = browser.page(&format!("/app/{app}/logs")).await;
    assert!(page.contains("1 delivered, 1 failed"), "{page}");
    assert!(page.contains("<i class=\"good\" title=\"https://one.example/: delivered\">"), "{page}");
    assert!(page.contains("<i class=\"bad\" title=\"https://two.example/&#60;b&#62;: failed\">"), "{page}");
}

#[tokio::test]
async fn dots_are_few_and_failures_are_among_them() {
    let house = House::open().await;
    let app = house.app("acme").await;
    for number in 0..15 {
        house.endpoint(&app, &format!("https://e{number}.example/")).await;
    }
    house.message(&app, "asset.created", json!({})).await;
    let due = house.handed_over().await;
    let last = due.len() - 1;
    for (number, delivery) in due.iter().enumerate() {
        house.attempt(delivery, Some(if number == last { 500 } else { 200 }), "", "").await;
    }
    let browser = house.as_visitor("acme", &[]).await;
    let page = browser.page(&format!("/app/{app}/logs")).await;
    assert_eq!(page.matches("<i class=\"good\"").count(), 11);
    assert_eq!(page.matches("<i class=\"bad\"").count(), 1);
    assert!(page.contains("+3") && page.contains("14 delivered, 1 failed"), "{page}");
}

#[tokio::test]
async fn a_name_leads_to_its_message() {
    let house = House::open().await;
    let app = house.app("acme").await;
    let other = house.app("other").await;
    let named = json!({"eventType": "asset.created", "eventId": "own-1", "payload": {}});
    let own = house.make(&format!("/app/{app}/msg"), named).await;
    let payload = json!({"event": {"id": "e 1"}});
    let first = house.message(&app, "asset.created", payload.clone()).await;
    let browser = house.as_visitor("acme", &[]).await;
    let jump = async |name: &str| browser.get(&format!("/app/{app}/logs?find={name}")).await;
    for (name, id) in [(own.as_str(), &own), ("own-1", &own), ("+e+1+", &first)] {
        assert_eq!(jump(name).await.led_to(), Some(format!("/app/{app}/logs/{id}")), "{name}");
    }
    let second = house.message(&app, "asset.created", payload).await;
    let several = jump("e+1").await;
    assert_eq!(several.status, 200);
    assert!(several.text.contains("Messages called “e 1”"), "{several:?}");
    let at = |id: &str| several.text.find(&format!("data-row=\"{id}\"")).expect("it is listed");
    assert!(at(&second) < at(&first));
    let foreign = house.message(&other, "asset.created", json!({})).await;
    for name in ["%3Cb%3E", foreign.as_str()] {
        let none = jump(name).await;
        assert_eq!(none.status, 200);
        assert!(none.text.contains("There is no message with this id or event id."), "{none:?}");
        assert!(!none.text.contains("<b>"));
    }
}

#[tokio::test]
async fn rows_come_by_themselves_and_again_when_they_change() {
    let house = House::open().await;
    let app = house.app("acme").await;
    house.endpoint(&app, "https://one.example/").await;
    house.message(&app, "asset.moved", json!({})).await;
    let first = house.message(&app, "asset.created", json!({})).await;
    let browser = house.as_visitor("acme", &[]).await;
    let answer = browser.follow(&format!("/app/{app}/logs/live?type=asset.created")).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    let mut body = answer.into_body();
    let row = next_row(&mut body).await;
    assert!(row.contains(&format!("data-row=\"{first}\"")) && row.contains("1 waiting"), "{row}");
    let page = browser.page(&format!("/app/{app}/logs?type=asset.created")).await;
    let lines = row.lines().filter_map(|line| line.strip_prefix("data: "));
    for line in lines {
        assert!(page.contains(line), "the row stands so in the page too: {line}");
    }
    house.attempt_all(Some(200), "", "").await;
    let row = next_row(&mut body).await;
    assert!(row.contains(&first) && row.contains("1 delivered"), "{row}");
    let second = house.message(&app, "asset.created", json!({})).await;
    let row = next_row(&mut body).await;
    assert!(row.contains(&second), "{row}");
    house.streams.close();
    assert_eq!(next_row(&mut body).await, "", "the server stops");
    assert_eq!(browser.follow(&format!("/app/{app}/logs/live")).await.status(), 503);
}

#[tokio::test]
async fn a_stream_ends_with_its_session() {
    let house = House::open().await;
    let app = house.app("acme").await;
    let browser = house.as_visitor("acme", &[]).await;
    let mut body = browser.follow(&format!("/app/{app}/logs/live")).await.into_body();
    assert_eq!(next(&mut body).await, ": still here\n\n");
    browser.post("/logout", &[]).await;
    tokio::time::pause();
    assert_eq!(next_row(&mut body).await, "");
    assert_eq!(browser.follow(&format!("/app/{app}/logs/live")).await.status(), 303);
}

#[tokio::test]
async fn streams_are_bounded_and_their_filters_must_be_good() {
    let house = House::open().await;
    let app = house.app("acme").await;
    let other = house.app("other").await;
    let browser = house.as_visitor("acme", &[]).await;
    let path = format!("/app/{app}/logs/live");
    let mut open = Vec::new();
    for _ in 0..8 {
        let answer = browser.follow(&path).await;
        assert_eq!(answer.status(), 200);
        open.push(answer.into_body());
    }
    let refused = browser.get(&path).await;
    assert_eq!(refused.status, 503);
    assert!(refused.text.contains("Too many people"), "{refused:?}");
    assert_eq!(browser.get(&format!("{path}?after=soon")).await.status, 422);
    assert_eq!(browser.get(&format!("/app/{other}/logs/live")).await.status, 404);
}

#[tokio::test]
async fn the_page_says_whether_it_is_live() {
    let house = House::open().await;
    let app = house.app("acme").await;
    let browser = house.as_visitor("acme", &[]).await;
    let off = browser.page(&format!("/app/{app}/logs?type=a.b")).await;
    assert!(off.contains(&format!("href=\"/app/{app}/logs?type=a.b&#38;live=1\">Live</a>")), "{off}");
    assert!(!off.contains("data-live"));
    let on = browser.page(&format!("/app/{app}/logs?type=a.b&live=1")).await;
    assert!(on.contains(&format!("data-from=\"/app/{app}/logs/live?type=a.b\"")), "{on}");
    assert!(on.contains(&format!("href=\"/app/{app}/logs?type=a.b\">Stop Live</a>")), "{on}");
    assert!(on.contains("name=\"live\" value=\"1\""), "filtering keeps it: {on}");
}

#[tokio::test]
async fn an_endpoint_shows_its_attempts() {
    let house = House::open().await;
    let app = house.app("acme").await;
    let endpoint = house.endpoint(&app, "https://one.example/").await;
    let browser = house.as_visitor("acme", &[]).await;
    let path = format!("/app/{app}/endpoints/{endpoint}");
    assert!(browser.page(&path).await.contains("No attempts yet"));
    let good = house.message(&app, "asset.created", json!({})).await;
    house.attempt_all(Some(204), "", "").await;
    let bad = house.message(&app, "asset.moved", json!({})).await;
    house.attempt_all(None, "refused", "").await;
    let shown = async |question: &str| {
        let page = browser.page(&format!("{path}?{question}")).await;
        let (_, list) = page.split_once("id=\"attempts\"").expect("the list is there");
        [&good, &bad].map(|id| list.contains(&format!("href=\"/app/{app}/logs/{id}?attempt=")))
    };
    for (question, expected) in [
        ("", [true, true]),
        ("status=succeeded", [true, false]),
        ("status=failed", [false, true]),
        ("status=failed&type=asset.created", [false, false]),
        ("type=asset.created&after=5h", [true, false]),
        ("before=yesterday", [false, false]),
    ] {
        assert_eq!(shown(question).await, expected, "{question}");
    }
    let page = browser.page(&path).await;
    assert!(page.contains(">No answer</span>") && page.contains(">204</span>"), "{page}");
    assert!(page.contains("Scheduled"));
    let refused = browser.get(&format!("{path}?before=custom&status=failed")).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text.contains("Before Date needs a date and time, in UTC"));
}
