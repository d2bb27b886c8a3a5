//! The other side: receivers of every character, behind the engine's own `Transport`. They keep a log of each
//! request, and know by themselves when two of the same delivery are open at once.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use parking_lot::Mutex;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use wirepost_engine::{Answer, Outlet, Reply, TokenSource, Transport};
use wirepost_model::attempt::{FailureCause, Timing};
use wirepost_model::delivery::{DeliveryState, ResumeAs};
use wirepost_model::delivery_rules::HttpVersion;
use wirepost_model::ids::{EndpointId, MessageId};
use wirepost_model::oauth::OauthConfig;
use wirepost_model::timestamp::Timestamp;

use crate::clock::{VirtualClock, pass};
use crate::disk::{DeliveryRow, Disk};
use crate::token_server::{FromTokenServer, TokenServer};

/// What a receiver does with one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) after: Duration,
    /// `None`: no answer ever; the time-out ends it.
    pub(crate) answer: Option<Result<u16, &'static str>>,
    pub(crate) retry_after: Option<String>,
}

/// What a receiver is like.
#[derive(Debug, Clone)]
pub(crate) enum Character {
    /// These in turn, then the last one for ever.
    Script(VecDeque<Plan>),
    /// Fails as often as this, in every way there is.
    Flaky(f64),
}

/// A request as it was received.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) url: String,
    pub(crate) message: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) began_at: Timestamp,
    pub(crate) ended_at: Option<Timestamp>,
    /// The status answered, if any was.
    pub(crate) status: Option<u16>,
    /// Until when the answer asked to leave the whole endpoint alone.
    pub(crate) quiet_until: Option<Timestamp>,
}

/// All receivers.
pub(crate) struct Receivers {
    pub(crate) tokens: Arc<TokenServer>,
    state: Mutex<State>,
    clock: Arc<VirtualClock>,
    disk: Arc<Mutex<Disk>>,
}

struct State {
    characters: BTreeMap<String, Character>,
    rng: StdRng,
    log: Vec<Request>,
    open: BTreeSet<(String, String)>,
    open_by_url: BTreeMap<String, usize>,
    most_open: usize,
    most_open_by_url: BTreeMap<String, usize>,
    twice: Vec<(String, String)>,
    untimely: Vec<String>,
    /// Endpoints whose messages always went in order.
    in_order: BTreeSet<EndpointId>,
}

impl Plan {
    pub(crate) fn answer(status: u16) -> Self {
        Self { after: Duration::ZERO, answer: Some(Ok(status)), retry_after: None }
    }

    pub(crate) fn hang() -> Self {
        Self { answer: None, ..Self::answer(0) }
    }

    pub(crate) fn after(self, after: Duration) -> Self {
        Self { after, ..self }
    }

    pub(crate) fn retry_after(self, value: &str) -> Self {
        Self { retry_after: Some(value.to_owned()), ..self }
    }
}

impl Character {
    pub(crate) fn always(plan: Plan) -> Self {
        Self::Script(VecDeque::from([plan]))
    }

    pub(crate) fn script(plans: impl IntoIterator<Item = Plan>) -> Self {
        Self::Script(plans.into_iter().collect())
    }

    fn plan(&mut self, rng: &mut StdRng) -> Plan {
        match self {
            Self::Script(plans) if plans.len() > 1 => plans.pop_front().expect("there are several"),
            Self::Script(plans) => plans.front().cloned().unwrap_or_else(|| Plan::answer(200)),
            Self::Flaky(fails) => {
                let after = Duration::from_millis(rng.random_range(0..400));
                let plan = if rng.random_bool(*fails) {
                    any_failure(rng)
                } else {
                    Plan::answer(rng.random_range(200..300))
                };
                plan.after(after)
            }
        }
    }
}

fn any_failure(rng: &mut StdRng) -> Plan {
    let seconds = rng.random_range(0..90).to_string();
    match rng.random_range(0..14) {
        0..3 => Plan::answer(500),
        3 => Plan::answer(302),
        4 => Plan::answer(404).retry_after(&seconds),
        5 => Plan::answer(429).retry_after(&seconds),
        6 => Plan::answer(503).retry_after(&seconds),
        7 => Plan::answer(503).retry_after("soon"),
        8 | 9 => Plan::hang(),
        10..13 => Plan { answer: Some(Err("reset")), ..Plan::answer(0) },
        _ if rng.random_bool(0.05) => Plan::answer(410),
        _ => Plan::answer(502),
    }
}

