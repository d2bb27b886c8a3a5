//! The pages of endpoints: the list, a new one, and all that can be seen and changed of one.

use std::time::Duration;

use serde_json::{Value, json};
use wirepost_control::ControlSettings;
use wirepost_model::clock::Clock;
use wirepost_model::endpoint::{Disabled, DisabledReason};
use wirepost_model::ids::{AppId, EndpointId};
use wirepost_model::names::Uid;
use wirepost_store::deliveries::{Deliveries, HealthChange};
use wirepost_ui::UiSettings;

use crate::house::{Browser, House};

const DAY: Duration = Duration::from_secs(86_400);

/// An app with one endpoint, and the address of the endpoint's page.
async fn furnished(house: &House) -> (String, String, String) {
    let app = house.app("acme").await;
    let endpoint = house.endpoint("acme", "https://example.com/hook").await;
    let path = format!("/app/{app}/endpoints/{endpoint}");
    (app, endpoint, path)
}

async fn asked(house: &House, app: &str, endpoint: &str) -> Value {
    house.api("GET", &format!("/app/{app}/endpoint/{endpoint}"), Value::Null).await
}

/// Writes down how the endpoint's attempts go.
async fn health(house: &House, (app, endpoint): (&str, &str), disabled: Option<DisabledReason>) {
    let now = house.clock.now();
    let change = HealthChange {
        app: AppId::parse(app).expect("an id"),
        endpoint: EndpointId::parse(endpoint).expect("an id"),
        failing_since: Some(now.minus(DAY * 5)),
        disable: disabled.map(|reason| Disabled { reason, at: now }),
    };
    house.store.record_attempts(Vec::new(), vec![change]).await.expect("the store keeps it");
}

#[tokio::test]
async fn a_new_endpoint_is_what_the_form_said() {
    let house = House::open().await;
    let app = house.app("acme").await;
    for name in ["asset.created", "asset.deleted", "user.invited"] {
        house.event_type(name).await;
    }
    let browser = house.as_visitor("acme", &[]).await;
    let form = browser.page(&format!("/app/{app}/endpoints/new")).await;
    assert!(form.contains("None selected: all events are sent") && form.contains("value=\"user.invited\""));
    let made = browser
        .post(
            &format!("/app/{app}/endpoints/new"),
            &[
                ("url", " https://example.com/hook "),
                ("description", "For the <stock>"),
                ("event_types", "asset.created"),
                ("event_types", "user.invited"),
                ("limited", "yes"),
                ("throttle_rate", "50"),
            ],
        )
        .await;
    let path = made.led_to().expect("it leads to the endpoint");
    let page = browser.page(&path).await;
    for text in
        ["The endpoint is there", "https://example.com/hook", "For the &#60;stock&#62;", "asset.created"]
    {
        assert!(page.contains(text), "{text}: {page}");
    }
    let (_, side) = page.split_once("Subscribed events").expect("the side tells");
    let (side, _) = side.split_once("</section>").expect("the card ends");
    assert!(page.contains("50 messages a second") && !side.contains("asset.deleted"), "{side}");
    let all = house.api("GET", "/app/acme/endpoint", Value::Null).await;
    let shown = &all["data"][0];
    assert_eq!(shown["filterTypes"], json!(["asset.created", "user.invited"]));
    assert_eq!((&shown["rateLimit"], &shown["disabled"]), (&json!(50), &json!(false)));
}

