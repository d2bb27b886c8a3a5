//! Tells the operator: which attempts of a batch and which endpoints took a turn, as notices that are accepted with
//! the batch. Reads nothing where there is nothing to tell, or nobody.

use std::sync::Arc;

use wirepost_model::background_task::BackgroundTask;
use wirepost_model::clock::Clock;
use wirepost_model::id_source::IdSource;
use wirepost_model::ids::AppId;
use wirepost_model::names::Uid;
use wirepost_model::operational::{OperationalEvent, Place};
use wirepost_model::timestamp::Timestamp;
use wirepost_store::directory::{AppView, Directory, EndpointView};
use wirepost_store::messages::NewMessage;
use wirepost_store::notices::{Cause, Notice};
use wirepost_store::operational_app::{OperationalApp, message_of};
use wirepost_store::{StoreError, StoreResult};

use crate::endpoint_health::Lesson;
use crate::recorder::ToRecord;

/// Writes notices.
pub(crate) struct Herald {
    operational: OperationalApp,
    directory: Arc<Directory>,
    clock: Arc<dyn Clock>,
    ids: Arc<IdSource>,
}

/// What a batch taught of an endpoint, and the endpoint as it was then.
pub(crate) struct HealthNews {
    pub(crate) lesson: Lesson,
    pub(crate) view: Arc<EndpointView>,
}

impl Herald {
    /// Tells the operational app of this uid, if any is said.
    pub(crate) fn new(
        directory: Arc<Directory>,
        clock: Arc<dyn Clock>,
        ids: Arc<IdSource>,
        uid: Option<Uid>,
    ) -> Self {
        Self { operational: OperationalApp::new(directory.clone(), uid), directory, clock, ids }
    }

    /// Whether anybody may hear it.
    pub(crate) fn is_heard(&self) -> bool {
        self.operational.is_set()
    }

    /// What tells of the end of a task, which is as it will be then.
    ///
    /// # Errors
    /// `Unavailable` where the operational app is not in memory and cannot be read.
    pub(crate) async fn notices_of_end(&self, task: &BackgroundTask) -> StoreResult<Vec<NewMessage>> {
        let Some(app) = self.operational.view().await? else {
            return Ok(Vec::new());
        };
        let now = self.clock.now();
        let message = message_of(&OperationalEvent::task_finished(task), &app, self.ids.next(now), now);
        Ok(message.into_iter().collect())
    }

    /// The notices of a batch, in the order of its attempts, then of its endpoints.
    ///
    /// # Errors
    /// `Unavailable` where the apps concerned are not in memory and cannot be read.
    pub(crate) async fn notices(
        &self,
        batch: &[ToRecord],
        health: &[HealthNews],
    ) -> StoreResult<Vec<Notice>> {
        let turns = batch.iter().any(|item| item.sent.verdict.milestone.is_some());
        if !self.is_heard() || !turns && !health.iter().any(|news| news.lesson.is_told()) {
            return Ok(Vec::new());
        }
        let Some(app) = self.operational.view().await? else {
            return Ok(Vec::new());
        };
        let now = self.clock.now();
        let mut notices = Vec::new();
        for item in batch {
            if let Some(event) = self.event_of_attempt(item).await? {
                let cause = Cause::Attempt(item.sent.record.attempt.id);
                notices.extend(self.notice(cause, &event, &app, now));
            }
        }
        for news in health {
            if let Some((cause, event)) = self.event_of_endpoint(news).await? {
                notices.extend(self.notice(cause, &event, &app, now));
            }
        }
        Ok(notices)
    }

    fn notice(
        &self,
        cause: Cause,
        event: &OperationalEvent,
        app: &AppView,
        now: Timestamp,
    ) -> Option<Notice> {
        let message = message_of(event, app, self.ids.next(now), now)?;
        Some(Notice { cause, message })
    }

    async fn event_of_attempt(&self, item: &ToRecord) -> StoreResult<Option<OperationalEvent>> {
        let Some(milestone) = item.sent.verdict.milestone else {
            return Ok(None);
        };
        let endpoint = &item.view.endpoint;
        let uid = self.uid_of(endpoint.app).await?;
        let place = Place::of(uid.as_ref(), endpoint);
        Ok(Some(OperationalEvent::of_attempt(place, milestone, &item.sent.record.attempt)))
    }

    async fn event_of_endpoint(&self, news: &HealthNews) -> StoreResult<Option<(Cause, OperationalEvent)>> {
        let Lesson { change, warning } = &news.lesson;
        let endpoint = &news.view.endpoint;
        if !news.lesson.is_told() {
            return Ok(None);
        }
        let uid = self.uid_of(endpoint.app).await?;
        let place = Place::of(uid.as_ref(), endpoint);
        if let Some(disabled) = change.disable {
            let event = OperationalEvent::disabled(place, change.failing_since, disabled.reason);
            return Ok(Some((Cause::Disabled(endpoint.id), event)));
        }
        Ok(warning.map(|warning| {
            let (since, percent) = (warning.since, warning.percent);
            let event = OperationalEvent::failing(place, since, percent, warning.disable_at);
            (Cause::Failing { endpoint: endpoint.id, since, percent }, event)
        }))
    }

    /// The uid of the app, which is in memory as a rule: something was just sent for it.
    async fn uid_of(&self, app: AppId) -> StoreResult<Option<Uid>> {
        match self.directory.get(app).await {
            Ok(view) => Ok(view.app.uid.clone()),
            Err(StoreError::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
