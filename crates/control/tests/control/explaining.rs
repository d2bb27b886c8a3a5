//! Why a message is not sent yet, as its lane knows it; and words for every failure that sending can come to.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use rand::SeedableRng;
use rand::rngs::StdRng;
use wirepost_control::explain::{EndpointExplanation, ExplainedAt};
use wirepost_control::message_draft::MessageDraft;
use wirepost_control::next_try::{NextTry, WaitsFor};
use wirepost_control::page::{Order, PageQuery};
use wirepost_control::{Control, ControlParts, ControlSettings};
use wirepost_egress::{Client, ClientSettings, Failure, InnerAddress, Phase};
use wirepost_model::attempt::{Attempt, Timing, Trigger};
use wirepost_model::delivery::DeliveryKey;
use wirepost_model::id_source::IdSource;
use wirepost_model::ids::{AppId, AttemptId, EndpointId, MessageId};
use wirepost_model::lane::{LaneSums, LaneView, Lanes, Throttled, Waiting};

use crate::rig::{NOON, Rig};

/// A lane that stands as a test says, for every endpoint.
#[derive(Default)]
struct OneLane(Mutex<LaneView>);

impl Lanes for OneLane {
    fn view(&self, _: EndpointId) -> Option<LaneView> {
        Some(*self.0.lock())
    }

    fn sums(&self) -> LaneSums {
        LaneSums::default()
    }
}

/// Over the same store, with this lane.
fn control_with(rig: &Rig, lanes: Arc<OneLane>) -> Control {
    Control::new(ControlParts {
        store: rig.store.clone(),
        directory: rig.directory.clone(),
        clock: rig.clock.clone(),
        ids: Arc::new(IdSource::new(1 << 60, StdRng::seed_from_u64(3))),
        client: Client::new(ClientSettings::default()).expect("a client without extra roots"),
        lanes: Some(lanes),
        trial_senders: None,
        settings: ControlSettings::default(),
    })
}

#[tokio::test]
async fn what_is_due_waits_for_what_its_lane_waits_for() {
    let rig = Rig::start();
    let access = rig.app("acme").await;
    rig.endpoint(&access, "main").await;
    let access = rig.control.enter(rig.caller(), "acme").await.expect("it is there");
    let draft = MessageDraft { event_type: "a.b".into(), payload: "{}".into(), ..MessageDraft::default() };
    let message = rig.control.create_message(&access, draft).await.expect("a good message").message;
    let lane = Arc::new(OneLane::default());
    let control = control_with(&rig, lane.clone());
    let later = NOON.plus(Duration::from_secs(7));
    let throttled = Throttled { since: NOON, spacing: Duration::from_secs(2) };
    let before = MessageId::from_parts(1, [0; 12]);
    for (view, next, behind) in [
        (LaneView::default(), (None, WaitsFor::Turn), None),
        (waiting(Waiting::RateLimit(later)), (Some(later), WaitsFor::RateLimit), None),
        (waiting(Waiting::AppRateLimit(later)), (Some(later), WaitsFor::AppRateLimit), None),
        (waiting(Waiting::RetryAfter(later)), (Some(later), WaitsFor::RetryAfter), None),
        (waiting(Waiting::Sockets), (None, WaitsFor::Sockets), None),
        (
            LaneView { head: Some(before), ..waiting(Waiting::Head(later)) },
            (Some(later), WaitsFor::Order),
            Some(before),
        ),
        (LaneView { head: Some(message.id), ..LaneView::default() }, (None, WaitsFor::Turn), None),
        (
            LaneView { throttled: Some(throttled), ..waiting(Waiting::BackOff(later)) },
            (Some(later), WaitsFor::BackOff),
            None,
        ),
    ] {
        *lane.0.lock() = view;
        let page = PageQuery::first(10, Order::Ascending);
        let told = control.explain_message(&access, &message.id.to_string(), ExplainedAt::All, page).await;
        let row: EndpointExplanation = told.expect("it is there").endpoints.rows.remove(0);
        assert_eq!(row.next, Some(NextTry { at: next.0, waits_for: next.1 }), "{view:?}");
        assert_eq!((row.throttled, row.behind), (view.throttled, behind), "{view:?}");
        let stats = control.endpoint_stats(&access, "main", None, None).await.expect("it is there");
        assert_eq!(stats.throttled, view.throttled, "{view:?}");
    }
}

fn waiting(why: Waiting) -> LaneView {
    LaneView { waiting: Some(why), ..LaneView::default() }
}

#[test]
fn every_failure_of_sending_has_its_advice() {
    let address = ([192, 0, 2, 1], 443).into();
    let reason = || "for a test".to_owned();
    let failures = [
        Failure::Dns { host: "example.com".into(), reason: reason() },
        Failure::BlockedAddress(InnerAddress { address: [10, 0, 0, 1].into(), why: "a private address" }),
        Failure::Refused { address },
        Failure::Unreachable { address, reason: reason() },
        Failure::Tls { reason: reason() },
        Failure::TimedOut { phase: Phase::Answer, after: Duration::from_secs(30) },
        Failure::Reset,
        Failure::Protocol { reason: reason() },
        Failure::Local { reason: reason() },
    ];
    let unknown = advice("nobody_knows: this");
    let causes = failures.iter().map(|failure| format!("{}: {failure}", failure.code()));
    let others = ["oauth: no token", "url: no URL", "expired: it is gone"].map(str::to_owned);
    for cause in causes.chain(others) {
        assert_ne!(advice(&cause), unknown, "{cause}");
    }
}

fn advice(cause: &str) -> &'static str {
    let attempt = Attempt {
        id: AttemptId::from_parts(1, [0; 12]),
        delivery: DeliveryKey {
            app: AppId::from_parts(1, [0; 12]),
            endpoint: EndpointId::from_parts(1, [0; 12]),
            message: MessageId::from_parts(1, [0; 12]),
        },
        trigger: Trigger::Scheduled,
        started_at: NOON,
        duration: Duration::ZERO,
        succeeded: false,
        status: None,
        failure: Some(cause.to_owned()),
        remote_address: None,
        timing: Timing::default(),
        url: "https://example.com/".into(),
    };
    attempt.failure_words().expect("it failed").advice
}
