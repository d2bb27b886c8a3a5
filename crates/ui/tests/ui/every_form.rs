//! Every form of the pages against everybody who may not send it, and every page about something of one app against
//! people of another. A form that the source routes and the table does not name fails the test.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};

use crate::house::{Browser, House, TOKEN};

/// A form as somebody fills it in who may send it.
struct Form {
    /// The folder of its router, and what answers it there.
    handler: &'static str,
    /// Ids stand as `{app}`, `{endpoint}` …
    path: &'static str,
    fields: &'static [(&'static str, &'static str)],
    /// What those are answered who may.
    good: u16,
}

const fn form(
    handler: &'static str,
    path: &'static str,
    fields: &'static [(&'static str, &'static str)],
    good: u16,
) -> Form {
    Form { handler, path, fields, good }
}

const EVENTS_DOCUMENT: &str = r#"{"openapi": "3.1.0", "info": {"title": "e", "version": "1"}, "webhooks": {"user.joined":
    {"post": {"requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}}}}}}"#;
const PULSE: &[(&str, &str)] = &[
    ("name", "Another"),
    ("event_type", "eventpulse.triggered"),
    ("least", "1"),
    ("most", "3"),
    ("who", "all"),
];
const RENAMED: &[(&str, &str)] = &[
    ("name", "Renamed"),
    ("event_type", "eventpulse.triggered"),
    ("least", "1"),
    ("most", "2"),
    ("who", "all"),
];
const TRIAL: &[(&str, &str)] = &[
    ("event_type", "svix.ping"),
    ("rate_most", "4"),
    ("requests_most", "1000"),
    ("seconds_most", "120"),
    ("errors_percent_most", "5"),
];
const APP: &[(&str, &str)] =
    &[("name", "Acme"), ("uid", "another"), ("throttle_rate", "7"), ("payload_validation", "off")];

/// All that need a session and more, in an order in which one person can send them one after another.
const FORMS: [Form; 38] = [
    form("endpoints new::create", "/app/{app}/endpoints/new", &[("url", "https://two.example/")], 303),
    form(
        "endpoints connection::check",
        "/app/{app}/endpoints/connection",
        &[("url", "http://127.0.0.1:1/")],
        200,
    ),
    form(
        "endpoints advanced::change",
        "/app/{app}/endpoints/{endpoint}/advanced",
        &[("part", "rate-limit"), ("throttle_rate", "9")],
        303,
    ),
    form(
        "endpoints advanced::change",
        "/app/{app}/endpoints/{endpoint}/advanced",
        &[("part", "header"), ("name", "x-a"), ("value", "b")],
        303,
    ),
    form(
        "endpoints advanced::change",
        "/app/{app}/endpoints/{endpoint}/advanced",
        &[("part", "authentication"), ("kind", "basic"), ("username", "u"), ("password", "p")],
        303,
    ),
    form(
        "endpoints advanced::change",
        "/app/{app}/endpoints/{endpoint}/advanced",
        &[("part", "rules"), ("request_timeout_seconds", "7")],
        303,
    ),
    form(
        "endpoints advanced::change",
        "/app/{app}/endpoints/{endpoint}/advanced",
        &[("part", "channels"), ("channels", "north")],
        303,
    ),
    form(
        "endpoints advanced::change",
        "/app/{app}/endpoints/{endpoint}/advanced",
        &[
            ("part", "authentication"),
            ("kind", "oauth"),
            ("test", "yes"),
            ("token_url", "http://127.0.0.1:1/"),
            ("client_id", "c"),
            ("client_secret", "s"),
        ],
        200,
    ),
    form(
        "endpoints testing::send",
        "/app/{app}/endpoints/{endpoint}/testing",
        &[("event_type", "asset.created")],
        303,
    ),
    form(
        "endpoints edit::save",
        "/app/{app}/endpoints/{endpoint}/edit",
        &[("url", "https://three.example/")],
        303,
    ),
    form(
        "endpoints subscription::save",
        "/app/{app}/endpoints/{endpoint}/events",
        &[("event_types", "asset.created")],
        303,
    ),
    form("endpoints secret::reveal", "/app/{app}/endpoints/{endpoint}/secret", &[], 200),
    form("endpoints secret::rotate", "/app/{app}/endpoints/{endpoint}/secret/rotate", &[], 303),
    form(
        "endpoints/rate_trial actions::apply",
        "/app/{app}/endpoints/{endpoint}/testing/rate/{trial}/apply",
        &[("throttle_rate", "8")],
        303,
    ),
    form(
        "endpoints/rate_trial actions::stop",
        "/app/{app}/endpoints/{endpoint}/testing/rate/{trial}/stop",
        &[],
        303,
    ),
    form("endpoints/rate_trial begin::begin", "/app/{app}/endpoints/{endpoint}/testing/rate", TRIAL, 303),
    form(
        "recovery begin::begin_recover",
        "/app/{app}/endpoints/{endpoint}/recover",
        &[("window", "day")],
        303,
    ),
    form("recovery begin::begin_replay", "/app/{app}/endpoints/{endpoint}/replay", &[("window", "day")], 303),
    form("recovery task::cancel", "/app/{app}/tasks/{task}/cancel", &[], 303),
    form("message resend::resend", "/app/{app}/logs/{message}/resend", &[("endpoint", "{endpoint}")], 303),
    form("message expunge::expunge", "/app/{app}/logs/{message}/remove", &[], 303),
    form(
        "pulses raise::raise",
        "/app/{app}/pulses/{pulse}",
        &[("once", "1"), ("objects", "4711"), ("object_type", "asset")],
        303,
    ),
    form("pulses edit::create", "/app/{app}/pulses/new", PULSE, 303),
    form("pulses edit::save", "/app/{app}/pulses/{pulse}/edit", RENAMED, 303),
    form("pulses edit::archive", "/app/{app}/pulses/{pulse}/archived", &[("archived", "yes")], 303),
    form("endpoints switching::disable", "/app/{app}/endpoints/{endpoint}/disable", &[], 303),
    form("endpoints switching::enable", "/app/{app}/endpoints/{endpoint}/enable", &[], 303),
    form("endpoints deletion::delete", "/app/{app}/endpoints/{endpoint}/delete", &[], 303),
    form("catalogue edit::create", "/catalog/-new", &[("name", "asset.moved"), ("description", "x")], 303),
    form("catalogue import::import", "/catalog/-import", &[("document", EVENTS_DOCUMENT)], 200),
    form("catalogue edit::save", "/catalog/asset.created/edit", &[("description", "changed")], 303),
    form("catalogue edit::archive", "/catalog/asset.created/archived", &[("archived", "yes")], 303),
    form("catalogue edit::delete", "/catalog/asset.created/deleted", &[], 303),
    form(
        "tokens new::create",
        "/tokens/new",
        &[("name", "t"), ("days", "7"), ("capabilities", "ViewBase")],
        200,
    ),
    form("tokens list::revoke", "/tokens/{token}/revoke", &[], 303),
    form(
        "apps link::make",
        "/apps/{app}/link",
        &[("seconds", "3600"), ("capabilities", "CreateAttempts")],
        200,
    ),
    form("apps new::create", "/apps/new", APP, 303),
    form("apps one::change", "/apps/{app}", &[("name", "Renamed"), ("payload_validation", "off")], 303),
];
/// What would end the app, after all else.
const LAST: Form = form("apps one::delete", "/apps/{app}/delete", &[], 303);
/// Whoever has a session may end it, and nobody needs one to sign in.
const FOR_ALL: [&str; 3] = ["sign_in logout::sign_out", "sign_in login::sign_in", "sign_in link::sign_in"];

/// Pages about something of one app.
const PAGES: [&str; 34] = [
    "/app/{app}/endpoints",
    "/app/{app}/endpoints/new",
    "/app/{app}/endpoints/connection?url=https%3A%2F%2Fexample.com",
    "/app/{app}/endpoints/connection/url?url=https%3A%2F%2Fexample.com",
    "/app/{app}/endpoints/{endpoint}",
    "/app/{app}/endpoints/{endpoint}/advanced",
    "/app/{app}/endpoints/{endpoint}/testing",
    "/app/{app}/endpoints/{endpoint}/testing/rate",
    "/app/{app}/endpoints/{endpoint}/testing/rate/{trial}",
    "/app/{app}/endpoints/{endpoint}/testing/rate/{trial}/events",
    "/app/{app}/endpoints/{endpoint}/edit",
    "/app/{app}/endpoints/{endpoint}/events",
    "/app/{app}/endpoints/{endpoint}/delete",
    "/app/{app}/endpoints/{endpoint}/secret",
    "/app/{app}/endpoints/{endpoint}/recover",
    "/app/{app}/endpoints/{endpoint}/replay",
    "/app/{app}/tasks",
    "/app/{app}/tasks/{task}",
    "/app/{app}/logs",
    "/app/{app}/logs/live",
    "/app/{app}/logs/{message}",
    "/app/{app}/logs/{message}/contents",
    "/app/{app}/logs/{message}/attempts/{attempt}",
    "/app/{app}/logs/{message}/attempts/{attempt}/curl",
    "/app/{app}/activity",
    "/app/{app}/catalog",
    "/app/{app}/catalog/-openapi.json",
    "/app/{app}/catalog/asset.created",
    "/app/{app}/catalog/asset.created/schema.json",
    "/app/{app}/catalog/asset.created/openapi.json",
    "/app/{app}/pulses",
    "/app/{app}/pulses/log",
    "/app/{app}/pulses/{pulse}",
    "/app/{app}/pulses/{pulse}/edit",
];

/// An app with one of everything.
struct Scene {
    house: House,
    /// What the names in the paths stand for.
    ids: Vec<(&'static str, String)>,
}

impl Scene {
    async fn set() -> Self {
        let house = House::open().await;
        let schema = json!({"1": {"type": "object", "examples": [{"n": 1}]}});
        let event_type = json!({"name": "asset.created", "description": "x", "schemas": schema});
        house.api("POST", "/event-type", event_type).await;
        let app = house.app("acme").await;
        let endpoint = house.endpoint(&app, "https://one.example/").await;
        let message = house.message(&app, "asset.created", json!({"n": 1})).await;
        let attempt = house.attempt_all(Some(500), "", "no").await.remove(0);
        let pulse = house.make(&format!("/app/{app}/pulse"), json!({"name": "Send"})).await;
        let token = json!({"name": "spare", "capabilities": ["ViewBase"]});
        let token = house.make("/admin/token", token).await;
        let operator = house.as_organisation().await;
        let path = format!("/app/{app}/endpoints/{endpoint}");
        let mut begun = Vec::new();
        for (path, fields) in [(format!("{path}/recover"), &[][..]), (format!("{path}/testing/rate"), TRIAL)]
        {
            let led_to = operator.post(&path, fields).await.led_to().expect("it leads to what was begun");
            begun.push(led_to.rsplit('/').next().expect("a path has parts").to_owned());
        }
        let [task, trial] = <[String; 2]>::try_from(begun).expect("both were begun");
        let all = [app, endpoint, message, attempt, pulse, token, task, trial];
        let names =
            ["{app}", "{endpoint}", "{message}", "{attempt}", "{pulse}", "{token}", "{task}", "{trial}"];
        Self { house, ids: names.into_iter().zip(all).collect() }
    }

    /// A text with the ids in it.
    fn told(&self, text: &str) -> String {
        self.ids.iter().fold(text.to_owned(), |text, (name, id)| text.replace(name, id))
    }

    fn fields(&self, form: &Form) -> Vec<(&'static str, String)> {
        form.fields.iter().map(|(name, value)| (*name, self.told(value))).collect()
    }

    async fn send(&self, browser: &Browser<'_>, form: &Form, path: &str) -> u16 {
        let fields = self.fields(form);
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        browser.post(path, &fields).await.status.as_u16()
    }

    /// All that forms change.
    async fn everything(&self) -> Value {
        let mut all = Vec::new();
        for path in [
            "/app",
            "/app/{app}/endpoint",
            "/app/{app}/endpoint/{endpoint}/secret",
            "/app/{app}/endpoint/{endpoint}/headers",
            "/app/{app}/msg?with_content=true",
            "/app/{app}/attempt/msg/{message}",
            "/app/{app}/pulse?include_archived=true",
            "/app/{app}/pulse/{pulse}/raise",
            "/event-type?include_archived=true&with_content=true",
            "/background-task",
        ] {
            all.push(self.house.api("GET", &self.told(path), Value::Null).await);
        }
        let mut tokens = self.house.api("GET", "/admin/token", Value::Null).await;
        for token in tokens["data"].as_array_mut().expect("a list") {
            token["lastUsedAt"] = Value::Null;
        }
        all.extend([tokens, json!(self.house.handed_over().await.len())]);
        let trial = "/app/{app}/endpoints/{endpoint}/testing/rate/{trial}";
        let trial = self.house.as_organisation().await.page(&self.told(trial)).await;
        all.push(json!(trial.contains("Waiting for this page to watch")));
        Value::Array(all)
    }
}

/// All forms, the one that ends the app as the last.
fn forms() -> impl Iterator<Item = &'static Form> {
    FORMS.iter().chain([&LAST])
}

/// The handlers of all POSTs that this folder of the source routes, and those below it.
fn routed(folder: &Path, name: &str, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).expect("the source is there") {
        let path = entry.expect("the folder reads").path();
        let file = path.file_name().and_then(|file| file.to_str()).expect("names are plain").to_owned();
        if path.is_dir() {
            let below = if name.is_empty() { file } else { format!("{name}/{file}") };
            routed(&path, &below, found);
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("the source reads");
        for line in text.lines().filter(|line| line.contains(".route(")) {
            for other in ["put(", "patch(", "delete(", "any(", "on("] {
                let is_there =
                    [format!(" {other}"), format!(").{other}")].iter().any(|verb| line.contains(verb));
                assert!(!is_there, "{path:?} routes by {other}…), which this test does not know: {line}");
            }
        }
        for rest in text.split([' ', '.', '\n']).filter_map(|part| part.strip_prefix("post(")) {
            let handler = rest.split(')').next().unwrap_or_default();
            found.insert(format!("{name} {handler}"));
        }
    }
}

#[test]
fn the_table_names_every_form_that_is_routed() {
    let mut found = BTreeSet::new();
    routed(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), "", &mut found);
    let known = forms().map(|form| form.handler).chain(FOR_ALL).map(str::to_owned).collect();
    assert_eq!(found, known);
}

#[tokio::test]
async fn every_form_is_refused_without_a_session_and_without_the_key_of_its_own() {
    let scene = Scene::set().await;
    let before = scene.everything().await;
    let (stranger, operator) = (scene.house.stranger(), scene.house.as_organisation().await);
    let theirs = scene.house.as_organisation().await.form_key();
    let (own, foreign) = (operator.form_key(), [("sec-fetch-site", "cross-site")]);
    for form in forms() {
        let path = scene.told(form.path);
        let to_sign_in = stranger.post(&path, &[]).await;
        let led_to = to_sign_in.led_to().unwrap_or_default();
        assert!(to_sign_in.status == 303 && led_to.starts_with("/login"), "{path}: {to_sign_in:?}");
        let fields = scene.fields(form);
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        for (key, headers) in [(None, &[][..]), (Some(&theirs), &[]), (Some(&own), &foreign[..])] {
            let mut all = fields.clone();
            all.extend(key.map(|key| ("form_key", key.as_str())));
            let refused = operator.post_bare(&path, &all, headers).await;
            assert_eq!(refused.status, 403, "{path} {headers:?}: {refused:?}");
        }
    }
    assert_eq!(scene.everything().await, before, "nothing has changed");
}

#[tokio::test]
async fn every_form_is_refused_to_those_who_may_only_look() {
    let scene = Scene::set().await;
    let looking = json!({"name": "looks", "capabilities": ["ViewBase"]});
    let looking = scene.house.api("POST", "/admin/token", looking).await;
    let of_organisation = scene.house.with_token(looking["token"].as_str().expect("it is shown")).await;
    let of_app = scene.house.as_visitor("acme", &["ViewBase"]).await;
    let before = scene.everything().await;
    for form in forms() {
        let path = scene.told(form.path);
        assert_eq!(scene.send(&of_app, form, &path).await, 403, "{path} {:?}", form.fields);
        assert_eq!(scene.send(&of_organisation, form, &path).await, 403, "{path} {:?}", form.fields);
    }
    assert_eq!(scene.everything().await, before, "nothing has changed");
}

#[tokio::test]
async fn every_form_and_page_of_an_app_is_none_for_people_of_another() {
    let scene = Scene::set().await;
    let own = scene.house.app("other").await;
    let (endpoint, message) = {
        let endpoint = scene.house.endpoint(&own, "https://other.example/").await;
        (endpoint, scene.house.message(&own, "asset.created", json!({"n": 2})).await)
    };
    let person = scene.house.as_visitor("other", &[]).await;
    scene.house.handed_over().await;
    let before = scene.everything().await;
    // In the other app, and, where more is named than the app, of the other app in the person's own.
    let ways = |path: &str| {
        let names_more = path.matches('{').count() > 1;
        let inside = path.replace("{app}", &own);
        [Some(path.to_owned()), (names_more && path.starts_with("/app/")).then_some(inside)]
    };
    for form in forms() {
        for path in ways(form.path).into_iter().flatten().map(|path| scene.told(&path)) {
            let expected = if form.path.contains("{app}") { 404 } else { 403 };
            assert_eq!(scene.send(&person, form, &path).await, expected, "{path} {:?}", form.fields);
        }
    }
    for path in PAGES.iter().flat_map(|path| ways(path)).flatten().map(|path| scene.told(&path)) {
        assert_eq!(person.get(&path).await.status, 404, "{path}");
    }
    // Something of the other app beside what is the person's own.
    let trial = scene.told(&format!("/app/{own}/endpoints/{endpoint}/testing/rate/{{trial}}"));
    let attempt = scene.told(&format!("/app/{own}/logs/{message}/attempts/{{attempt}}"));
    for path in [&trial, &format!("{trial}/events"), &attempt, &format!("{attempt}/curl")] {
        assert_eq!(person.get(path).await.status, 404, "{path}");
    }
    assert_eq!(person.post(&format!("{trial}/stop"), &[]).await.status, 404);
    let to = [("endpoint", scene.told("{endpoint}"))];
    let resent = person.post(&format!("/app/{own}/logs/{message}/resend"), &[(to[0].0, &to[0].1)]).await;
    assert_eq!(resent.status, 404, "{resent:?}");
    assert_eq!(scene.everything().await, before, "nothing has changed");
}

/// Else the refusals above might have other reasons.
#[tokio::test]
async fn every_form_does_what_it_says_for_those_who_may() {
    let scene = Scene::set().await;
    let operator = scene.house.with_token(TOKEN).await;
    for path in PAGES.iter().filter(|path| !path.ends_with("/live") && !path.ends_with("/events")) {
        let path = scene.told(path);
        assert_eq!(operator.get(&path).await.status, 200, "{path}");
    }
    for form in forms() {
        let path = scene.told(form.path);
        assert_eq!(scene.send(&operator, form, &path).await, form.good, "{path} {:?}", form.fields);
    }
}
