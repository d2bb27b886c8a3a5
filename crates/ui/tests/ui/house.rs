//! A whole house in a folder of its own: real store, real rules, the API to furnish it, the pages to look at, and
//! browsers that keep their cookie. The clock is moved by hand, and nothing is sent.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use http::{HeaderMap, Request, StatusCode, header};
use parking_lot::Mutex;
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use tower::ServiceExt;
use wirepost_api::ApiSettings;
use wirepost_control::{Control, ControlParts, ControlSettings};
use wirepost_egress::{Client, ClientSettings};
use wirepost_model::attempt::{Attempt, AttemptContent, Timing, Trigger};
use wirepost_model::clock::{Clock, ManualClock};
use wirepost_model::delivery::DeliveryState;
use wirepost_model::id_source::IdSource;
use wirepost_model::timestamp::Timestamp;
use wirepost_store::Store;
use wirepost_store::accepted::{Arrivals, DueDelivery, handover};
use wirepost_store::deliveries::{AttemptRecord, Deliveries};
use wirepost_store::directory::Directory;
use wirepost_store::sealing::{GivenKeys, MainKey, Sealing};
use wirepost_store_sqlite::{Settings, SqliteStore};
use wirepost_ui::{LiveStreams, UiSettings};

use crate::rate_trial::TakesAll;

/// The organisation's token.
pub(crate) const TOKEN: &str = "token-of-the-organisation";
/// 2026-01-31T12:00:00Z, when every test begins.
pub(crate) const NOON_MILLIS: i64 = 1_769_860_800_000;
/// Where browsers are told to be.
const HOST: &str = "127.0.0.1:8071";

/// The pages, and what they stand on.
pub(crate) struct House {
    pages: Router,
    api: Router,
    pub(crate) store: Arc<SqliteStore>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) ids: Arc<IdSource>,
    pub(crate) streams: LiveStreams,
    arrivals: Mutex<Arrivals>,
    // Removed when the test ends.
    _folder: tempfile::TempDir,
}

/// Somebody's browser: it keeps the cookie that it was given, and knows what its session's forms carry.
pub(crate) struct Browser<'a> {
    house: &'a House,
    cookie: Mutex<Option<String>>,
    form_key: Mutex<String>,
}

/// What a browser was answered.
#[derive(Debug)]
pub(crate) struct Shown {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// The page.
    pub(crate) text: String,
}

impl House {
    pub(crate) async fn open() -> Self {
        Self::open_with(UiSettings::default(), ControlSettings::default()).await
    }

