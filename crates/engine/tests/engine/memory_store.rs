//! A store in memory, on one thread and in virtual time: the truth that an engine needs, with faults on the way.
//!
//! Like the real one it writes in the order of asking, and hands over after the commit and before the next.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use parking_lot::Mutex;
use wirepost_model::app::App;
use wirepost_model::clock::Clock;
use wirepost_model::delivery::{DeliveryKey, DeliveryStatus};
use wirepost_model::endpoint::{Endpoint, EndpointSecret};
use wirepost_model::event_type::EventType;
use wirepost_model::feature_flags::FeatureFlags;
use wirepost_model::ids::{AppId, AttemptId, EndpointId, MessageId, PulseId, TokenId};
use wirepost_model::message::StoredMessage;
use wirepost_model::names::EventTypeName;
use wirepost_model::oauth::OauthConfig;
use wirepost_model::payload_validation::PayloadValidation;
use wirepost_model::pulse::{Pulse, Raise};
use wirepost_model::timestamp::Timestamp;
use wirepost_model::token::Token;
use wirepost_store::accepted::Handover;
use wirepost_store::app_stats::{AppActivity, AppStats, EventTypeCounts};
use wirepost_store::apps::Apps;
use wirepost_store::attempts::{AttemptCount, AttemptFilter, Attempts, StoredAttempt};
use wirepost_store::deliveries::{Deliveries, DeliveryView, DueBatch, PendingEndpoint, Recording};
use wirepost_store::endpoint_messages::{EndpointMessage, EndpointMessageFilter, EndpointMessages};
use wirepost_store::endpoints::{AppWithEndpoints, EndpointChange, Endpoints};
use wirepost_store::event_types::EventTypes;
use wirepost_store::idempotency::{Idempotency, KeptAnswer, NewAnswer, RequestHash};
use wirepost_store::logs::{Logs, MessageOutcomes};
use wirepost_store::messages::{MessageFilter, Messages, NewMessage};
use wirepost_store::notices::{Cause, Notice};
use wirepost_store::oauth::EndpointOauth;
use wirepost_store::page::{Look, Page, PageQuery};
use wirepost_store::pulses::Pulses;
use wirepost_store::stats::{Backlog, Counts, Stats};
use wirepost_store::tokens::Tokens;
use wirepost_store::{Store, StoreError, StoreResult};

use crate::clock::pass;
use crate::disk::{Disk, Effects};
use crate::faults::{Fate, Faults};

/// The way to a disk.
pub(crate) struct MemoryStore {
    pub(crate) disk: Arc<Mutex<Disk>>,
    pub(crate) faults: Faults,
    pub(crate) clock: Arc<dyn Clock>,
    handover: Handover,
    writer: tokio::sync::Mutex<()>,
}

impl MemoryStore {
    pub(crate) fn new(
        disk: Arc<Mutex<Disk>>,
        faults: Faults,
        clock: Arc<dyn Clock>,
        handover: Handover,
    ) -> Self {
        Self { disk, faults, clock, handover, writer: tokio::sync::Mutex::default() }
    }

    pub(crate) async fn write<T>(
        &self,
        change: impl FnOnce(&mut Disk, &mut Effects) -> StoreResult<T> + Send,
    ) -> StoreResult<T> {
        let turn = self.writer.lock().await;
        let (fate, time) = self.faults.draw_for_write();
        if !time.is_zero() {
            pass(time).await;
        }
        let mut effects = Effects::default();
        let done = match fate {
            Fate::FailedBefore | Fate::HangsBefore => Err(unavailable("it went away before the commit")),
            _ => change(&mut self.disk.lock(), &mut effects),
        };
        self.handover.offer(effects.due);
        if !effects.later.is_empty() {
            self.handover.note(effects.later);
        }
        if !effects.withdrawn.is_empty() {
            self.handover.withdraw(effects.withdrawn);
        }
        drop(turn);
        match fate {
            Fate::FailedAfter => Err(unavailable("it went away after the commit")),
            Fate::HangsBefore | Fate::HangsAfter => std::future::pending().await,
            _ => done,
        }
    }

    pub(crate) async fn read<T>(&self, look: impl FnOnce(&Disk) -> StoreResult<T> + Send) -> StoreResult<T> {
        let (fate, time) = self.faults.draw();
        let found = look(&self.disk.lock());
        if !time.is_zero() {
            pass(time).await;
        }
        match fate {
            Fate::Done => found,
            Fate::FailedBefore | Fate::FailedAfter => Err(unavailable("it cannot be read")),
            Fate::HangsBefore | Fate::HangsAfter => std::future::pending().await,
        }
    }
}

fn unavailable(why: &str) -> StoreError {
    StoreError::Unavailable(why.to_owned())
}

