//! The page of a message: its contents, how it stands at each endpoint, its attempts, and what people may do with it.

use std::time::Duration;

use http::StatusCode;
use serde_json::{Value, json};
use wirepost_model::attempt::{Attempt, AttemptContent, Timing, Trigger};
use wirepost_model::clock::Clock;
use wirepost_model::delivery::{DeliveryKey, DeliveryState};
use wirepost_store::accepted::DueDelivery;
use wirepost_store::deliveries::{AttemptRecord, Deliveries};

use crate::house::House;

/// A person who may look and nothing more.
const LOOKING: &[&str] = &["ViewBase"];
/// What must never come out of a page as it went in.
const MARKUP: &str = "</pre><script>alert(1)</script><img src=x onerror=alert(2)>\"'&";

/// A house with the app `acme`, one endpoint, and the event type `asset.created`.
struct Scene {
    house: House,
    app: String,
    endpoint: String,
}

impl Scene {
    async fn set() -> Self {
        let house = House::open().await;
        let app = house.app("acme").await;
        house.event_type("asset.created").await;
        let endpoint = house.endpoint(&app, "https://example.com/in").await;
        Self { house, app, endpoint }
    }

    async fn message(&self, payload: Value) -> String {
        self.house.message(&self.app, "asset.created", payload).await
    }

    fn path(&self, message: &str) -> String {
        format!("/app/{}/logs/{message}", self.app)
    }

    /// Records a failed attempt that is followed by another in five minutes.
    async fn fail_for_now(&self, delivery: &DueDelivery, attempt: Attempt, body: &str) {
        let content = AttemptContent {
            signature: "v1,abc".to_owned(),
            response_headers: format!("content-type: text/html\nx-odd: {MARKUP}").into(),
            response_body: body.as_bytes().to_vec().into(),
        };
        let due_at = self.house.clock.now().plus(Duration::from_secs(300));
        let record = AttemptRecord {
            attempt,
            content,
            read_revision: delivery.progress.revision,
            state: DeliveryState::Pending { due_at },
            tries: 3,
        };
        self.house.store.record_attempts(vec![record], vec![]).await.expect("the store keeps it");
    }

    fn answered(&self, key: DeliveryKey, status: u16) -> Attempt {
        let started_at = self.house.clock.now();
        Attempt {
            id: self.house.ids.next(started_at),
            delivery: key,
            trigger: Trigger::Scheduled,
            started_at,
            duration: Duration::from_millis(1_234),
            succeeded: false,
            status: Some(status),
            failure: None,
            remote_address: Some("192.0.2.1:443".to_owned()),
            timing: Timing {
                dns: Some(Duration::from_millis(3)),
                connect: Some(Duration::from_millis(20)),
                tls: None,
                first_byte: Some(Duration::from_millis(1_200)),
            },
            url: "https://example.com/in".into(),
        }
    }
}

#[tokio::test]
async fn a_fresh_message_says_what_is_known_of_it() {
    let scene = Scene::set().await;
    let wanted = json!({"eventType": "asset.created", "eventId": "e-1", "channels": ["north"], "tags": ["nightly"],
        "payload": {"n": 1}});
    let message = scene.house.make(&format!("/app/{}/msg", scene.app), wanted).await;
    let visitor = scene.house.as_visitor(&scene.app, &[]).await;
    let page = visitor.page(&scene.path(&message)).await;
    for told in [&message, "asset.created", "e-1", "north", "nightly", "2026-01-31 12:00:00 UTC", "Pending"] {
        assert!(page.contains(told), "{told}");
    }
    assert!(page.contains("{\n  &#34;n&#34;: 1\n}"), "it is laid out");
    assert!(page.contains("No attempt was made yet."));
    assert!(page.contains("data-refresh=\"1000\""), "it looks again by itself");
    let by_event_id = visitor.get(&scene.path("e-1")).await;
    assert_eq!(by_event_id.led_to(), Some(scene.path(&message)));
}

