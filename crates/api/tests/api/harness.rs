//! A whole API in a folder of its own: real store, real rules, a clock that is moved by hand.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use parking_lot::Mutex;
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use tower::ServiceExt;
use wirepost_api::{ApiSettings, router};
use wirepost_control::{Control, ControlParts, ControlSettings};
use wirepost_egress::{Client, ClientSettings};
use wirepost_model::capability::Capabilities;
use wirepost_model::clock::ManualClock;
use wirepost_model::feature_flags::FeatureFlags;
use wirepost_model::id_source::IdSource;
use wirepost_model::ids::EndpointId;
use wirepost_model::lane::{LaneSums, LaneView, Lanes};
use wirepost_model::timestamp::Timestamp;
use wirepost_model::token::{Scope, Token};
use wirepost_store::Store;
use wirepost_store::accepted::{Arrivals, DueDelivery, handover};
use wirepost_store::directory::Directory;
use wirepost_store::sealing::{GivenKeys, MainKey, Sealing};
use wirepost_store::tokens::Tokens;
use wirepost_store_sqlite::{Settings, SqliteStore};

use crate::described;

/// The organisation's token.
pub(crate) const TOKEN: &str = "token-of-the-organisation";
/// 2026-01-31T12:00:00Z, when every test begins.
pub(crate) const NOON_MILLIS: i64 = 1_769_860_800_000;
/// Characters of an id behind its prefix.
const KSUID_CHARACTERS: usize = 27;
const PREFIXES: [&str; 6] = ["app_", "ep_", "msg_", "atmpt_", "pulse_", "raise_"];

/// An API, and what it stands on.
pub(crate) struct Api {
    router: Router,
    pub(crate) store: Arc<SqliteStore>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) ids: Arc<IdSource>,
    arrivals: Mutex<Arrivals>,
    labels: Mutex<HashMap<String, String>>,
    // Removed when the test ends.
    folder: tempfile::TempDir,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// Lanes in which one request is open for every endpoint.
struct OneInFlight;

impl Lanes for OneInFlight {
    fn view(&self, _: EndpointId) -> Option<LaneView> {
        Some(LaneView { in_flight: 1, in_flight_limit: 1, ..LaneView::default() })
    }

    fn sums(&self) -> LaneSums {
        LaneSums { lanes: 1, in_flight: 1, ..LaneSums::default() }
    }
}

fn sealing() -> Sealing {
    Sealing::new(GivenKeys::from(MainKey::new([7; 32])), StdRng::seed_from_u64(7))
}

impl Api {
    pub(crate) async fn start() -> Self {
        Self::start_with(ApiSettings { batch_bytes_most: 2 << 20, ..ApiSettings::default() }).await
    }

