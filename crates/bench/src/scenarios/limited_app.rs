//! An app under a rate limit, its own or that of its one endpoint: what is posted to it, what its endpoints have
//! seen, and what the API says of both.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;

use crate::api::{self, Api, EVENT_TYPE, NewEndpoint};
use crate::clock;
use crate::error::Result;
use crate::receiver::{Behaviour, Receiver};
use crate::workbench::Workbench;

/// The limit whose receivers now and then say that there are too many.
const TOO_MANY_AT: u32 = 200;
const BATCH: u64 = 1_000;
const POLL: Duration = Duration::from_millis(20);
/// How often it is asked what a message waits for: a lane that sends at that moment waits for nothing.
const ASKED_MOST: usize = 100;
/// How often the attempts are read until all requests are among them: the last ones may still be written.
const READ_MOST: usize = 50;
const LONGEST_SILENCE_S: f64 = 30.0;
const MISSING_SHOWN: usize = 10;

/// Whose limit it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// That of the app's only endpoint.
    Endpoint,
    /// That of the app, shared by its two endpoints.
    App,
}

impl Place {
    fn as_str(self) -> &'static str {
        match self {
            Self::Endpoint => "endpoint",
            Self::App => "app",
        }
    }

    fn endpoints(self) -> u64 {
        match self {
            Self::Endpoint => 1,
            Self::App => 2,
        }
    }

    /// The word by which the API explains the waiting.
    fn waits_for(self) -> &'static str {
        match self {
            Self::Endpoint => "rateLimit",
            Self::App => "appRateLimit",
        }
    }
}

/// An app, its limit, and where its deliveries arrive.
pub(super) struct LimitedApp {
    place: Place,
    limit: u32,
    uid: String,
    receivers: Vec<Arc<Receiver>>,
    posted: u64,
}

impl LimitedApp {
    /// Creates the app, its endpoints and the limit, in messages per second.
    pub(super) async fn create(bench: &Workbench, api: &mut Api, place: Place, limit: u32) -> Result<Self> {
        let uid = format!("{}-{limit}", place.as_str());
        api.create_app(&uid).await?;
        let seed = bench.arguments.seed;
        let behaviour = match limit {
            TOO_MANY_AT => Behaviour::TooManyNowAndThen { seed },
            _ => Behaviour::Answer(StatusCode::OK),
        };
        let mut receivers = Vec::new();
        for number in 0..place.endpoints() {
            let receiver = bench.sink.add_receiver(behaviour);
            receiver.keep_arrivals();
            let endpoint =
                NewEndpoint { app: &uid, uid: &endpoint_uid(number), url: receiver.url(), event_type: None };
            api.create_endpoint(endpoint).await?;
            receivers.push(receiver);
        }
        let app = Self { place, limit, uid, receivers, posted: 0 };
        app.set_limit(api, Some(limit)).await?;
        Ok(app)
    }

    /// What it is called beside its figures.
    pub(super) fn name(&self) -> String {
        let limit = if self.limit == 1_000 { "1,000".to_owned() } else { self.limit.to_string() };
        format!("{} {limit}/s", self.place.as_str())
    }

    /// Messages per second.
    pub(super) fn limit(&self) -> u32 {
        self.limit
    }

    /// How many endpoints share the limit.
    pub(super) fn endpoints(&self) -> u64 {
        self.place.endpoints()
    }

    /// Lifts the limit.
    pub(super) async fn lift(&self, api: &mut Api) -> Result<()> {
        self.set_limit(api, None).await
    }

    async fn set_limit(&self, api: &mut Api, rate: Option<u32>) -> Result<()> {
        match self.place {
            Place::Endpoint => api.limit_endpoint(&self.uid, &endpoint_uid(0), rate).await,
            Place::App => api.limit_app(&self.uid, rate).await,
        }
    }