/// What an engine never asks.
pub(crate) fn never_asked<T>() -> StoreResult<T> {
    Err(unavailable("an engine never asks this"))
}

#[async_trait]
impl Apps for MemoryStore {
    async fn create_app(&self, app: App) -> StoreResult<()> {
        self.write(|disk, _| {
            disk.apps.insert(app.id, app);
            Ok(())
        })
        .await
    }

    async fn update_app(&self, app: App, _: Timestamp) -> StoreResult<()> {
        self.create_app(app).await
    }

    async fn delete_app(&self, app: AppId, _: Timestamp) -> StoreResult<()> {
        self.write(|disk, _| {
            disk.apps.remove(&app);
            for row in disk.endpoints.values_mut() {
                row.deleted |= row.endpoint.app == app;
            }
            Ok(())
        })
        .await
    }

    async fn find_app(&self, uid: &str) -> StoreResult<App> {
        self.read(|disk| {
            let of_uid = |app: &&App| app.uid.as_ref().is_some_and(|own| own.as_str() == uid);
            disk.apps.values().find(of_uid).cloned().ok_or(StoreError::NotFound)
        })
        .await
    }

    async fn find_apps(&self, _: &str, _: usize) -> StoreResult<Vec<App>> {
        never_asked()
    }

    async fn list_apps(&self, _: PageQuery<i64>) -> StoreResult<Page<App>> {
        never_asked()
    }
}

#[async_trait]
impl Endpoints for MemoryStore {
    async fn change_endpoints(&self, change: EndpointChange, notices: Vec<NewMessage>) -> StoreResult<()> {
        let now = self.clock.now();
        self.write(|disk, effects| {
            disk.change_endpoints(change)?;
            for notice in &notices {
                disk.accept(notice, now, effects);
            }
            Ok(())
        })
        .await
    }

    async fn find_endpoint(&self, _: AppId, _: &str) -> StoreResult<Endpoint> {
        never_asked()
    }

    async fn list_endpoints(&self, _: AppId, _: PageQuery<i64>) -> StoreResult<Page<Endpoint>> {
        never_asked()
    }

    async fn endpoint_secrets(&self, _: AppId, _: EndpointId) -> StoreResult<Vec<EndpointSecret>> {
        never_asked()
    }

    async fn rotate_secret(
        &self,
        _: AppId,
        endpoint: EndpointId,
        secret: EndpointSecret,
        old_expires_at: Timestamp,
        _: usize,
    ) -> StoreResult<()> {
        self.write(|disk, _| {
            let row = disk.endpoints.get_mut(&endpoint).ok_or(StoreError::NotFound)?;
            for old in &mut row.secrets {
                old.expires_at = old.expires_at.or(Some(old_expires_at));
            }
            row.secrets.insert(0, secret);
            Ok(())
        })
        .await
    }

    async fn app_with_endpoints(&self, app: AppId) -> StoreResult<AppWithEndpoints> {
        self.read(|disk| disk.app_with_endpoints(app)).await
    }
}

#[async_trait]
impl EndpointOauth for MemoryStore {
    async fn put_oauth(&self, _: AppId, endpoint: EndpointId, config: OauthConfig) -> StoreResult<()> {
        self.write(|disk, _| {
            let row = disk.endpoints.get_mut(&endpoint).ok_or(StoreError::NotFound)?;
            row.oauth = Some(config);
            row.endpoint.revision += 1;
            Ok(())
        })
        .await
    }

    async fn delete_oauth(&self, _: AppId, endpoint: EndpointId) -> StoreResult<()> {
        self.write(|disk, _| {
            let row = disk.endpoints.get_mut(&endpoint).ok_or(StoreError::NotFound)?;
            row.oauth = None;
            row.endpoint.revision += 1;
            Ok(())
        })
        .await
    }

    async fn find_oauth(&self, _: AppId, _: EndpointId) -> StoreResult<Option<OauthConfig>> {
        never_asked()
    }
}

#[async_trait]
impl Messages for MemoryStore {
    async fn accept_messages(&self, messages: Vec<NewMessage>) -> StoreResult<Vec<Result<(), StoreError>>> {
        let now = self.clock.now();
        self.write(|disk, effects| {
            for message in &messages {
                disk.accept(message, now, effects);
            }
            Ok(messages.iter().map(|_| Ok(())).collect())
        })
        .await
    }

    async fn find_message(&self, _: AppId, _: &str, _: bool) -> StoreResult<StoredMessage> {
        never_asked()
    }

    async fn find_messages(&self, _: AppId, _: Vec<MessageId>, _: bool) -> StoreResult<Vec<StoredMessage>> {
        never_asked()
    }

