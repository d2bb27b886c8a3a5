//! Rate trials in virtual time, against receivers that cope with a known rate: what is proposed, what is never passed,
//! and how soon a trial stops.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use parking_lot::Mutex;
use rand::SeedableRng;
use rand::rngs::StdRng;
use tokio::time::{Instant, timeout, timeout_at};
use wirepost_control::caller::AppAccess;
use wirepost_control::change::Change;
use wirepost_control::endpoint_draft::EndpointChanges;
use wirepost_control::page::{From, Order, PageQuery};
use wirepost_control::rate_trial::{
    RateTrialDraft, TrialReply, TrialSender, TrialSenders, TrialView, Watching,
};
use wirepost_control::{Control, ControlError, ControlParts, ControlSettings, MessageFilter};
use wirepost_egress::{Client, ClientSettings};
use wirepost_model::attempt::AttemptOutcome;
use wirepost_model::capability::{Capabilities, Capability};
use wirepost_model::id_source::IdSource;
use wirepost_model::ids::{AppId, EndpointId, MessageId};
use wirepost_model::rate_trial::{Conclusion, Ending};

use crate::rig::Rig;

/// What a receiver does.
#[derive(Debug, Clone, Copy)]
enum Manner {
    /// Takes so many a second, one after the other.
    Queue(u32),
    /// Answers 429 beyond so many a second.
    Refusing(u32),
    /// Never answers.
    Silent,
    /// Is another endpoint by now.
    Changed,
}

struct Receiver {
    manner: Mutex<Manner>,
    free_at: Mutex<Instant>,
    /// When each request came, and under which id.
    came: Mutex<Vec<(Instant, MessageId)>>,
    open: Mutex<(usize, usize)>,
}

struct ToReceiver(Arc<Receiver>);

/// Counts a request as open for as long as it lives.
struct Open<'a>(&'a Receiver);

impl Receiver {
    fn new(manner: Manner) -> Arc<Self> {
        let (manner, free_at) = (Mutex::new(manner), Mutex::new(Instant::now()));
        Arc::new(Self { manner, free_at, came: Mutex::default(), open: Mutex::default() })
    }

    fn came(&self) -> Vec<Instant> {
        self.came.lock().iter().map(|(came_at, _)| *came_at).collect()
    }

    /// Most that were open at a time, and those open now.
    fn open(&self) -> (usize, usize) {
        let (now, most) = *self.open.lock();
        (most, now)
    }

    fn enter(&self, message: MessageId) -> Open<'_> {
        self.came.lock().push((Instant::now(), message));
        let mut open = self.open.lock();
        open.0 += 1;
        open.1 = open.1.max(open.0);
        Open(self)
    }

    /// When one that takes so long is done, behind all that came before.
    fn done_at(&self, each: Duration) -> Instant {
        let mut free_at = self.free_at.lock();
        *free_at = (*free_at).max(Instant::now()) + each;
        *free_at
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.open.lock().0 -= 1;
    }
}

#[async_trait]
impl TrialSenders for ToReceiver {
    async fn open(&self, _: AppId, _: EndpointId) -> Option<Arc<dyn TrialSender>> {
        Some(Arc::new(Self(self.0.clone())))
    }
}

#[async_trait]
impl TrialSender for ToReceiver {
    async fn send(&self, message: MessageId, _: Bytes) -> Option<TrialReply> {
        let manner = *self.0.manner.lock();
        let _open = self.0.enter(message);
        let status = match manner {
            Manner::Queue(rate) => {
                let done_at = self.0.done_at(Duration::from_secs(1) / rate) + Duration::from_millis(5);
                let _ = timeout_at(done_at, std::future::pending::<()>()).await;
                200
            }
            Manner::Refusing(rate) => {
                // What the bucket of one token would owe.
                let each = Duration::from_secs(1) / rate;
                let is_early = *self.0.free_at.lock() > Instant::now() + each / 2;
                if !is_early {
                    self.0.done_at(each);
                }
                if is_early { 429 } else { 204 }
            }
            Manner::Silent => std::future::pending().await,
            Manner::Changed => return None,
        };
        let outcome = AttemptOutcome::Answered { status, retry_after: None };
        Some(TrialReply { outcome, succeeded: status < 300 })
    }
}

