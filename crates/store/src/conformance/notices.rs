//! What every store must do with notices: accept them together with what they tell of, once, or not at all.

use std::sync::Arc;
use std::time::Duration;

use wirepost_model::app::App;
use wirepost_model::background_task::{TaskStatus, TaskStop, TaskWork};
use wirepost_model::delivery::DeliveryState;
use wirepost_model::endpoint::{Disabled, DisabledReason, Endpoint};
use wirepost_model::operational::OperationalType;
use wirepost_model::timestamp::Timestamp;

use super::Trial;
use super::background_tasks::{begun, created};
use crate::StoreError;
use crate::accepted::DueDelivery;
use crate::background_tasks::TaskEnd;
use crate::deliveries::{AttemptRecord, HealthChange, Recording};
use crate::endpoints::EndpointChange;
use crate::error::Conflict;
use crate::messages::{MessageFilter, NewMessage};
use crate::notices::{Cause, Notice};
use crate::page::{Order, PageQuery};
use crate::replays::{ReplayPage, ReplayStep};

const SECOND: Duration = Duration::from_secs(1);

/// An app by which somebody is told, with its one endpoint.
struct Operators {
    app: App,
    endpoint: Endpoint,
}

impl Operators {
    async fn of(trial: &Trial) -> Self {
        let app = trial.app().await;
        let endpoint = trial.endpoint(&app).await;
        Self { app, endpoint }
    }

    fn message(&self, trial: &Trial) -> NewMessage {
        let mut message = trial.message(&self.app, [&self.endpoint]);
        message.message.event_type = OperationalType::AttemptExhausted.name();
        message
    }

    fn notice(&self, trial: &Trial, cause: Cause) -> Notice {
        Notice { cause, message: self.message(trial) }
    }

    /// How many messages they were told by.
    async fn told(&self, trial: &Trial) -> usize {
        let page = PageQuery::first(250, Order::Ascending);
        let listed = trial.store.list_messages(self.app.id, MessageFilter::default(), page).await;
        listed.expect("the store reads").page.rows.len()
    }
}

async fn record(trial: &Trial, records: Vec<AttemptRecord>, health: Vec<HealthChange>, notice: &Notice) {
    let recording = Recording { records, health, notices: vec![notice.clone()] };
    let recorded = trial.store.record_and_tell(Arc::new(recording)).await;
    recorded.expect("the store writes");
}

async fn one_due(trial: &mut Trial) -> DueDelivery {
    let app = trial.app().await;
    let endpoint = trial.endpoint(&app).await;
    trial.accept_for(&app, [&endpoint]).await.remove(0)
}

fn health(endpoint: &Endpoint, since: Option<Timestamp>, disable: Option<Disabled>) -> HealthChange {
    HealthChange { app: endpoint.app, endpoint: endpoint.id, failing_since: since, disable }
}

pub(super) async fn an_attempt_is_told_of_once_and_handed_over(mut trial: Trial) {
    let operators = Operators::of(&trial).await;
    let due = one_due(&mut trial).await;
    let attempt = trial.attempt(&due, DeliveryState::Failed);
    let notice = operators.notice(&trial, Cause::Attempt(attempt.attempt.id));
    // The same again is what comes after a commit whose answer was lost.
    for _ in 0..2 {
        record(&trial, vec![attempt.clone()], Vec::new(), &notice).await;
        assert_eq!(operators.told(&trial).await, 1);
    }
    let arrived = trial.arrived().await;
    assert_eq!(arrived.len(), 1);
    assert_eq!(arrived[0].key.endpoint, operators.endpoint.id);
    assert_eq!(arrived[0].payload, Some(notice.message.payload));
}

pub(super) async fn a_late_writer_tells_of_nothing(mut trial: Trial) {
    let operators = Operators::of(&trial).await;
    let due = one_due(&mut trial).await;
    trial.record_now(&due, DeliveryState::Delivered).await;
    let late = trial.attempt(&due, DeliveryState::Failed);
    let notice = operators.notice(&trial, Cause::Attempt(late.attempt.id));
    record(&trial, vec![late], Vec::new(), &notice).await;
    let unrelated = operators.notice(&trial, Cause::Attempt(trial.id()));
    record(&trial, Vec::new(), Vec::new(), &unrelated).await;
    assert_eq!(operators.told(&trial).await, 0);
}

pub(super) async fn disabling_is_told_of_once(trial: Trial) {
    let operators = Operators::of(&trial).await;
    let app = trial.app().await;
    let (endpoint, deleted) = (trial.endpoint(&app).await, trial.endpoint(&app).await);
    let deletion = trial.store.delete_endpoint(app.id, deleted.id, trial.now()).await;
    assert_eq!(deletion, Ok(()));
    let since = Some(trial.now());
    let disable = Some(Disabled { reason: DisabledReason::Failing, at: trial.now() });
    let notice = operators.notice(&trial, Cause::Disabled(endpoint.id));
    record(&trial, Vec::new(), vec![health(&endpoint, since, None)], &notice).await;
    assert_eq!(operators.told(&trial).await, 0, "it only began to fail");
    for _ in 0..2 {
        record(&trial, Vec::new(), vec![health(&endpoint, since, disable)], &notice).await;
        assert_eq!(operators.told(&trial).await, 1);
    }
    let of_deleted = operators.notice(&trial, Cause::Disabled(deleted.id));
    record(&trial, Vec::new(), vec![health(&deleted, since, disable)], &of_deleted).await;
    assert_eq!(operators.told(&trial).await, 1);
}