    async fn list_messages(
        &self,
        _: AppId,
        _: MessageFilter,
        _: PageQuery<i64>,
    ) -> StoreResult<Look<StoredMessage>> {
        never_asked()
    }

    async fn expunge_content(&self, _: AppId, message: MessageId) -> StoreResult<()> {
        self.write(|disk, _| {
            let payload = disk.payloads.get_mut(&message);
            *payload.ok_or(StoreError::NotFound)? = None;
            Ok(())
        })
        .await
    }
}

#[async_trait]
impl Deliveries for MemoryStore {
    async fn due_deliveries(
        &self,
        endpoint: EndpointId,
        now: Timestamp,
        limit: usize,
    ) -> StoreResult<DueBatch> {
        self.read(|disk| Ok(disk.due(endpoint, now, limit))).await
    }

    async fn pending_endpoints(&self) -> StoreResult<Vec<PendingEndpoint>> {
        self.read(|disk| Ok(disk.pending_endpoints())).await
    }

    async fn record_and_tell(&self, recording: Arc<Recording>) -> StoreResult<()> {
        let Recording { records, health, notices } = &*recording;
        let now = self.clock.now();
        self.write(|disk, effects| {
            let moved: BTreeSet<_> =
                records.iter().filter_map(|record| disk.record(record.clone(), effects)).collect();
            let disabled: BTreeSet<_> = health
                .iter()
                .filter(|change| disk.change_health(change))
                .map(|change| change.endpoint)
                .collect();
            for Notice { cause, message } in notices {
                let took_place = match *cause {
                    Cause::Attempt(attempt) => moved.contains(&attempt),
                    Cause::Disabled(endpoint) => disabled.contains(&endpoint),
                    Cause::Failing { endpoint, since, percent } => {
                        disk.note_warning(endpoint, since, percent)
                    }
                };
                if took_place {
                    disk.accept(message, now, effects);
                    disk.told.push((*cause, message.clone()));
                }
            }
            Ok(())
        })
        .await
    }

    async fn resend(&self, key: DeliveryKey, now: Timestamp) -> StoreResult<()> {
        self.write(|disk, effects| disk.resend(key, now, effects)).await
    }

    async fn end_pending(
        &self,
        endpoint: EndpointId,
        status: DeliveryStatus,
        limit: usize,
    ) -> StoreResult<usize> {
        self.write(|disk, _| Ok(disk.end_pending(endpoint, status, limit))).await
    }

    async fn deliveries_of_message(&self, _: AppId, _: MessageId) -> StoreResult<Vec<DeliveryView>> {
        never_asked()
    }

    async fn find_deliveries(&self, _: Vec<DeliveryKey>) -> StoreResult<Vec<DeliveryView>> {
        never_asked()
    }
}

#[async_trait]
impl EventTypes for MemoryStore {
    async fn create_event_type(&self, _: EventType) -> StoreResult<()> {
        never_asked()
    }

    async fn put_event_types(&self, _: Vec<EventType>) -> StoreResult<()> {
        never_asked()
    }

    async fn remove_event_type(&self, _: &EventTypeName) -> StoreResult<()> {
        never_asked()
    }

    async fn find_event_type(&self, _: &EventTypeName) -> StoreResult<EventType> {
        never_asked()
    }

    async fn list_event_types(
        &self,
        _: bool,
        _: FeatureFlags,
        _: PageQuery<String>,
    ) -> StoreResult<Page<EventType>> {
        never_asked()
    }

    async fn known_event_types(
        &self,
        _: Vec<EventTypeName>,
        _: FeatureFlags,
    ) -> StoreResult<Vec<EventTypeName>> {
        never_asked()
    }

    async fn strictest_payload_validation(&self) -> StoreResult<PayloadValidation> {
        never_asked()
    }
}

#[async_trait]
impl Attempts for MemoryStore {
    async fn list_attempts_of_endpoint(
        &self,
        _: AppId,
        _: EndpointId,
        _: AttemptFilter,
        _: PageQuery<i64>,
    ) -> StoreResult<Look<StoredAttempt>> {
        never_asked()
    }

    async fn list_attempts_of_message(
        &self,
        _: AppId,
        _: MessageId,
        _: Option<EndpointId>,
        _: AttemptFilter,
        _: PageQuery<i64>,
    ) -> StoreResult<Page<StoredAttempt>> {
        never_asked()
    }

    async fn find_attempt(&self, _: AppId, _: MessageId, _: AttemptId) -> StoreResult<StoredAttempt> {
        never_asked()
    }

    async fn count_attempts_of_endpoint(
        &self,
        _: AppId,
        _: EndpointId,
        _: AttemptFilter,
        _: usize,
    ) -> StoreResult<AttemptCount> {
        never_asked()
    }

