//! What others wrote is shown as text on every page there is, and nothing of it becomes part of a page. Whoever adds a
//! page adds it here.

use serde_json::{Value, json};

use crate::house::{Browser, House};

/// What becomes an element, or an attribute of one, wherever it is not escaped.
const MARKUP: &str = "\"'><img/src=x/onerror=evil()><script>evil()</script><!--";
/// The same inside of an address.
const MARKUP_IN_URL: &str = "%22%27%3E%3Cimg/src%3Dx/onerror%3Devil()%3E%3Cscript%3Eevil()%3C%2Fscript%3E";

/// What the walk needs to know of a house in which every text that others may choose is markup.
struct Defaced {
    app: String,
    endpoint: String,
    message: String,
    attempt: String,
    pulse: String,
    task: String,
}

async fn deface(house: &House) -> Defaced {
    let app = house.make("/app", json!({"name": MARKUP, "uid": "acme", "metadata": {"a": MARKUP}})).await;
    let schema = json!({
        "title": MARKUP,
        "description": MARKUP,
        "type": "object",
        "properties": {MARKUP: {"type": "string", "description": MARKUP, "enum": [MARKUP]}},
        "examples": [{MARKUP: MARKUP}],
    });
    let event_type =
        json!({"name": "a.b", "description": MARKUP, "groupName": "topic.group", "schemas": {"1": schema}});
    house.make("/event-type", event_type).await;
    let url = format!("https://example.com/{MARKUP}?q={MARKUP}");
    let endpoint = json!({"url": url, "description": MARKUP, "metadata": {"a": MARKUP}});
    let endpoint = house.make("/app/acme/endpoint", endpoint).await;
    let headers = json!({"headers": {"x-text": MARKUP, "x-api-key": MARKUP}});
    house.api("PATCH", &format!("/app/acme/endpoint/{endpoint}/headers"), headers).await;
    let (message, attempt) = send(house).await;
    let pulse = json!({
        "name": MARKUP,
        "eventType": "a.b",
        "description": MARKUP,
        "fields": {"type": "object", "properties": {"note": {"type": "string", "title": MARKUP, "description": MARKUP}}},
    });
    let pulse = house.make("/app/acme/pulse", pulse).await;
    let raise = json!({
        "objects": [{"id": MARKUP, "type": MARKUP}],
        "fields": {"note": MARKUP},
        "user": {"id": MARKUP, "firstName": MARKUP, "lastName": MARKUP},
    });
    house.api("POST", &format!("/app/acme/pulse/{pulse}/raise"), raise).await;
    house.make("/admin/token", json!({"name": MARKUP})).await;
    let since = json!({"since": "2026-01-31T00:00:00Z"});
    let task = house.make(&format!("/app/acme/endpoint/{endpoint}/recover"), since).await;
    Defaced { app, endpoint, message, attempt, pulse, task }
}

/// Two messages: one that failed for reasons of the network, and one that was answered. The latter, and its attempt.
async fn send(house: &House) -> (String, String) {
    house.message("acme", "a.b", json!({MARKUP: MARKUP})).await;
    house.attempt_all(None, &format!("tls: {MARKUP}"), "").await;
    let wanted = json!({"eventType": "a.b", "payload": {MARKUP: [MARKUP]}, "tags": ["t"], "channels": ["c"]});
    let message = house.make("/app/acme/msg", wanted).await;
    let attempts = house.attempt_all(Some(500), "", &format!("<html>{MARKUP}</html>")).await;
    (message, attempts.into_iter().next().expect("there is one endpoint"))
}

/// Every page, and whether any of that stands on it.
fn pages(defaced: &Defaced) -> Vec<(String, bool)> {
    let Defaced { app, endpoint, message, attempt, pulse, task } = defaced;
    let app = format!("/app/{app}");
    let endpoint = format!("{app}/endpoints/{endpoint}");
    [
        (format!("{app}/endpoints"), true),
        (format!("{app}/endpoints?find={MARKUP_IN_URL}"), true),
        (format!("{app}/endpoints/new"), true),
        (format!("{app}/endpoints/connection"), true),
        (endpoint.clone(), true),
        (format!("{endpoint}/edit"), true),
        (format!("{endpoint}/events"), true),
        (format!("{endpoint}/advanced"), true),
        (format!("{endpoint}/testing"), true),
        (format!("{endpoint}/secret"), true),
        (format!("{endpoint}/delete"), true),
        (format!("{endpoint}/recover"), true),
        (format!("{endpoint}/replay"), true),
        (format!("{app}/tasks"), true),
        (format!("{app}/tasks/{task}"), true),
        (format!("{app}/catalog"), true),
        (format!("{app}/catalog?find={MARKUP_IN_URL}"), true),
        (format!("{app}/catalog/a.b"), true),
        (format!("{app}/logs"), true),
        (
            format!("{app}/logs?find={MARKUP_IN_URL}&event_types={MARKUP_IN_URL}&after_at={MARKUP_IN_URL}"),
            true,
        ),
        (format!("{app}/logs/{message}"), true),
        (format!("{app}/logs/{message}/attempts/{attempt}"), true),
        (format!("{app}/logs/{message}/remove"), true),
        (format!("{app}/activity"), true),
        (format!("{app}/activity?range={MARKUP_IN_URL}"), true),
        (format!("{app}/pulses"), true),
        (format!("{app}/pulses/log"), true),
        (format!("{app}/pulses/new"), true),
        (format!("{app}/pulses/{pulse}"), true),
        (format!("{app}/pulses/{pulse}/edit"), true),
        ("/apps".to_owned(), true),
        (format!("/apps?find={MARKUP_IN_URL}"), true),
        ("/apps/new".to_owned(), false),
        ("/apps/acme".to_owned(), true),
        ("/apps/acme/delete".to_owned(), true),
        ("/catalog".to_owned(), true),
        ("/catalog/a.b".to_owned(), true),
        ("/catalog/a.b/edit".to_owned(), true),
        ("/catalog/-new".to_owned(), false),
        ("/catalog/-import".to_owned(), false),
        ("/tokens".to_owned(), true),
        ("/tokens/new".to_owned(), false),
        ("/server".to_owned(), false),
        (format!("/login?return_to=/{MARKUP_IN_URL}"), true),
        (format!("/app-portal/login?key={MARKUP_IN_URL}"), true),
    ]
    .into_iter()
    .collect()
}