#[tokio::test]
async fn a_refused_form_says_where_and_keeps_what_was_filled_in() {
    let house = House::open().await;
    let app = house.app("acme").await;
    house.event_type("asset.created").await;
    let browser = house.as_visitor("acme", &[]).await;
    let new = format!("/app/{app}/endpoints/new");
    let filled = [("url", "ftp://example.com"), ("description", "Mine"), ("event_types", "asset.created")];
    let refused = browser.post(&new, &filled).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text.contains("value=\"ftp://example.com\" aria-invalid=\"true\""), "{}", refused.text);
    assert!(refused.text.contains(">The URL must begin with https:"), "{}", refused.text);
    assert!(refused.text.contains("Mine</textarea>") && refused.text.contains("id=\"url-wrong\""));
    assert!(refused.text.contains("value=\"asset.created\" checked"));
    for rate in ["", "many", "0", "-1", "99999999999"] {
        let filled = [("url", "https://example.com"), ("limited", "yes"), ("throttle_rate", rate)];
        let refused = browser.post(&new, &filled).await;
        assert_eq!(refused.status, 422, "{rate}");
        assert!(refused.text.contains("id=\"throttle-wrong\""), "{rate}: {}", refused.text);
        assert_eq!(refused.text.matches("autofocus").count(), 1, "the person goes on where it was refused");
    }
    // What is not ticked does not count.
    let filled = [("url", "https://example.com"), ("throttle_rate", "many")];
    assert_eq!(browser.post(&new, &filled).await.status, 303);
    let unknown = browser.post(&new, &[("url", "https://example.com"), ("event_types", "no.such")]).await;
    assert_eq!(unknown.status, 422);
    assert!(unknown.text.contains("no.such is not in the catalogue"), "{}", unknown.text);
}

#[tokio::test]
async fn url_and_description_can_be_edited() {
    let house = House::open().await;
    let (app, endpoint, path) = furnished(&house).await;
    let browser = house.as_visitor("acme", &[]).await;
    let edit = format!("{path}/edit");
    assert!(browser.page(&edit).await.contains("value=\"https://example.com/hook\""));
    let refused = browser.post(&edit, &[("url", "nowhere"), ("description", "Two\nlines")]).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text.contains("value=\"nowhere\"") && refused.text.contains("Two\nlines</textarea>"));
    let long = "x".repeat(9_000);
    let refused = browser.post(&edit, &[("url", "https://example.com/b"), ("description", &long)]).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text.contains("id=\"description-wrong\""));
    let saved = browser.post(&edit, &[("url", "https://example.com/b"), ("description", "Second")]).await;
    assert_eq!(saved.led_to(), Some(format!("{path}?done=saved")));
    let shown = asked(&house, &app, &endpoint).await;
    assert_eq!((&shown["url"], &shown["description"]), (&json!("https://example.com/b"), &json!("Second")));
}

#[tokio::test]
async fn a_subscription_is_edited_and_none_means_all() {
    let house = House::open().await;
    let (app, endpoint, path) = furnished(&house).await;
    house.event_type("asset.created").await;
    house.event_type("asset.deleted").await;
    let browser = house.as_visitor("acme", &[]).await;
    assert!(browser.page(&path).await.contains("All events."));
    let events = format!("{path}/events");
    let saved = browser.post(&events, &[("event_types", "asset.deleted")]).await;
    assert_eq!(saved.status, 303);
    assert_eq!(asked(&house, &app, &endpoint).await["filterTypes"], json!(["asset.deleted"]));
    assert!(browser.page(&events).await.contains("value=\"asset.deleted\" checked"));
    // What was archived since stays chosen until somebody takes it away.
    house.api("DELETE", "/event-type/asset.deleted", Value::Null).await;
    let page = browser.page(&events).await;
    assert!(page.contains("value=\"asset.deleted\" checked") && page.contains("No longer in the catalogue"));
    let refused = browser.post(&events, &[("event_types", "no.such")]).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text.contains("no.such is not in the catalogue"), "{}", refused.text);
    assert_eq!(browser.post(&events, &[]).await.status, 303);
    assert_eq!(
        asked(&house, &app, &endpoint).await.get("filterTypes").cloned().unwrap_or_default(),
        Value::Null
    );
}