    /// Posts so many seconds' worth of the limit; answers when the first was accepted, in [`clock::unix_ns`].
    pub(super) fn load(
        &mut self,
        api: Api,
        seconds: f64,
    ) -> impl Future<Output = Result<u64>> + Send + 'static {
        let deliveries = (f64::from(self.limit) * seconds).ceil() as u64;
        let first = self.posted;
        self.posted += deliveries.div_ceil(self.place.endpoints());
        post(api, self.uid.clone(), first, self.posted)
    }

    /// Asks at each endpoint what the last message waits for, until it is the limit; a line for each where it never is.
    pub(super) async fn unexplained(&self, api: &mut Api) -> Result<Vec<String>> {
        let Some(message) = api.newest_message(&self.uid).await? else {
            return Ok(vec![format!("{}: the app tells of no message", self.name())]);
        };
        let mut unexplained = Vec::new();
        for number in 0..self.place.endpoints() {
            let (endpoint, mut asked, mut words) = (endpoint_uid(number), 0, Vec::new());
            while !words.iter().any(|word| word == self.place.waits_for()) {
                if asked == ASKED_MOST {
                    words.dedup();
                    unexplained.push(format!("{}: explained by {} alone", self.name(), words.join(", ")));
                    break;
                }
                asked += 1;
                words.extend(api.waits_for(&self.uid, &message, &endpoint).await?);
                tokio::time::sleep(POLL).await;
            }
        }
        Ok(unexplained)
    }

    /// Deliveries that were accepted.
    pub(super) fn accepted(&self) -> u64 {
        self.posted * self.place.endpoints()
    }

    /// Of them, those that have not arrived yet.
    pub(super) fn waiting(&self) -> u64 {
        self.accepted() - self.sum(|receiver| receiver.record().delivered)
    }

    /// Requests that arrived.
    pub(super) fn requests(&self) -> u64 {
        self.sum(|receiver| receiver.record().requests)
    }

    /// Of them, those that were refused.
    pub(super) fn too_many(&self) -> u64 {
        self.sum(|receiver| {
            let record = receiver.record();
            record.requests - record.delivered - record.repeats.len() as u64
        })
    }

    fn sum(&self, of: impl Fn(&Receiver) -> u64) -> u64 {
        self.receivers.iter().map(|receiver| of(receiver)).sum()
    }

    /// When each request arrived, in [`clock::now_ns`].
    pub(super) fn arrivals_ns(&self) -> Vec<u64> {
        self.receivers.iter().flat_map(|receiver| receiver.record().arrivals_ns.clone()).flatten().collect()
    }

    /// When each attempt began, as the API says it, in [`clock::unix_ns`].
    pub(super) async fn attempts_begun_ns(&self, api: &mut Api) -> Result<Vec<u64>> {
        let mut begun_ns = Vec::new();
        for (number, receiver) in (0..).zip(&self.receivers) {
            let mut begun = Vec::new();
            for _ in 0..READ_MOST {
                begun = api.attempts_begun(&self.uid, &endpoint_uid(number)).await?;
                if begun.len() as u64 >= receiver.record().requests {
                    break;
                }
                tokio::time::sleep(POLL).await;
            }
            begun_ns.extend(begun.iter().map(|at| u64::try_from(at.as_millis()).unwrap_or(0) * 1_000_000));
        }
        Ok(begun_ns)
    }

    /// The accepted messages that never arrived, a line each.
    fn missing(&self) -> impl Iterator<Item = String> {
        self.receivers.iter().flat_map(|receiver| {
            let record = receiver.record();
            let missing = (0..self.posted).filter(move |number| !record.has_delivered(*number));
            missing.map(|number| format!("lost: message {number} of {}", self.name()))
        })
    }
}

fn endpoint_uid(number: u64) -> String {
    format!("endpoint-{number}")
}

async fn post(mut api: Api, app: String, first: u64, end: u64) -> Result<u64> {
    let mut first_accepted_ns = None;
    for from in (first..end).step_by(BATCH as usize) {
        let batch = api::numbered_batch(EVENT_TYPE, from..(from + BATCH).min(end));
        while !api.post_batch(&app, batch.clone()).await? {
            tokio::time::sleep(POLL).await;
        }
        first_accepted_ns.get_or_insert_with(clock::unix_ns);
    }
    Ok(first_accepted_ns.unwrap_or_default())
}

/// How it went on without limits.
pub(super) struct Drained {
    /// Accepted and never arrived.
    pub(super) missing: u64,
    /// Some of them, a line each.
    pub(super) shown: Vec<String>,
    last_at_ns: u64,
}

impl Drained {
    /// Waits until everything accepted has arrived, or until nothing came for long.
    pub(super) async fn wait(apps: &[LimitedApp]) -> Self {
        let (mut waiting, mut changed_at_ns) = (u64::MAX, clock::now_ns());
        loop {
            let waiting_now = apps.iter().map(LimitedApp::waiting).sum();
            if waiting_now < waiting {
                (waiting, changed_at_ns) = (waiting_now, clock::now_ns());
            }
            let silence_s = clock::seconds_between(changed_at_ns, clock::now_ns());
            if waiting == 0 || silence_s > LONGEST_SILENCE_S {
                break;
            }
            tokio::time::sleep(POLL).await;
        }
        let missing: Vec<String> = apps.iter().flat_map(LimitedApp::missing).collect();
        let last_at_ns = apps.iter().flat_map(|app| &app.receivers).map(|one| one.record().last_at_ns).max();
        Self {
            missing: missing.len() as u64,
            shown: missing.into_iter().take(MISSING_SHOWN).collect(),
            last_at_ns: last_at_ns.unwrap_or_default(),
        }
    }

    /// From this instant to the last arrival.
    pub(super) fn seconds_after(&self, at_ns: u64) -> f64 {
        clock::seconds_between(at_ns, self.last_at_ns)
    }
}