#[tokio::test]
async fn a_message_is_called_on_its_page_as_in_the_log() {
    let scene = Scene::set().await;
    let by_payload = scene.message(json!({"event": {"id": "in-payload"}})).await;
    let wanted =
        json!({"eventType": "asset.created", "eventId": "given", "payload": {"event": {"id": "unused"}}});
    let by_sender = scene.house.make(&format!("/app/{}/msg", scene.app), wanted).await;
    let neither = scene.message(json!({"n": 1})).await;
    let visitor = scene.house.as_visitor(&scene.app, &[]).await;
    for (message, called) in [(&by_payload, "in-payload"), (&by_sender, "given"), (&neither, "none")] {
        let page = visitor.page(&scene.path(message)).await;
        let (_, behind) = page.split_once("Event ID</dt>").expect("it is told");
        let (told, _) = behind.split_once("</dd>").expect("it ends");
        assert!(told.contains(called), "{told}");
    }
}

#[tokio::test]
async fn a_delivery_under_way_says_how_far_it_is_and_why_it_waits() {
    let scene = Scene::set().await;
    let message = scene.message(json!({"n": 1})).await;
    let delivery = scene.house.handed_over().await.remove(0);
    let attempt = scene.answered(delivery.key, 503);
    let id = attempt.id.to_string();
    scene.fail_for_now(&delivery, attempt, "busy").await;
    let visitor = scene.house.as_visitor(&scene.app, &[]).await;
    let page = visitor.page(&scene.path(&message)).await;
    for told in [
        "3 of 9 attempts used.",
        "2026-01-31 12:05:00 UTC</time> (in 5 min)",
        "The receiver answered 503",
        "Look whether the receiver runs.",
        "The next attempt is made at",
        "503 Failed",
        "Scheduled · 1,234 ms",
        "192.0.2.1:443",
        "DNS 3 ms · Connect 20 ms · First byte 1,200 ms",
        "busy",
    ] {
        assert!(page.contains(told), "{told}: {page}");
    }
    assert!(page.contains(&format!("<details class=\"attempt\" id=\"{id}\" open>")));
    assert!(page.contains("data-refresh=\"10000\""), "there is time until then");
}

