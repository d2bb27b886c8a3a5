//! Finding a rate limit from the pages: the form and what it refuses, the trial as it is drawn, and the proposal.

use std::sync::Arc;

use async_trait::async_trait;
use axum::body::Body;
use bytes::Bytes;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use wirepost_control::rate_trial::{TrialReply, TrialSender, TrialSenders};
use wirepost_model::attempt::AttemptOutcome;
use wirepost_model::ids::{AppId, EndpointId, MessageId};

use crate::house::{Browser, House};

/// Receivers that take all they get.
pub(crate) struct TakesAll;

#[async_trait]
impl TrialSenders for TakesAll {
    async fn open(&self, _: AppId, _: EndpointId) -> Option<Arc<dyn TrialSender>> {
        Some(Arc::new(Self))
    }
}

#[async_trait]
impl TrialSender for TakesAll {
    async fn send(&self, _: MessageId, _: Bytes) -> Option<TrialReply> {
        let outcome = AttemptOutcome::Answered { status: 204, retry_after: None };
        Some(TrialReply { outcome, succeeded: true })
    }
}

const FIELDS: [(&str, &str); 5] = [
    ("event_type", "svix.ping"),
    ("rate_most", "4"),
    ("requests_most", "1000"),
    ("seconds_most", "120"),
    ("errors_percent_most", "5"),
];

/// An app with an endpoint, and the path of the form.
async fn furnished(house: &House) -> (String, String) {
    let app = house.app("acme").await;
    let endpoint = house.endpoint(&app, "https://one.example/").await;
    let path = format!("/app/{app}/endpoints/{endpoint}");
    (format!("{path}/testing/rate"), path)
}

/// Begins a trial; answers its path.
async fn begin(browser: &Browser<'_>, path: &str) -> String {
    let shown = browser.post(path, &FIELDS).await;
    shown.led_to().unwrap_or_else(|| panic!("{shown:?}"))
}

/// The next event that draws something: its name and its lines. `None` at the end of the stream.
async fn next_event(body: &mut Body) -> Option<(String, String)> {
    loop {
        let frame = body.frame().await?.expect("the stream is whole");
        let text = String::from_utf8_lossy(frame.data_ref().expect("data")).into_owned();
        let Some(rest) = text.strip_prefix("event: ") else { continue };
        let (name, lines) = rest.split_once('\n').expect("an event has data");
        let lines: Vec<_> = lines.lines().filter_map(|line| line.strip_prefix("data: ")).collect();
        return Some((name.to_owned(), lines.join("\n")));
    }
}

#[tokio::test]
async fn a_trial_is_drawn_to_its_end_and_its_proposal_applied() {
    let house = House::open().await;
    let (path, endpoint) = furnished(&house).await;
    let browser = house.as_visitor("acme", &[]).await;
    let trial = begin(&browser, &path).await;
    let page = browser.page(&trial).await;
    assert!(page.contains("Nothing was sent yet.") && page.contains("data-drawn="), "{page}");
    let answer = browser.follow(&format!("{trial}/events")).await;
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    let mut body = answer.into_body();
    // From here on nobody waits for the store alone, so that the seconds need not be real.
    tokio::time::pause();
    let mut drawn = Vec::new();
    while let Some((name, part)) = next_event(&mut body).await {
        drawn.push((name, part));
    }
    let (name, last) = drawn.pop().expect("it is drawn");
    assert_eq!(name, "end");
    assert!(drawn.iter().any(|(name, part)| name == "draw" && part.contains("Sending 4 requests a second.")));
    assert!(last.contains("Proposed: 4 messages per second") && last.contains("<svg"), "{last}");
    assert!(last.contains("did not degrade up to your bound of 4/s"), "{last}");
    let page = browser.page(&trial).await;
    assert!(page.contains("Proposed: 4 messages per second") && !page.contains("data-drawn"), "{page}");
    let refused = browser.post(&format!("{trial}/apply"), &[("throttle_rate", "many")]).await;
    assert_eq!(refused.status, 422);
    assert!(
        refused.text.contains("The rate limit must be a whole number.")
            && refused.text.contains("value=\"many\"")
    );
    let applied = browser.post(&format!("{trial}/apply"), &[("throttle_rate", "3")]).await;
    assert_eq!(applied.led_to(), Some(format!("{endpoint}/advanced?done=limited")));
    let api = endpoint.replace("/endpoints/", "/endpoint/");
    assert_eq!(house.api("GET", &api, Value::Null).await["throttleRate"], 3);
}