impl Receivers {
    pub(crate) fn new(seed: u64, clock: Arc<VirtualClock>, disk: Arc<Mutex<Disk>>) -> Self {
        Self {
            tokens: Arc::default(),
            state: Mutex::new(State {
                characters: BTreeMap::new(),
                rng: StdRng::seed_from_u64(seed),
                log: Vec::new(),
                open: BTreeSet::new(),
                open_by_url: BTreeMap::new(),
                most_open: 0,
                most_open_by_url: BTreeMap::new(),
                twice: Vec::new(),
                untimely: Vec::new(),
                in_order: BTreeSet::new(),
            }),
            clock,
            disk,
        }
    }

    /// From now on the receiver at this URL is like this.
    pub(crate) fn set(&self, url: &str, character: Character) {
        self.state.lock().characters.insert(url.to_owned(), character);
    }

    /// From the beginning of this life on, this endpoint's messages go in order.
    pub(crate) fn set_in_order(&self, endpoint: EndpointId) {
        self.state.lock().in_order.insert(endpoint);
    }

    /// All requests so far.
    pub(crate) fn log(&self) -> Vec<Request> {
        self.state.lock().log.clone()
    }

    /// The requests so far at this URL.
    pub(crate) fn log_of(&self, url: &str) -> Vec<Request> {
        let state = self.state.lock();
        state.log.iter().filter(|request| request.url == url).cloned().collect()
    }

    /// Requests so far.
    pub(crate) fn count(&self) -> usize {
        self.state.lock().log.len()
    }

    /// Most requests that were open at once, in all and to one URL.
    pub(crate) fn most_open(&self) -> (usize, usize) {
        let state = self.state.lock();
        (state.most_open, state.most_open_by_url.values().copied().max().unwrap_or(0))
    }

    /// Deliveries of which two requests were open at once.
    pub(crate) fn twice(&self) -> Vec<(String, String)> {
        self.state.lock().twice.clone()
    }

    /// Requests that began although the disk said that nothing was due.
    pub(crate) fn untimely(&self) -> Vec<String> {
        self.state.lock().untimely.clone()
    }

    fn begin(&self, url: &str, headers: HeaderMap, body: Bytes) -> (usize, Plan) {
        let mut state = self.state.lock();
        let State { characters, rng, .. } = &mut *state;
        let character = characters.entry(url.to_owned());
        let plan = character.or_insert_with(|| Character::always(Plan::answer(200))).plan(rng);
        let message = headers["webhook-id"].to_str().expect("an id is ASCII").to_owned();
        let untimely =
            self.why_untimely(url, &message).or_else(|| self.why_out_of_order(&state, url, &message));
        state.untimely.extend(untimely);
        let delivery = (url.to_owned(), message.clone());
        if !state.open.insert(delivery.clone()) {
            state.twice.push(delivery);
        }
        state.most_open = state.most_open.max(state.open.len());
        let here = state.open_by_url.entry(url.to_owned()).or_default();
        *here += 1;
        let here = *here;
        let most = state.most_open_by_url.entry(url.to_owned()).or_default();
        *most = here.max(*most);
        state.log.push(Request {
            url: url.to_owned(),
            message,
            headers,
            body,
            began_at: self.clock.shows(),
            ended_at: None,
            status: None,
            quiet_until: None,
        });
        (state.log.len() - 1, plan)
    }

    /// Why nothing of this delivery should be sent now, if so. What was ended while it was on its way may pass.
    fn why_untimely(&self, url: &str, message: &str) -> Option<String> {
        let disk = self.disk.lock();
        let endpoint = url.split('/').find_map(|part| EndpointId::parse(part).ok())?;
        let message = MessageId::parse(message).expect("webhook-id is a message id");
        let row = disk.deliveries.get(&(endpoint, message))?;
        let of = &disk.endpoints[&endpoint];
        let now = self.clock.shows();
        let timely = match row.state {
            DeliveryState::Pending { due_at } => due_at <= now,
            DeliveryState::Failed => of.was_gone,
            DeliveryState::Canceled => of.deleted,
            DeliveryState::Delivered | DeliveryState::Skipped => false,
        };
        (!timely).then(|| format!("{:?} is {:?} at {now:?}", row.key, row.state))
    }