#[tokio::test]
async fn an_attempt_is_shown_whole_with_the_command_that_repeats_it() {
    let scene = Scene::set().await;
    let message = scene.message(json!({"n": "it's"})).await;
    let delivery = scene.house.handed_over().await.remove(0);
    let attempt = scene.answered(delivery.key, 500);
    let path = format!("{}/attempts/{}", scene.path(&message), attempt.id);
    scene.fail_for_now(&delivery, attempt, MARKUP).await;
    let visitor = scene.house.as_visitor(&scene.app, &[]).await;
    let page = visitor.page(&path).await;
    for told in
        ["The receiver answered 500", "webhook-signature: v1,abc", "content-type: text/html", "Copy curl"]
    {
        assert!(page.contains(told), "{told}");
    }
    assert!(page.contains("curl --globoff --include --url &#39;https://example.com/in&#39;"));
    assert!(!page.contains("<script>alert") && !page.contains("<img"), "what came back stays text");
    let command = visitor.get(&format!("{path}/curl")).await;
    assert!(
        command.text.starts_with("curl --globoff") && command.header("content-disposition").contains(".sh")
    );
    let other = scene.message(json!({})).await;
    let elsewhere = path.replace(&message, &other);
    assert_eq!(visitor.get(&elsewhere).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn whatever_stands_in_contents_stays_text() {
    let scene = Scene::set().await;
    let message = scene.message(json!({"html": MARKUP, "number": 1})).await;
    scene.house.attempt_all(Some(500), "", MARKUP).await;
    let visitor = scene.house.as_visitor(&scene.app, &[]).await;
    for path in [scene.path(&message), format!("{}?contents=raw", scene.path(&message))] {
        let page = visitor.page(&path).await;
        assert!(!page.contains("<script>alert") && !page.contains("<img"), "{path}");
    }
    let file = visitor.get(&format!("{}/contents", scene.path(&message))).await;
    assert_eq!(file.header("content-type"), "text/plain; charset=utf-8");
    assert_eq!(file.header("x-content-type-options"), "nosniff");
    assert_eq!(file.header("content-disposition"), format!("attachment; filename=\"{message}.json\""));
    assert!(file.text.contains("<script>"), "the file is as it came");
}

#[tokio::test]
async fn large_contents_are_cut_and_can_be_downloaded() {
    let scene = Scene::set().await;
    let message = scene.message(json!({"long": "ä".repeat(50_000)})).await;
    let visitor = scene.house.as_visitor(&scene.app, &[]).await;
    let page = visitor.page(&scene.path(&message)).await;
    assert!(page.len() < 30_000, "{} bytes", page.len());
    assert!(page.contains("Download all 100.0 KB") && !page.contains("data-copy=\"contents\""));
    let file = visitor.get(&format!("{}/contents", scene.path(&message))).await;
    assert_eq!(file.text, json!({"long": "ä".repeat(50_000)}).to_string());
}

#[tokio::test]
async fn many_attempts_come_in_pages_and_can_be_narrowed() {
    let scene = Scene::set().await;
    let message = scene.message(json!({})).await;
    let delivery = scene.house.handed_over().await.remove(0);
    let mut ids = Vec::new();
    for number in 0..25 {
        let status = if number == 3 { 200 } else { 500 };
        ids.push(scene.house.attempt(&delivery, Some(status), "", "").await);
    }
    let visitor = scene.house.as_visitor(&scene.app, &[]).await;
    let shown = |page: &str| ids.iter().filter(|id| page.contains(&format!("id=\"{id}\""))).count();
    let first = visitor.page(&scene.path(&message)).await;
    assert!(shown(&first) == 10 && first.contains(&format!("id=\"{}\"", ids[24])) && first.contains("Older"));
    let older = format!("{}?before={}", scene.path(&message), ids[15]);
    assert!(first.contains(&format!("before={}", ids[15])));
    let second = visitor.page(&older).await;
    assert!(
        shown(&second) == 10 && second.contains(&format!("id=\"{}\"", ids[14])) && second.contains("Newest")
    );
    let last = visitor.page(&format!("{}?before={}", scene.path(&message), ids[5])).await;
    assert!(shown(&last) == 5 && !last.contains("Older"));
    let one = visitor.page(&format!("{}?attempt={}", scene.path(&message), ids[8])).await;
    assert!(one.contains(&format!("id=\"{}\" open", ids[8])) && !one.contains(&format!("id=\"{}\"", ids[9])));
    let succeeded = visitor.page(&format!("{}?show=succeeded", scene.path(&message))).await;
    assert!(shown(&succeeded) == 1 && succeeded.contains("200 Succeeded"));
    let failed = visitor.page(&format!("{}?show=failed", scene.path(&message))).await;
    assert!(shown(&failed) == 10 && !failed.contains("200 Succeeded"));
}

#[tokio::test]
async fn attempts_at_one_endpoint_can_be_shown_alone() {
    let scene = Scene::set().await;
    scene.house.endpoint(&scene.app, "https://example.com/other").await;
    let message = scene.message(json!({})).await;
    let attempts = scene.house.attempt_all(Some(500), "", "no").await;
    let visitor = scene.house.as_visitor(&scene.app, &[]).await;
    let path = format!("{}?endpoint={}", scene.path(&message), scene.endpoint);
    assert!(visitor.page(&scene.path(&message)).await.contains(&format!("href=\"{path}#attempts\"")));
    let page = visitor.page(&path).await;
    let shown = attempts.iter().filter(|id| page.contains(&format!("id=\"{id}\""))).count();
    assert!(attempts.len() == 2 && shown == 1 && page.contains("Only attempts at one endpoint."));
}

#[tokio::test]
async fn who_may_resends_and_who_may_not_has_no_button() {
    let scene = Scene::set().await;
    let message = scene.message(json!({})).await;
    scene.house.attempt_all(Some(500), "", "no").await;
    let path = scene.path(&message);
    let resend = format!("{path}/resend");
    let visitor = scene.house.as_visitor(&scene.app, &[]).await;
    assert!(visitor.page(&path).await.contains("aria-label=\"Resend to https://example.com/in\""));
    let sent = visitor.post(&resend, &[("endpoint", &scene.endpoint)]).await;
    assert_eq!(sent.led_to(), Some(format!("{path}?done=resent#outcome")));
    let handed_over = scene.house.handed_over().await;
    assert!(handed_over.len() == 1 && handed_over[0].progress.resend.is_some(), "one attempt by hand");
    assert!(visitor.page(&format!("{path}?done=resent")).await.contains("It is sent once more, now."));
    let viewer = scene.house.as_visitor(&scene.app, LOOKING).await;
    let page = viewer.page(&path).await;
    assert!(!page.contains("Resend") && !page.contains("/resend"));
    let refused = viewer.post(&resend, &[("endpoint", &scene.endpoint)]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(scene.house.handed_over().await.is_empty());
    let stranger = visitor.post_bare(&resend, &[("endpoint", &scene.endpoint)], &[]).await;
    assert_eq!(stranger.status, StatusCode::FORBIDDEN, "without the form's key nothing is sent");
}

#[tokio::test]
async fn endpoints_that_did_not_get_it_say_why_and_can_be_sent_it() {
    let scene = Scene::set().await;
    let other = json!({"url": "https://example.com/other", "filterTypes": ["asset.deleted"]});
    scene.house.event_type("asset.deleted").await;
    let other = scene.house.make(&format!("/app/{}/endpoint", scene.app), other).await;
    let message = scene.message(json!({})).await;
    let visitor = scene.house.as_visitor(&scene.app, &[]).await;
    let path = scene.path(&message);
    let page = visitor.page(&path).await;
    assert!(page.contains("The endpoint wants asset.deleted; this is asset.created."));
    assert!(page.contains("<details class=\"card flush\" id=\"missed\">"));
    assert!(visitor.page(&format!("{path}?missed=open")).await.contains("id=\"missed\" open>"));
    assert_eq!(
        visitor.post(&format!("{path}/resend"), &[("endpoint", &other)]).await.status,
        StatusCode::SEE_OTHER
    );
    let page = visitor.page(&path).await;
    assert!(!page.contains("The endpoint wants asset.deleted"), "it goes there now");
}

#[tokio::test]
async fn contents_that_are_gone_say_so_and_the_rows_stay() {
    let scene = Scene::set().await;
    let message = scene.message(json!({"secret": "gone"})).await;
    scene.house.attempt_all(Some(500), "", "no").await;
    let path = scene.path(&message);
    let visitor = scene.house.as_visitor(&scene.app, &[]).await;
    assert!(!visitor.page(&path).await.contains("/remove"));
    assert_eq!(visitor.post(&format!("{path}/remove"), &[]).await.status, StatusCode::FORBIDDEN);
    let organisation = scene.house.as_organisation().await;
    assert!(organisation.page(&path).await.contains(&format!("{path}/remove")));
    assert!(
        organisation.page(&format!("{path}/remove")).await.contains("Remove the contents of this message?")
    );
    let removed = organisation.post(&format!("{path}/remove"), &[]).await;
    assert_eq!(removed.led_to(), Some(format!("{path}?done=removed")));
    let page = organisation.page(&path).await;
    assert!(page.contains("The contents were removed") && page.contains("500 Failed"));
    assert!(!page.contains("secret") && !page.contains("/resend"), "there is nothing to send");
    assert_eq!(organisation.get(&format!("{path}/contents")).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let resent = organisation.post(&format!("{path}/resend"), &[("endpoint", &scene.endpoint)]).await;
    assert_eq!(resent.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_message_of_another_app_does_not_exist() {
    let scene = Scene::set().await;
    let message = scene.message(json!({})).await;
    let other = scene.house.app("other").await;
    let visitor = scene.house.as_visitor(&other, &[]).await;
    for path in
        [scene.path(&message), format!("/app/{other}/logs/{message}"), format!("/app/{other}/logs/msg_x")]
    {
        assert_eq!(visitor.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}