#[tokio::test]
async fn leaving_the_page_stops_the_trial() {
    let house = House::open().await;
    let (path, _) = furnished(&house).await;
    let browser = house.as_visitor("acme", &[]).await;
    let trial = begin(&browser, &path).await;
    let mut body = browser.follow(&format!("{trial}/events")).await.into_body();
    next_event(&mut body).await.expect("it is drawn");
    drop(body);
    let page = loop {
        let page = browser.page(&trial).await;
        if page.contains("The trial is over.") {
            break page;
        }
    };
    assert!(page.contains("nobody had this page open any more"), "{page}");
}

#[tokio::test]
async fn stop_stops() {
    let house = House::open().await;
    let (path, _) = furnished(&house).await;
    let browser = house.as_visitor("acme", &[]).await;
    let trial = begin(&browser, &path).await;
    let mut body = browser.follow(&format!("{trial}/events")).await.into_body();
    next_event(&mut body).await.expect("it is drawn");
    let stopped = browser.post(&format!("{trial}/stop"), &[]).await;
    assert_eq!(stopped.led_to(), Some(trial));
    let mut last = None;
    while let Some(event) = next_event(&mut body).await {
        last = Some(event);
    }
    let (name, part) = last.expect("its end is drawn");
    assert!(name == "end" && part.contains("Stopped by hand."), "{part}");
}

#[tokio::test]
async fn what_was_filled_in_stays_beside_what_is_wrong_with_it() {
    let house = House::open().await;
    let (path, _) = furnished(&house).await;
    let browser = house.as_visitor("acme", &[]).await;
    for (field, value, sentence) in [
        ("rate_most", "1001", "This must be 1 to 1000."),
        ("rate_most", "fast", "This must be a whole number."),
        ("requests_most", "19", "This must be 20 to 20000."),
        ("seconds_most", "200", "This must be 10 to 180."),
        ("errors_percent_most", "0", "This must be 1 to 50."),
    ] {
        let fields = FIELDS.map(|(name, known)| (name, if name == field { value } else { known }));
        let shown = browser.post(&path, &fields).await;
        assert_eq!(shown.status, 422);
        assert!(
            shown.text.contains(sentence) && shown.text.contains(&format!("value=\"{value}\"")),
            "{field}"
        );
    }
    begin(&browser, &path).await;
    let page = browser.page(&path).await;
    assert!(page.contains("This needs JavaScript") && page.contains("<option value=\"svix.ping\""), "{page}");
}

#[tokio::test]
async fn one_trial_runs_at_a_time_and_the_form_says_so() {
    let house = House::open().await;
    let (path, endpoint) = furnished(&house).await;
    let browser = house.as_visitor("acme", &[]).await;
    let trial = begin(&browser, &path).await;
    let mut body = browser.follow(&format!("{trial}/events")).await.into_body();
    while !next_event(&mut body).await.expect("it goes on").1.contains("Sending") {}
    let shown = browser.post(&path, &FIELDS).await;
    assert_eq!(shown.status, 422);
    assert!(shown.text.contains("A trial is running for this endpoint"), "{shown:?}");
    house.api("PATCH", &endpoint.replace("/endpoints/", "/endpoint/"), json!({"disabled": true})).await;
    let shown = browser.post(&path, &FIELDS).await;
    assert!(
        shown.status == 422 && shown.text.contains("The endpoint is disabled: enable it first."),
        "{shown:?}"
    );
}

#[tokio::test]
async fn who_may_not_send_finds_no_way_in() {
    let house = House::open().await;
    let (path, endpoint) = furnished(&house).await;
    let owner = house.as_visitor("acme", &[]).await;
    let trial = begin(&owner, &path).await;
    let viewer = house.as_visitor("acme", &["ViewBase"]).await;
    assert!(!viewer.page(&format!("{endpoint}/testing")).await.contains("Find my rate limit"));
    assert_eq!(viewer.get(&path).await.status, 403);
    assert_eq!(viewer.post(&path, &FIELDS).await.status, 403);
    assert_eq!(viewer.follow(&format!("{trial}/events")).await.status(), 403);
    assert_eq!(viewer.post(&format!("{trial}/stop"), &[]).await.status, 403);
    let page = viewer.page(&trial).await;
    assert!(!page.contains("data-drawn") && !page.contains(">Stop<"), "{page}");
    let tester = house.as_visitor("acme", &["ViewBase", "CreateAttempts"]).await;
    assert_eq!(tester.post(&format!("{trial}/apply"), &[("throttle_rate", "3")]).await.status, 403);
    let other = house.app("other").await;
    let stranger = house.as_visitor("other", &[]).await;
    assert_eq!(stranger.get(&trial).await.status, 404);
    assert_eq!(stranger.get(&trial.replace("/app/", &format!("/app/{other}"))).await.status, 404);
}