fn is_only_text(path: &str, text: &str) {
    for live in ["<img/", "<script>evil", "<!--", "\"'>", "\"'&#62;", "''>"] {
        let near = text.find(live).map(|at| text.get(at.saturating_sub(80)..at + 80).unwrap_or(live));
        assert_eq!(near, None, "{path}: {live}");
    }
}

async fn walk(browser: &Browser<'_>, pages: &[(String, bool)]) {
    let mut failed = Vec::new();
    for (path, shows) in pages {
        let shown = browser.get(path).await;
        if shown.status != 200 {
            failed.push(format!("{path}: {}", shown.status));
            continue;
        }
        is_only_text(path, &shown.text);
        assert!(shown.header("content-type").starts_with("text/html"), "{path}");
        if *shows && !shown.text.contains("evil()") {
            failed.push(format!("{path}: shows none of it, so nothing was tried there"));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[tokio::test]
async fn what_others_wrote_is_text_on_every_page() {
    let house = House::open().await;
    let defaced = deface(&house).await;
    let operator = house.as_organisation().await;
    walk(&operator, &pages(&defaced)).await;
}

#[tokio::test]
async fn what_is_refused_is_drawn_again_as_text() {
    let house = House::open().await;
    let Defaced { app, endpoint, .. } = deface(&house).await;
    let operator = house.as_organisation().await;
    let app = format!("/app/{app}");
    for (path, field) in [
        (format!("{app}/endpoints/new"), "url"),
        (format!("{app}/endpoints/new"), "throttle_rate"),
        (format!("{app}/endpoints/{endpoint}/edit"), "url"),
        ("/apps/new".to_owned(), "uid"),
        ("/catalog/-new".to_owned(), "name"),
        ("/login".to_owned(), "return_to"),
    ] {
        let shown = operator.post(&path, &[(field, MARKUP)]).await;
        assert!(matches!(shown.status.as_u16(), 401 | 422), "{path}: {shown:?}");
        is_only_text(&path, &shown.text);
        assert!(shown.text.contains("evil()"), "{path}: {field} is not kept");
    }
}

#[tokio::test]
async fn what_is_missing_is_not_repeated_as_markup() {
    let house = House::open().await;
    let operator = house.as_organisation().await;
    for path in [
        "/app/{}/endpoints",
        "/{}",
        "/app/acme/logs/{}",
        "/catalog/{}",
        "/apps/{}",
        "/login/oidc/callback?error={}",
    ] {
        let shown = operator.get(&path.replace("{}", MARKUP_IN_URL)).await;
        is_only_text(path, &shown.text);
        assert!(shown.status.is_client_error(), "{path}: {shown:?}");
    }
}

#[tokio::test]
async fn what_is_downloaded_is_no_page() {
    let house = House::open().await;
    let Defaced { app, message, attempt, .. } = deface(&house).await;
    let operator = house.as_organisation().await;
    for path in [
        format!("/app/{app}/logs/{message}/contents"),
        format!("/app/{app}/logs/{message}/attempts/{attempt}/curl"),
    ] {
        let shown = operator.get(&path).await;
        assert_eq!(shown.status, 200, "{path}: {shown:?}");
        assert!(shown.text.contains("evil()"), "{path}");
        assert!(!shown.header("content-type").contains("html"), "{path}: {shown:?}");
        assert!(shown.header("content-disposition").starts_with("attachment"), "{path}: {shown:?}");
        assert_eq!(shown.header("x-content-type-options"), "nosniff", "{path}");
    }
    let kept: Value = house.api("GET", &format!("/app/acme/msg/{message}"), Value::Null).await;
    assert_eq!(kept["payload"][MARKUP][0], MARKUP, "it was markup all the time");
}