    async fn expunge_attempt_content(&self, _: AppId, _: MessageId, _: AttemptId) -> StoreResult<()> {
        never_asked()
    }
}

#[async_trait]
impl EndpointMessages for MemoryStore {
    async fn list_messages_of_endpoint(
        &self,
        _: AppId,
        _: EndpointId,
        _: EndpointMessageFilter,
        _: PageQuery<i64>,
    ) -> StoreResult<Page<EndpointMessage>> {
        never_asked()
    }
}

#[async_trait]
impl Logs for MemoryStore {
    async fn outcomes(&self, _: AppId, _: Vec<MessageId>, _: usize) -> StoreResult<Vec<MessageOutcomes>> {
        never_asked()
    }

    async fn messages_called(&self, _: AppId, _: &str, _: usize) -> StoreResult<Vec<StoredMessage>> {
        never_asked()
    }
}

#[async_trait]
impl AppStats for MemoryStore {
    async fn app_counts(&self, _: AppId, _: Timestamp, _: Timestamp) -> StoreResult<Vec<Counts>> {
        never_asked()
    }

    async fn app_activity(
        &self,
        _: AppId,
        _: Timestamp,
        _: Timestamp,
        _: usize,
    ) -> StoreResult<Option<AppActivity>> {
        never_asked()
    }

    async fn attempts_by_event_type(
        &self,
        _: AppId,
        _: Timestamp,
        _: Timestamp,
        _: usize,
    ) -> StoreResult<Option<Vec<EventTypeCounts>>> {
        never_asked()
    }
}

#[async_trait]
impl Stats for MemoryStore {
    async fn endpoint_counts(&self, _: EndpointId, _: Timestamp, _: Timestamp) -> StoreResult<Vec<Counts>> {
        never_asked()
    }

    async fn forget_counts(&self, _: Timestamp, _: usize) -> StoreResult<usize> {
        Ok(0)
    }

    async fn count_pending(&self, _: EndpointId) -> StoreResult<u64> {
        never_asked()
    }

    async fn backlog(&self, _: EndpointId, _: Timestamp, _: usize) -> StoreResult<Backlog> {
        never_asked()
    }
}

#[async_trait]
impl Tokens for MemoryStore {
    async fn put_token(&self, _: Token) -> StoreResult<()> {
        never_asked()
    }

    async fn find_token(&self, _: [u8; 32]) -> StoreResult<Token> {
        never_asked()
    }

    async fn list_tokens(&self, _: Option<Timestamp>, _: PageQuery<i64>) -> StoreResult<Page<Token>> {
        never_asked()
    }

    async fn revoke_token(&self, _: TokenId, _: Timestamp) -> StoreResult<Token> {
        never_asked()
    }

    async fn note_token_use(&self, _: TokenId, _: Timestamp) -> StoreResult<()> {
        never_asked()
    }

    async fn has_admin_token(&self, _: Timestamp) -> StoreResult<bool> {
        never_asked()
    }
}

#[async_trait]
impl Pulses for MemoryStore {
    async fn create_pulse(&self, _: Pulse, _: usize) -> StoreResult<()> {
        never_asked()
    }

    async fn update_pulse(&self, _: Pulse) -> StoreResult<()> {
        never_asked()
    }

    async fn find_pulse(&self, _: AppId, _: PulseId) -> StoreResult<Pulse> {
        never_asked()
    }

    async fn list_pulses(&self, _: AppId, _: bool, _: PageQuery<i64>) -> StoreResult<Page<Pulse>> {
        never_asked()
    }

    async fn accept_raise(&self, _: Raise, _: NewMessage) -> StoreResult<()> {
        never_asked()
    }

    async fn list_raises(&self, _: AppId, _: Option<PulseId>, _: PageQuery<i64>) -> StoreResult<Page<Raise>> {
        never_asked()
    }
}

/// Answers that are given again are not part of the simulation: no request comes in here.
#[async_trait]
impl Idempotency for MemoryStore {
    async fn accept_messages_once(
        &self,
        _: Vec<NewMessage>,
        _: NewAnswer,
    ) -> StoreResult<Vec<Result<(), StoreError>>> {
        never_asked()
    }

    async fn keep_answer(&self, _: NewAnswer) -> StoreResult<()> {
        never_asked()
    }

    async fn find_answer(&self, _: RequestHash, _: Timestamp) -> StoreResult<KeptAnswer> {
        never_asked()
    }

    async fn forget_answers(&self, _: Timestamp, _: usize) -> StoreResult<usize> {
        Ok(0)
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn check(&self) -> StoreResult<()> {
        self.read(|_| Ok(())).await
    }

    async fn highest_key(&self) -> StoreResult<i64> {
        never_asked()
    }

    async fn close(&self) {}
}