#[tokio::test]
async fn an_endpoint_is_disabled_and_enabled() {
    let house = House::open().await;
    let (app, endpoint, path) = furnished(&house).await;
    house.event_type("asset.created").await;
    let browser = house.as_visitor("acme", &[]).await;
    house.message("acme", "asset.created", json!({})).await;
    let done = browser.post(&format!("{path}/disable"), &[]).await;
    assert_eq!(done.led_to(), Some(format!("{path}?done=disabled")));
    assert_eq!(asked(&house, &app, &endpoint).await["disabled"], true);
    let page = browser.page(&path).await;
    for text in [
        "Disabled by a person or program on 2026-01-31 12:00:00 UTC",
        "1 message waits, and goes out when it is enabled.",
        "Enable endpoint",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    assert!(!page.contains("/recover") && !page.contains("data-refresh"), "{page}");
    browser.post(&format!("{path}/enable"), &[]).await;
    assert_eq!(asked(&house, &app, &endpoint).await["disabled"], false);
    let page = browser.page(&path).await;
    assert!(page.contains("0 of 9 attempts used") && page.contains("data-refresh"), "{page}");
    assert!(page.contains("Disable endpoint") && page.contains("/recover") && page.contains("/replay"));
}

#[tokio::test]
async fn deleting_asks_first() {
    let house = House::open().await;
    let (app, _, path) = furnished(&house).await;
    house.event_type("asset.created").await;
    house.message("acme", "asset.created", json!({})).await;
    house.message("acme", "asset.created", json!({})).await;
    let browser = house.as_visitor("acme", &[]).await;
    let question = browser.page(&format!("{path}/delete")).await;
    assert!(question.contains("2 messages that wait are not sent any more."), "{question}");
    assert_eq!(browser.get(&path).await.status, 200);
    let done = browser.post(&format!("{path}/delete"), &[]).await;
    assert_eq!(done.led_to(), Some(format!("/app/{app}/endpoints?done=deleted")));
    assert_eq!(browser.get(&path).await.status, 404);
    assert!(browser.page(&done.led_to().expect("the list")).await.contains("The endpoint is deleted."));
}

#[tokio::test]
async fn a_secret_is_shown_only_on_the_page_that_answers() {
    let house = House::open().await;
    let (app, endpoint, path) = furnished(&house).await;
    let secret_path = format!("/app/{app}/endpoint/{endpoint}/secret");
    let secret =
        house.api("GET", &secret_path, Value::Null).await["key"].as_str().unwrap_or_default().to_owned();
    let browser = house.as_visitor("acme", &[]).await;
    assert!(!browser.page(&path).await.contains("whsec_"));
    let revealed = browser.post(&format!("{path}/secret"), &[]).await;
    assert_eq!(revealed.status, 200);
    assert!(revealed.text.contains(&secret) && secret.starts_with("whsec_"), "{}", revealed.text);
    assert_eq!(revealed.header("cache-control"), "no-store");
    assert!(!browser.page(&format!("{path}/secret")).await.contains("whsec_"));
}

#[tokio::test]
async fn a_rotation_says_until_when_the_old_key_is_valid() {
    let house = House::open().await;
    let (_, _, path) = furnished(&house).await;
    let browser = house.as_visitor("acme", &[]).await;
    let before = browser.post(&format!("{path}/secret"), &[]).await.text;
    assert!(before.contains("for 24 hours, until") && !before.contains("stays valid until"));
    let done = browser.post(&format!("{path}/secret/rotate"), &[]).await;
    assert_eq!(done.led_to(), Some(format!("{path}?done=rotated")));
    let page = browser.page(&path).await;
    assert!(page.contains("The key before this one stays valid until"), "{page}");
    assert!(page.contains("2026-02-01 12:00:00 UTC"));
    let after = browser.post(&format!("{path}/secret"), &[]).await.text;
    let key = |page: &str| {
        page.split_once("whsec_").expect("it is shown").1.split('<').next().expect("a key").to_owned()
    };
    assert_ne!(key(&before), key(&after));
    house.wait(DAY);
    let browser = house.as_visitor("acme", &[]).await;
    assert!(!browser.page(&path).await.contains("stays valid until"));
}

#[tokio::test]
async fn an_asymmetric_key_shows_its_public_half() {
    let house = House::open().await;
    let app = house.app("acme").await;
    let pair =
        "whsk_nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2DXWpgBgrEKt9VL/tPJZAc6DuFy89qmIyWvAhpo9wdRGg==";
    let endpoint =
        house.make("/app/acme/endpoint", json!({"url": "https://example.com/hook", "secret": pair})).await;
    let path = format!("/app/{app}/endpoints/{endpoint}");
    let browser = house.as_visitor("acme", &[]).await;
    assert!(browser.page(&path).await.contains("Verification Key"));
    let revealed = browser.post(&format!("{path}/secret"), &[]).await.text;
    assert!(revealed.contains("whpk_") && !revealed.contains("whsk_"), "{revealed}");
}

/// Everything of an endpoint's page that changes something, with a form that would be good.
fn changes(path: &str) -> Vec<(String, Vec<(&'static str, &'static str)>)> {
    let list = path.rsplit_once('/').expect("the list lies above").0;
    vec![
        (format!("{list}/new"), vec![("url", "https://example.com/new")]),
        (format!("{path}/edit"), vec![("url", "https://example.com/other")]),
        (format!("{path}/events"), vec![]),
        (format!("{path}/disable"), vec![]),
        (format!("{path}/enable"), vec![]),
        (format!("{path}/delete"), vec![]),
        (format!("{path}/secret"), vec![]),
        (format!("{path}/secret/rotate"), vec![]),
    ]
}

async fn refuses_everything(browser: &Browser<'_>, path: &str, status: u16) {
    for (path, fields) in changes(path) {
        let refused = browser.post(&path, &fields).await;
        assert_eq!(refused.status, status, "{path}: {refused:?}");
    }
}

#[tokio::test]
async fn who_may_only_look_sees_no_buttons_and_is_refused() {
    let house = House::open().await;
    let (app, endpoint, path) = furnished(&house).await;
    let before = asked(&house, &app, &endpoint).await;
    let browser = house.as_visitor("acme", &["ViewBase"]).await;
    let page = browser.page(&path).await;
    for text in ["Edit", "details class=\"menu", "Reveal", "Rotate", "Delete", "Disable", "/recover"] {
        let shown = page.split_once("<main").expect("a page").1;
        assert!(!shown.contains(text), "{text}: {page}");
    }
    assert!(!browser.page(&format!("/app/{app}/endpoints")).await.contains("Add Endpoint"));
    for asking in [format!("/app/{app}/endpoints/new"), format!("{path}/edit"), format!("{path}/events")] {
        assert_eq!(browser.get(&asking).await.status, 403, "{asking}");
    }
    assert_eq!(browser.get(&format!("{path}/delete")).await.status, 403);
    refuses_everything(&browser, &path, 403).await;
    assert_eq!(asked(&house, &app, &endpoint).await, before);
}

#[tokio::test]
async fn each_capability_shows_its_own_buttons() {
    let house = House::open().await;
    let (_, _, path) = furnished(&house).await;
    for (capability, there, missing) in [
        (
            "ManageEndpoint",
            vec!["/edit", "/events", "/disable", "/delete"],
            vec!["/recover", "Reveal", "Rotate"],
        ),
        ("CreateAttempts", vec!["/recover", "/replay"], vec!["/edit", "/disable", "Reveal", "Rotate"]),
        ("ViewEndpointSecret", vec!["Reveal"], vec!["/edit", "/recover", "Rotate"]),
        ("ManageEndpointSecret", vec!["Rotate"], vec!["/edit", "/recover", "Reveal"]),
    ] {
        let browser = house.as_visitor("acme", &["ViewBase", capability]).await;
        let page = browser.page(&path).await;
        assert!(there.iter().all(|text| page.contains(text)), "{capability}: {page}");
        assert!(missing.iter().all(|text| !page.contains(text)), "{capability}: {page}");
    }
}

#[tokio::test]
async fn another_app_and_a_form_of_another_session_are_refused() {
    let house = House::open().await;
    let (app, endpoint, path) = furnished(&house).await;
    let before = asked(&house, &app, &endpoint).await;
    house.app("other").await;
    let stranger = house.as_visitor("other", &[]).await;
    assert_eq!(stranger.get(&path).await.status, 404);
    refuses_everything(&stranger, &path, 404).await;
    let browser = house.as_visitor("acme", &[]).await;
    for (path, fields) in changes(&path) {
        let mut all = vec![("form_key", "of-another-session")];
        all.extend(fields);
        let refused = browser.post_bare(&path, &all, &[("sec-fetch-site", "same-origin")]).await;
        assert_eq!(refused.status, 403, "{path}");
    }
    assert_eq!(asked(&house, &app, &endpoint).await, before);
}

#[tokio::test]
async fn a_failing_endpoint_says_since_when_and_when_it_is_disabled() {
    let house = House::open().await;
    let (app, endpoint, path) = furnished(&house).await;
    health(&house, (&app, &endpoint), None).await;
    let browser = house.as_visitor("acme", &[]).await;
    let page = browser.page(&path).await;
    let sentence = "Every attempt since 2026-01-26 12:00:00 UTC has failed. If none succeeds, the endpoint is \
                    disabled by the first failure after 2026-01-31 12:00:00 UTC.";
    assert!(page.contains(sentence), "{page}");
    let list = browser.page(&format!("/app/{app}/endpoints")).await;
    assert!(list.contains("Failing") && list.contains("since 2026-01-26 12:00:00 UTC"), "{list}");
}

#[tokio::test]
async fn what_disabled_an_endpoint_is_told() {
    let house = House::open().await;
    let browser = house.as_organisation().await;
    for (uid, reason, sentence) in [
        (
            "failing",
            DisabledReason::Failing,
            "Disabled on 2026-01-31 12:00:00 UTC after 5 d of failures, first failure 2026-01-26 12:00:00 UTC.",
        ),
        ("gone", DisabledReason::Gone, "Disabled on 2026-01-31 12:00:00 UTC: it answered 410 Gone"),
    ] {
        let app = house.app(uid).await;
        let endpoint = house.endpoint(uid, "https://example.com/hook").await;
        health(&house, (&app, &endpoint), Some(reason)).await;
        let page = browser.page(&format!("/app/{app}/endpoints/{endpoint}")).await;
        assert!(page.contains(sentence), "{uid}: {page}");
    }
}

#[tokio::test]
async fn the_list_is_searched_and_says_what_to_do_when_it_is_empty() {
    let house = House::open().await;
    let app = house.app("acme").await;
    let browser = house.as_visitor("acme", &[]).await;
    let list = format!("/app/{app}/endpoints");
    assert!(browser.page(&list).await.contains("No endpoints yet"));
    house.make("/app/acme/endpoint", json!({"url": "https://a.example/", "description": "Stock"})).await;
    house.endpoint("acme", "https://b.example/").await;
    let page = browser.page(&list).await;
    assert!(page.contains("2 endpoints") && page.contains("no attempts"), "{page}");
    let page = browser.page(&format!("{list}?find=STOCK")).await;
    assert!(page.contains("https://a.example/") && !page.contains("https://b.example/"), "{page}");
    let page = browser.page(&format!("{list}?find=%3Cb%3E")).await;
    assert!(page.contains("No endpoint fits “&#60;b&#62;”"), "{page}");
    assert!(!browser.page(&format!("{list}?page={}", usize::MAX)).await.contains("b.example"));
}

#[tokio::test]
async fn attempts_are_counted_on_list_and_page() {
    let house = House::open().await;
    let (app, _, path) = furnished(&house).await;
    house.event_type("asset.created").await;
    for status in [200, 200, 200, 500] {
        house.message("acme", "asset.created", json!({})).await;
        house.attempt_all(Some(status), "", "").await;
    }
    let browser = house.as_visitor("acme", &[]).await;
    let list = browser.page(&format!("/app/{app}/endpoints")).await;
    assert!(list.contains("75.0 %") && list.contains("4 attempts"), "{list}");
    let page = browser.page(&path).await;
    for figure in ["<dt>Success</dt><dd>3</dd>", "<dt>Pending</dt><dd>0</dd>", "<dt>Fail</dt><dd>1</dd>"] {
        assert!(page.contains(figure), "{figure}: {page}");
    }
    assert!(page.contains("Nothing waits"), "{page}");
}

#[tokio::test]
async fn in_the_operational_app_there_is_more_to_subscribe_to() {
    let operational_app = Some(Uid::parse("operator").expect("a uid"));
    let settings = ControlSettings { operational_app, ..ControlSettings::default() };
    let house = House::open_with(UiSettings::default(), settings).await;
    let app = house.app("operator").await;
    house.app("acme").await;
    let browser = house.as_organisation().await;
    let new = format!("/app/{app}/endpoints/new");
    assert!(browser.page(&new).await.contains("value=\"endpoint.disabled\""));
    assert!(!browser.page("/app/acme/endpoints/new").await.contains("endpoint.disabled"));
    let made =
        browser.post(&new, &[("url", "https://example.com/ops"), ("event_types", "endpoint.disabled")]).await;
    let page = browser.page(&made.led_to().expect("it was made")).await;
    assert!(page.contains("endpoint.disabled"), "{page}");
}