    /// With other settings.
    pub(crate) async fn open_with(pages: UiSettings, control: ControlSettings) -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let clock = Arc::new(ManualClock::new(Timestamp::from_millis(NOON_MILLIS)));
        let (giving, arrivals) = handover(64);
        let path = folder.path().join("wirepost.db");
        let sealing = Sealing::new(GivenKeys::from(MainKey::new([7; 32])), StdRng::seed_from_u64(7));
        let store = SqliteStore::open(&path, Settings::default(), giving, clock.clone(), &sealing);
        let store = Arc::new(store.expect("a store opens in an empty folder"));
        let highest = store.highest_key().await.expect("the store reads");
        let ids = Arc::new(IdSource::new(highest, StdRng::seed_from_u64(7)));
        let client = ClientSettings {
            allow_http: true,
            allowed_subnets: vec!["127.0.0.0/8".parse().expect("a network")],
            ..ClientSettings::default()
        };
        let control = Control::new(ControlParts {
            store: store.clone(),
            directory: Arc::new(Directory::new(store.clone())),
            clock: clock.clone(),
            ids: ids.clone(),
            client: Client::new(client).expect("a client without extra roots"),
            lanes: None,
            trial_senders: Some(Arc::new(TakesAll)),
            settings: control,
        });
        let made = control.ensure_organisation_token(Some(TOKEN)).await;
        assert_eq!(made, Ok(None), "a configured token needs no other");
        let streams = LiveStreams::default();
        Self {
            pages: wirepost_ui::router(control.clone(), pages, streams.clone()),
            api: wirepost_api::router(control, ApiSettings::default()),
            store,
            clock,
            ids,
            streams,
            arrivals: Mutex::new(arrivals),
            _folder: folder,
        }
    }

    /// A browser without a session.
    pub(crate) fn stranger(&self) -> Browser<'_> {
        Browser { house: self, cookie: Mutex::default(), form_key: Mutex::default() }
    }

    /// A browser of the organisation.
    pub(crate) async fn as_organisation(&self) -> Browser<'_> {
        self.with_token(TOKEN).await
    }

    /// A browser signed in with this token.
    pub(crate) async fn with_token(&self, token: &str) -> Browser<'_> {
        let browser = self.stranger();
        let shown = browser.post("/login", &[("token", token)]).await;
        assert_eq!(shown.status, 303, "{shown:?}");
        browser.learn_form_key().await;
        browser
    }

    /// A browser that came by a link of the app portal; all that customers may do where no capabilities are named.
    pub(crate) async fn as_visitor(&self, app: &str, capabilities: &[&str]) -> Browser<'_> {
        let link = self.portal_link(app, capabilities).await;
        let (_, key) = link.split_once("?key=").expect("the link carries a key");
        let browser = self.stranger();
        let shown = browser.post("/app-portal/login", &[("key", key)]).await;
        assert_eq!(shown.status, 303, "{shown:?}");
        browser.learn_form_key().await;
        browser
    }

    /// A fresh link of the app portal.
    pub(crate) async fn portal_link(&self, app: &str, capabilities: &[&str]) -> String {
        let wanted = match capabilities {
            [] => json!({}),
            named => json!({"capabilities": named}),
        };
        let access = self.api("POST", &format!("/auth/app-portal-access/{app}"), wanted).await;
        access["url"].as_str().expect("it says where").to_owned()
    }

    /// Asks the API with the organisation's token; the path is below `/api/v1`. Fails where it refuses.
    pub(crate) async fn api(&self, method: &str, path: &str, body: Value) -> Value {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let request = Request::builder()
            .method(method)
            .uri(format!("/api/v1{path}"))
            .header("authorization", format!("Bearer {TOKEN}"))
            .body(Body::from(body))
            .expect("a good request");
        let answer = read(&self.api, request).await;
        assert!(answer.status.is_success(), "{method} {path}: {answer:?}");
        if answer.text.is_empty() {
            return Value::Null;
        }
        serde_json::from_str(&answer.text).expect("the API speaks JSON")
    }

    /// Makes something by the API and gives back its id.
    pub(crate) async fn make(&self, path: &str, body: Value) -> String {
        self.api("POST", path, body).await["id"].as_str().unwrap_or_default().to_owned()
    }

    /// An app of this uid; gives back its id.
    pub(crate) async fn app(&self, uid: &str) -> String {
        self.make("/app", json!({"name": uid, "uid": uid})).await
    }

    /// An event type of this name.
    pub(crate) async fn event_type(&self, name: &str) {
        self.make("/event-type", json!({"name": name, "description": format!("What {name} tells.")})).await;
    }

    /// An endpoint of the app that hears of all events; gives back its id.
    pub(crate) async fn endpoint(&self, app: &str, url: &str) -> String {
        self.make(&format!("/app/{app}/endpoint"), json!({"url": url})).await
    }

    /// A message of the app; gives back its id.
    pub(crate) async fn message(&self, app: &str, event_type: &str, payload: Value) -> String {
        self.make(&format!("/app/{app}/msg"), json!({"eventType": event_type, "payload": payload})).await
    }

    /// What would be sent by now, since the last call.
    pub(crate) async fn handed_over(&self) -> Vec<DueDelivery> {
        // A write that is answered after those asked about: when it is done, so are they.
        self.store.check().await.expect("the store is well");
        let mut batches = Vec::new();
        let mut arrivals = self.arrivals.lock();
        let context = &mut std::task::Context::from_waker(std::task::Waker::noop());
        while std::pin::pin!(arrivals.next(&mut batches)).poll(context).is_ready() {}
        batches.into_iter().flatten().collect()
    }

    /// Records an attempt of everything that would be sent by now: an answer with this status and body, or for want
    /// of one this failure. Deliveries end with it. Gives back the attempts' ids.
    pub(crate) async fn attempt_all(&self, status: Option<u16>, failure: &str, body: &str) -> Vec<String> {
        let mut attempts = Vec::new();
        for delivery in self.handed_over().await {
            attempts.push(self.attempt(&delivery, status, failure, body).await);
        }
        attempts
    }

    /// Records one such attempt.
    pub(crate) async fn attempt(
        &self,
        delivery: &DueDelivery,
        status: Option<u16>,
        failure: &str,
        body: &str,
    ) -> String {
        let started_at = self.clock.now();
        let succeeded = matches!(status, Some(200..=299));
        let attempt = Attempt {
            id: self.ids.next(started_at),
            delivery: delivery.key,
            trigger: Trigger::Scheduled,
            started_at,
            duration: Duration::from_millis(42),
            succeeded,
            status,
            failure: status.is_none().then(|| failure.to_owned()),
            remote_address: Some("192.0.2.1:443".to_owned()),
            timing: Timing::default(),
            url: "https://example.com/".into(),
        };
        let id = attempt.id.to_string();
        let content = AttemptContent {
            signature: "v1,abc".to_owned(),
            response_headers: "content-type: text/plain".into(),
            response_body: body.as_bytes().to_vec().into(),
        };
        let record = AttemptRecord {
            attempt,
            content,
            read_revision: delivery.progress.revision,
            state: if succeeded { DeliveryState::Delivered } else { DeliveryState::Failed },
            tries: 1,
        };
        self.store.record_attempts(vec![record], vec![]).await.expect("the store keeps it");
        id
    }

    /// Moves the clock.
    pub(crate) fn wait(&self, time: Duration) {
        self.clock.set(self.clock.now().plus(time));
    }
}