    /// With other bounds.
    pub(crate) async fn start_with(settings: ApiSettings) -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        Self::over(folder, settings, NOON_MILLIS, 7).await
    }

    /// The same store, closed and opened again by another process.
    pub(crate) async fn started_again(self) -> Self {
        use wirepost_model::clock::Clock;
        self.store.close().await;
        let settings = ApiSettings { batch_bytes_most: 2 << 20, ..ApiSettings::default() };
        Self::over(self.folder, settings, self.clock.now().as_millis(), 8).await
    }

    async fn over(folder: tempfile::TempDir, settings: ApiSettings, now_millis: i64, seed: u64) -> Self {
        let clock = Arc::new(ManualClock::new(Timestamp::from_millis(now_millis)));
        let (giving, arrivals) = handover(64);
        let path = folder.path().join("wirepost.db");
        let store = SqliteStore::open(&path, Settings::default(), giving, clock.clone(), &sealing());
        let store = Arc::new(store.expect("a store opens in an empty folder"));
        let highest = store.highest_key().await.expect("the store reads");
        let ids = Arc::new(IdSource::new(highest, StdRng::seed_from_u64(seed)));
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
            lanes: Some(Arc::new(OneInFlight)),
            trial_senders: None,
            settings: ControlSettings::default(),
        });
        let made = control.ensure_organisation_token(Some(TOKEN)).await;
        assert_eq!(made, Ok(None), "a configured token needs no other");
        Self {
            router: router(control, settings),
            store,
            clock,
            ids,
            arrivals: Mutex::new(arrivals),
            labels: Mutex::default(),
            folder,
        }
    }

    /// Asks with the organisation's token; the path is below `/api/v1`.
    pub(crate) async fn call(&self, method: &str, path: &str, body: Value) -> Answer {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.call_raw(method, path, body).await
    }

    /// The same with a body that need not be JSON.
    pub(crate) async fn call_raw(&self, method: &str, path: &str, body: impl Into<Body>) -> Answer {
        self.call_as(&format!("Bearer {TOKEN}"), method, path, body).await
    }

    /// The same with another `Authorization`; none when it is empty.
    pub(crate) async fn call_as(
        &self,
        authorization: &str,
        method: &str,
        path: &str,
        body: impl Into<Body>,
    ) -> Answer {
        self.call_at(authorization, method, &format!("/api/v1{path}"), body).await
    }

    /// The same at a path from the root.
    pub(crate) async fn call_at(
        &self,
        authorization: &str,
        method: &str,
        path: &str,
        body: impl Into<Body>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if !authorization.is_empty() {
            request = request.header("authorization", authorization);
        }
        let answer = self.send(request.body(body.into()).expect("a good request")).await;
        described::check(&self.router, method, path, &answer).await;
        answer
    }

    /// Sends a request as it is.
    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let Ok(response) = self.router.clone().oneshot(request).await;
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.expect("the body is whole");
        Answer { status: parts.status, headers: parts.headers, body }
    }

    pub(crate) fn router(&self) -> &Router {
        &self.router
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call("GET", path, Value::Null).await
    }

    /// Makes something and gives back its id.
    pub(crate) async fn create(&self, path: &str, body: Value) -> String {
        let answer = self.call("POST", path, body).await;
        assert!(answer.status.is_success(), "POST {path}: {answer:?}");
        answer.json()["id"].as_str().unwrap_or_default().to_owned()
    }

    /// An app with this uid.
    pub(crate) async fn app(&self, uid: &str) -> String {
        self.create("/app", json!({"name": uid, "uid": uid})).await
    }

    /// An event type of this name.
    pub(crate) async fn event_type(&self, name: &str) {
        self.create("/event-type", json!({"name": name, "description": "for a test"})).await;
    }

    /// A token as it is asked for, made by the API itself.
    pub(crate) async fn token(&self, wanted: Value) -> String {
        let made = self.call("POST", "/admin/token", wanted).await;
        assert_eq!(made.status, 201, "{made:?}");
        format!("Bearer {}", made.json()["token"].as_str().expect("it is shown once"))
    }

    /// A token of one app.
    pub(crate) async fn app_token(&self, app: &str, token: &str) -> String {
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, token.as_bytes());
        let now = Timestamp::from_millis(NOON_MILLIS);
        let row = Token {
            id: self.ids.next(now),
            hash: digest.as_ref().try_into().expect("SHA-256 has 32 bytes"),
            name: "for a test".into(),
            scope: Scope::App(app.parse().expect("an app id")),
            capabilities: Capabilities::OF_CUSTOMER,
            created_at: now,
            expires_at: None,
            last_used_at: None,
            revoked_at: None,
            feature_flags: FeatureFlags::default(),
        };
        self.store.put_token(row).await.expect("the store keeps it");
        format!("Bearer {token}")
    }

    /// Where its store lies.
    pub(crate) fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Moves the clock.
    pub(crate) fn wait(&self, millis: i64) {
        use wirepost_model::clock::Clock;
        self.clock.set(Timestamp::from_millis(self.clock.now().as_millis() + millis));
    }

    /// What the engine was handed since the last call.
    pub(crate) async fn handed_over(&self) -> Vec<DueDelivery> {
        // A write that is answered after those asked about: when it is done, so are they.
        self.store.check().await.expect("the store is well");
        let mut batches = Vec::new();
        let mut arrivals = self.arrivals.lock();
        let context = &mut std::task::Context::from_waker(std::task::Waker::noop());
        while std::pin::pin!(arrivals.next(&mut batches)).poll(context).is_ready() {}
        batches.into_iter().flatten().collect()
    }

    /// An answer with every id told by a number, so that it stays the same from run to run.
    pub(crate) fn show(&self, answer: &Answer) -> Value {
        let mut body = if answer.body.is_empty() { Value::Null } else { answer.json() };
        self.label(&mut body);
        json!({"status": answer.status.as_u16(), "body": body})
    }

    fn label(&self, value: &mut Value) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(|item| self.label(item)),
            Value::Object(fields) => fields.values_mut().for_each(|field| self.label(field)),
            Value::String(text) => {
                let bare = text.trim_start_matches('-').to_owned();
                let prefix = PREFIXES.iter().find(|prefix| {
                    bare.strip_prefix(**prefix).is_some_and(|rest| rest.len() == KSUID_CHARACTERS)
                });
                if let Some(prefix) = prefix {
                    let label = self.label_of(&bare, prefix);
                    *text = text.replace(&bare, &label);
                }
            }
            _ => {}
        }
    }

    fn label_of(&self, id: &str, prefix: &str) -> String {
        let mut labels = self.labels.lock();
        if let Some(label) = labels.get(id) {
            return label.clone();
        }
        let alike = labels.values().filter(|label| label.starts_with(&format!("[{prefix}"))).count();
        let label = format!("[{prefix}{}]", alike + 1);
        labels.insert(id.to_owned(), label.clone());
        label
    }
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub(crate) fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }

    /// Where the refused value stood.
    pub(crate) fn loc(&self) -> Value {
        self.json()["detail"][0]["loc"].clone()
    }
}

/// Asserts that an answer is as its snapshot says.
macro_rules! assert_answer {
    ($name:literal, $api:expr, $answer:expr) => {
        insta::assert_json_snapshot!($name, $api.show(&$answer))
    };
}
pub(crate) use assert_answer;