    /// Which older one is passed that waits before this delivery in its line, if so. An older one that a task made
    /// pending again stands where it comes, and one that was answered well but is not recorded is not passed.
    fn why_out_of_order(&self, state: &State, url: &str, message: &str) -> Option<String> {
        let endpoint = url.split('/').find_map(|part| EndpointId::parse(part).ok())?;
        let message = MessageId::parse(message).expect("webhook-id is a message id");
        let disk = self.disk.lock();
        let is_by_hand = disk.deliveries.get(&(endpoint, message))?.progress.resend.is_some();
        if !state.in_order.contains(&endpoint) || is_by_hand {
            return None;
        }
        let answered_well = |id: MessageId| {
            let (id, requests) = (id.to_string(), state.log.iter().filter(|request| request.url == url));
            requests
                .filter(|request| request.message == id)
                .any(|request| matches!(request.status, Some(200..300)))
        };
        let first = (endpoint, MessageId::from_parts(0, [0; 12]));
        let older = disk.deliveries.range(first..(endpoint, message)).map(|(_, row)| row);
        let in_line = |row: &&DeliveryRow| match row.progress.resend {
            None => row.state.due_at().is_some() && row.replays == 0,
            Some(ResumeAs(state)) => state.due_at().is_some(),
        };
        let passed = older.filter(in_line).find(|row| !answered_well(row.key.message))?;
        Some(format!("{message} passes {:?} {:?} {:?}", passed.key, passed.state, passed.progress))
    }

    fn end(&self, number: usize, plan: &Plan) -> Reply {
        let now = self.clock.shows();
        let mut state = self.state.lock();
        let request = &mut state.log[number];
        request.ended_at = Some(now);
        let answer = match plan.answer {
            Some(Ok(status)) => {
                request.status = Some(status);
                let mut headers = HeaderMap::new();
                if let Some(value) = &plan.retry_after {
                    headers.insert(
                        http::header::RETRY_AFTER,
                        HeaderValue::from_str(value).expect("a plan holds good headers"),
                    );
                    let seconds = value.parse().ok().map(Duration::from_secs);
                    request.quiet_until = seconds
                        .filter(|_| matches!(status, 429 | 502 | 503 | 504))
                        .map(|wait| now.plus(wait));
                }
                Ok(Answer { status, headers, body: Bytes::from_static(b"as planned") })
            }
            Some(Err(code)) => Err(FailureCause { code, text: "as planned".into() }),
            None => Err(FailureCause { code: "timeout", text: "no answer in time".into() }),
        };
        let delivery = (request.url.clone(), request.message.clone());
        state.open.remove(&delivery);
        *state.open_by_url.entry(delivery.0).or_insert(1) -= 1;
        Reply { answer, timing: Timing::default(), remote_address: None }
    }
}

/// The engine's way to them.
pub(crate) struct ToReceivers(pub(crate) Arc<Receivers>);

struct ToReceiver {
    receivers: Arc<Receivers>,
    url: String,
}

impl Transport for ToReceivers {
    fn outlet(&self, url: &str, _: HttpVersion) -> Arc<dyn Outlet> {
        Arc::new(ToReceiver { receivers: self.0.clone(), url: url.to_owned() })
    }

    fn token_source(&self, config: &OauthConfig) -> Arc<dyn TokenSource> {
        Arc::new(FromTokenServer::new(self.0.tokens.clone(), &config.client_id))
    }
}

#[async_trait]
impl Outlet for ToReceiver {
    async fn post(&self, headers: HeaderMap, body: Bytes, timeout: Duration) -> Reply {
        let (number, plan) = self.receivers.begin(&self.url, headers, body);
        let in_time = plan.answer.is_some() && plan.after < timeout;
        let wait = if in_time { plan.after } else { timeout };
        if !wait.is_zero() {
            pass(wait).await;
        }
        let plan = if in_time { plan } else { Plan::hang() };
        self.receivers.end(number, &plan)
    }

    fn close_idle(&self, _: Duration) {}
}