/// An app with one endpoint, whose receiver has this manner.
async fn begin(manner: Manner) -> (Rig, AppAccess, Arc<Receiver>) {
    let receiver = Receiver::new(manner);
    let mut rig = Rig::start();
    rig.control = Control::new(ControlParts {
        store: rig.store.clone(),
        directory: rig.directory.clone(),
        clock: rig.clock.clone(),
        ids: Arc::new(IdSource::new(1 << 60, StdRng::seed_from_u64(3))),
        client: Client::new(ClientSettings::default()).expect("a client without extra roots"),
        lanes: None,
        trial_senders: Some(Arc::new(ToReceiver(receiver.clone()))),
        settings: ControlSettings::default(),
    });
    let access = rig.app("acme").await;
    rig.endpoint(&access, "main").await;
    let access = rig.control.enter(rig.caller(), "acme").await.expect("it is there");
    (rig, access, receiver)
}

fn draft(rate_most: u32) -> RateTrialDraft {
    RateTrialDraft {
        event_type: "svix.ping".into(),
        rate_most,
        requests_most: 20_000,
        seconds_most: 180,
        errors_percent_most: 5,
    }
}

async fn start(control: &Control, access: &AppAccess, rate_most: u32) -> (String, Watching) {
    let id = control.start_rate_trial(access, "main", draft(rate_most)).await.expect("a good trial");
    let watching = control.watch_rate_trial(access, "main", &id).expect("it was just prepared");
    (id, watching)
}

async fn end(watching: &mut Watching) -> (TrialView, Conclusion) {
    let mut last = None;
    while let Some(view) = watching.next().await {
        last = Some(view);
    }
    let view = last.expect("it is seen at least once");
    let conclusion = view.conclusion().expect("it has ended");
    (view, conclusion)
}

/// Lets so much virtual time pass, with all that happens in it.
async fn pass(time: Duration) {
    assert!(timeout(time, std::future::pending::<()>()).await.is_err());
}