pub(super) async fn each_warning_is_given_once_in_a_period(trial: Trial) {
    let operators = Operators::of(&trial).await;
    let app = trial.app().await;
    let endpoint = trial.endpoint(&app).await;
    let (first, second) = (trial.now(), trial.now().plus(SECOND));
    let warn = async |since: Timestamp, percent| {
        let cause = Cause::Failing { endpoint: endpoint.id, since, percent };
        let notice = operators.notice(&trial, cause);
        record(&trial, Vec::new(), vec![health(&endpoint, Some(since), None)], &notice).await;
        operators.told(&trial).await
    };
    assert_eq!([warn(first, 50).await, warn(first, 50).await], [1, 1]);
    assert_eq!([warn(first, 80).await, warn(first, 50).await], [2, 2]);
    // After a success it fails anew.
    let succeeded = trial.store.record_attempts(Vec::new(), vec![health(&endpoint, None, None)]).await;
    assert_eq!(succeeded, Ok(()));
    assert_eq!([warn(second, 50).await, warn(second, 50).await], [3, 3]);
    let disabled = Some(Disabled { reason: DisabledReason::Failing, at: trial.now() });
    let change = health(&endpoint, Some(second), disabled);
    assert_eq!(trial.store.record_attempts(Vec::new(), vec![change]).await, Ok(()));
    assert_eq!(warn(second, 80).await, 3, "nobody is warned of what has happened");
}

pub(super) async fn no_one_is_warned_of_an_endpoint_that_does_not_fail(trial: Trial) {
    let operators = Operators::of(&trial).await;
    let app = trial.app().await;
    let endpoint = trial.endpoint(&app).await;
    let cause = Cause::Failing { endpoint: endpoint.id, since: trial.now(), percent: 50 };
    let notice = operators.notice(&trial, cause);
    record(&trial, Vec::new(), Vec::new(), &notice).await;
    let earlier = Some(trial.now().minus(SECOND));
    record(&trial, Vec::new(), vec![health(&endpoint, earlier, None)], &notice).await;
    assert_eq!(operators.told(&trial).await, 0);
}

pub(super) async fn a_change_of_endpoints_and_what_tells_of_it_are_one(mut trial: Trial) {
    let operators = Operators::of(&trial).await;
    let app = trial.app().await;
    let endpoint = trial.unsaved_endpoint(&app);
    let created = EndpointChange::Create(vec![(endpoint.clone(), trial.secret(1))]);
    let updated = EndpointChange::Update(Box::new(endpoint.clone()));
    let deleted = EndpointChange::Delete { app: app.id, endpoint: endpoint.id, at: trial.now() };
    for (told, change) in (1..).zip([created, updated.clone(), deleted.clone()]) {
        let notice = operators.message(&trial);
        assert_eq!(trial.store.change_endpoints(change, vec![notice.clone()]).await, Ok(()));
        assert_eq!(operators.told(&trial).await, told);
        let arrived = trial.arrived().await;
        assert_eq!(arrived[0].key.message, notice.message.id);
    }
    for change in [updated, deleted] {
        let refused = trial.store.change_endpoints(change, vec![operators.message(&trial)]).await;
        assert_eq!(refused, Err(StoreError::NotFound));
    }
    let other = trial.endpoint(&app).await;
    let stale = Endpoint { revision: other.revision + 1, ..other };
    let refused = trial
        .store
        .change_endpoints(EndpointChange::Update(Box::new(stale)), vec![operators.message(&trial)])
        .await;
    assert_eq!(refused, Err(StoreError::Conflict(Conflict::Revision)));
    assert_eq!(operators.told(&trial).await, 3, "what is refused is not told of");
}

pub(super) async fn the_end_of_a_task_is_told_of_once(trial: Trial) {
    let operators = Operators::of(&trial).await;
    let app = trial.app().await;
    let endpoint = trial.endpoint(&app).await;
    let given_up = begun(&trial, &endpoint, TaskWork::EndpointRecover);
    created(&trial, &given_up).await;
    let end = TaskEnd { stopped: Some(TaskStop::Canceled), at: trial.now() };
    for _ in 0..2 {
        let notices = vec![operators.message(&trial)];
        let ended = trial.store.end_task_and_tell(given_up.id, end, notices).await.expect("it is there");
        assert_eq!((ended.status, operators.told(&trial).await), (TaskStatus::Failed, 1));
    }
    let finished = begun(&trial, &endpoint, TaskWork::EndpointRecover);
    created(&trial, &finished).await;
    let step = |from, looked_to, done| ReplayStep {
        task: finished.id,
        app: app.id,
        endpoint: endpoint.id,
        from,
        page: ReplayPage { chosen: Vec::new(), looked_to, done },
        now: trial.now(),
        notices: vec![operators.message(&trial)],
    };
    assert_eq!(trial.store.replay(step(0, 7, false)).await, Ok(0));
    assert_eq!(operators.told(&trial).await, 1, "there is more behind it");
    let late = trial.store.replay(step(0, 7, true)).await;
    assert_eq!(late, Err(StoreError::Conflict(Conflict::Revision)));
    assert_eq!(trial.store.replay(step(7, 7, true)).await, Ok(0));
    assert_eq!(operators.told(&trial).await, 2);
}