impl Browser<'_> {
    /// Opens an address.
    pub(crate) async fn get(&self, path: &str) -> Shown {
        self.send(self.request("GET", path, &[]).body(Body::empty()).expect("a good request")).await
    }

    /// Opens an address that shows a page, and gives back its text.
    pub(crate) async fn page(&self, path: &str) -> String {
        let shown = self.get(path).await;
        assert_eq!(shown.status, 200, "{path}: {shown:?}");
        shown.text
    }

    /// Sends a form as our pages send it: with what the session's forms carry.
    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Shown {
        let form_key = self.form_key.lock().clone();
        let mut all = vec![("form_key", form_key.as_str())];
        all.extend(fields);
        self.post_bare(path, &all, &[("sec-fetch-site", "same-origin")]).await
    }

    /// Sends a form with exactly these fields, and these headers beside the cookie.
    pub(crate) async fn post_bare(
        &self,
        path: &str,
        fields: &[(&str, &str)],
        headers: &[(&str, &str)],
    ) -> Shown {
        let body = serde_html_form::to_string(fields).expect("texts make a form");
        let request = self
            .request("POST", path, headers)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body));
        self.send(request.expect("a good request")).await
    }

    /// The cookie as it is shown, if there is one.
    pub(crate) fn cookie(&self) -> Option<String> {
        self.cookie.lock().clone()
    }

    /// Puts a cookie there.
    pub(crate) fn set_cookie(&self, cookie: Option<String>) {
        *self.cookie.lock() = cookie;
    }

    /// What this session's forms carry.
    pub(crate) fn form_key(&self) -> String {
        self.form_key.lock().clone()
    }

    /// Reads from the first page what this session's forms carry.
    pub(crate) async fn learn_form_key(&self) {
        let first = self.get("/").await;
        let text = match first.led_to() {
            Some(path) => self.page(&path).await,
            None => first.text,
        };
        let (_, rest) = text.split_once("name=\"form_key\" value=\"").expect("every page has a form");
        let (key, _) = rest.split_once('"').expect("the attribute ends");
        *self.form_key.lock() = key.to_owned();
    }

    /// Opens an address whose answer may have no end, and leaves the reading to whoever asked.
    pub(crate) async fn follow(&self, path: &str) -> http::Response<Body> {
        let request = self.request("GET", path, &[]).body(Body::empty()).expect("a good request");
        let Ok(response) = self.house.pages.clone().oneshot(request).await;
        response
    }

    fn request(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> http::request::Builder {
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, HOST);
        if let Some(cookie) = self.cookie.lock().as_deref() {
            request = request.header(header::COOKIE, cookie);
        }
        headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))
    }

    async fn send(&self, request: Request<Body>) -> Shown {
        let shown = read(&self.house.pages, request).await;
        for set in shown.headers.get_all(header::SET_COOKIE) {
            let set = set.to_str().expect("cookies are ASCII");
            let (pair, attributes) = set.split_once(';').unwrap_or((set, ""));
            *self.cookie.lock() = (!attributes.contains("Max-Age=0;")).then(|| pair.to_owned());
        }
        shown
    }
}

impl Shown {
    /// Where the browser is led, if it is.
    pub(crate) fn led_to(&self) -> Option<String> {
        self.headers.get(header::LOCATION).map(|path| path.to_str().expect("paths are ASCII").to_owned())
    }

    /// The header of this name; empty where there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("headers are ASCII"))
    }
}

async fn read(router: &Router, request: Request<Body>) -> Shown {
    let Ok(response) = router.clone().oneshot(request).await;
    let (parts, body) = response.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.expect("the body is whole");
    let text = String::from_utf8_lossy(&body).into_owned();
    Shown { status: parts.status, headers: parts.headers, text }
}