/// Waits until the receiver has had so many.
async fn until_came(watching: &mut Watching, receiver: &Receiver, count: usize) {
    while receiver.came().len() < count {
        watching.next().await.expect("it goes on");
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_receiver_copes_with_is_proposed_and_the_bound_never_passed() {
    for (manner, rate, rate_most) in [
        (Manner::Queue(40), 40, 100),
        (Manner::Queue(150), 150, 400),
        (Manner::Refusing(40), 40, 100),
        (Manner::Refusing(150), 150, 400),
        (Manner::Queue(1_000), 60, 60),
    ] {
        let (rig, access, receiver) = begin(manner).await;
        let (_, mut watching) = start(&rig.control, &access, rate_most).await;
        let (view, conclusion) = end(&mut watching).await;
        let proposal = conclusion.proposal().unwrap_or_else(|| panic!("{view:#?}"));
        let share = f64::from(proposal) / f64::from(rate);
        assert!((0.8..=1.2).contains(&share), "{proposal} for {manner:?}: {view:#?}");
        let came = receiver.came();
        assert_eq!(came.len(), view.sent() as usize);
        let most = rate_most as usize;
        let fastest = came.windows(most + most / 50 + 2).map(|span| span[span.len() - 1] - span[0]).min();
        assert!(fastest.is_none_or(|span| span >= Duration::from_secs(1)), "{fastest:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_of_a_trial_is_stored_and_each_request_has_an_id_of_its_own() {
    let (rig, access, receiver) = begin(Manner::Queue(500)).await;
    let (_, mut watching) = start(&rig.control, &access, 10).await;
    end(&mut watching).await;
    let mut ids: Vec<_> = receiver.came.lock().iter().map(|(_, id)| *id).collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert!(count > 50 && ids.len() == count, "{count}");
    let page = PageQuery { limit: 1, order: Order::Ascending, from: From::Start };
    let stored = rig.control.list_messages(&access, MessageFilter::default(), page).await;
    assert!(stored.expect("the store answers").page.rows.is_empty());
}

#[tokio::test(start_paused = true)]
async fn stop_stops_at_once_and_drops_what_is_open() {
    let (rig, access, receiver) = begin(Manner::Queue(20)).await;
    let (id, mut watching) = start(&rig.control, &access, 100).await;
    until_came(&mut watching, &receiver, 60).await;
    rig.control.stop_rate_trial(&access, "main", &id).expect("it runs");
    let count = receiver.came().len();
    let (view, conclusion) = end(&mut watching).await;
    assert_eq!((conclusion.ending, receiver.open().1), (Ending::Stopped, 0));
    pass(Duration::from_secs(30)).await;
    assert_eq!((receiver.came().len(), view.sent() as usize), (count, count));
    // What was seen until then is told.
    assert!(conclusion.proposal().is_some_and(|proposal| proposal <= 20), "{conclusion:?}");
}

#[tokio::test(start_paused = true)]
async fn a_trial_stops_when_the_last_watcher_leaves() {
    let (rig, access, receiver) = begin(Manner::Queue(500)).await;
    let (id, mut watching) = start(&rig.control, &access, 100).await;
    let other = rig.control.watch_rate_trial(&access, "main", &id).expect("it runs");
    until_came(&mut watching, &receiver, 20).await;
    drop(other);
    until_came(&mut watching, &receiver, 40).await;
    drop(watching);
    let count = receiver.came().len();
    pass(Duration::from_secs(30)).await;
    let view = rig.control.rate_trial(&access, "main", &id).expect("it can still be looked at");
    assert_eq!(view.conclusion().map(|conclusion| conclusion.ending), Some(Ending::Unwatched));
    assert_eq!(receiver.came().len(), count);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_before_somebody_watches() {
    let (rig, access, receiver) = begin(Manner::Queue(500)).await;
    let id = rig.control.start_rate_trial(&access, "main", draft(100)).await.expect("a good trial");
    pass(Duration::from_secs(9)).await;
    assert!(receiver.came().is_empty());
    pass(Duration::from_secs(2)).await;
    let mut late = rig.control.watch_rate_trial(&access, "main", &id).expect("it can be looked at");
    let (_, conclusion) = end(&mut late).await;
    assert_eq!((conclusion.ending, receiver.came().len()), (Ending::Unwatched, 0));
    assert_eq!(
        conclusion.reason(),
        "Stopped because nobody had this page open any more. There is nothing to propose."
    );
}

#[tokio::test(start_paused = true)]
async fn a_receiver_that_goes_silent_is_left_alone() {
    let (rig, access, receiver) = begin(Manner::Queue(500)).await;
    let (_, mut watching) = start(&rig.control, &access, 100).await;
    until_came(&mut watching, &receiver, 40).await;
    *receiver.manner.lock() = Manner::Silent;
    let (view, conclusion) = end(&mut watching).await;
    assert_eq!(conclusion.ending, Ending::Failing);
    assert_eq!(view.failure.as_deref(), Some("the receiver did not answer"));
    assert!(conclusion.proposal().is_some());
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_changes_ends_its_trial() {
    let (rig, access, receiver) = begin(Manner::Queue(500)).await;
    let (_, mut watching) = start(&rig.control, &access, 100).await;
    until_came(&mut watching, &receiver, 10).await;
    *receiver.manner.lock() = Manner::Changed;
    let (_, conclusion) = end(&mut watching).await;
    assert_eq!(conclusion.ending, Ending::EndpointChanged);
}

#[tokio::test(start_paused = true)]
async fn no_more_are_open_at_a_time_than_the_endpoint_takes() {
    let (rig, access, receiver) = begin(Manner::Silent).await;
    let mut changes = EndpointChanges::default();
    changes.delivery_rules.in_flight_most = Change::Set(Some(2));
    rig.control.change_endpoint(&access, "main", changes).await.expect("a good change");
    let (_, mut watching) = start(&rig.control, &access, 100).await;
    end(&mut watching).await;
    assert_eq!(receiver.open(), (2, 0));
}

#[tokio::test(start_paused = true)]
async fn the_process_ends_its_trials() {
    let (rig, access, receiver) = begin(Manner::Queue(500)).await;
    let (_, mut watching) = start(&rig.control, &access, 100).await;
    until_came(&mut watching, &receiver, 10).await;
    rig.control.stop_rate_trials();
    let ended = timeout(Duration::from_millis(1), end(&mut watching)).await.expect("at once");
    assert_eq!(ended.1.ending, Ending::ServerStopping);
}

#[tokio::test(start_paused = true)]
async fn one_trial_runs_for_an_endpoint() {
    let (rig, access, _) = begin(Manner::Queue(500)).await;
    let (_, mut watching) = start(&rig.control, &access, 100).await;
    watching.next().await;
    watching.next().await;
    let again = rig.control.start_rate_trial(&access, "main", draft(100)).await;
    assert!(matches!(again, Err(ControlError::LimitReached(_))), "{again:?}");
    drop(watching);
    pass(Duration::from_millis(1)).await;
    assert!(rig.control.start_rate_trial(&access, "main", draft(100)).await.is_ok());
    // One that nobody came to watch makes room.
    assert!(rig.control.start_rate_trial(&access, "main", draft(100)).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn who_may_not_send_may_not_try() {
    let (rig, access, _) = begin(Manner::Queue(500)).await;
    let id = rig.control.start_rate_trial(&access, "main", draft(100)).await.expect("a good trial");
    let viewer = rig.caller().with_capabilities([Capability::ViewBase].into_iter().collect::<Capabilities>());
    let viewing = rig.control.enter(viewer, "acme").await.expect("it may look");
    let refused = ControlError::MissingCapability(Capability::CreateAttempts);
    assert_eq!(rig.control.start_rate_trial(&viewing, "main", draft(100)).await, Err(refused.clone()));
    assert_eq!(rig.control.stop_rate_trial(&viewing, "main", &id), Err(refused.clone()));
    assert_eq!(rig.control.watch_rate_trial(&viewing, "main", &id).err(), Some(refused));
    rig.endpoint(&access, "other").await;
    let access = rig.control.enter(rig.caller(), "acme").await.expect("it is there");
    assert_eq!(rig.control.rate_trial(&access, "other", &id).err(), Some(ControlError::NotFound));
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_tried_is_refused_with_its_reason() {
    let (rig, access, _) = begin(Manner::Queue(500)).await;
    let unknown = RateTrialDraft { event_type: "no.such".into(), ..draft(100) };
    assert_eq!(rig.control.start_rate_trial(&access, "main", unknown).await, Err(ControlError::NotFound));
    let mut changes = EndpointChanges { throttle_rate: Change::Set(Some(50)), ..EndpointChanges::default() };
    rig.control.change_endpoint(&access, "main", changes.clone()).await.expect("a good change");
    let beyond = rig.control.start_rate_trial(&access, "main", draft(51)).await;
    assert!(beyond.is_err_and(|error| error.to_string().starts_with("body.rateMost: must be at most 50, ")));
    changes.disabled = Change::Set(true);
    rig.control.change_endpoint(&access, "main", changes).await.expect("a good change");
    let disabled = rig.control.start_rate_trial(&access, "main", draft(50)).await;
    assert_eq!(disabled, Err(ControlError::EndpointDisabled));
}
