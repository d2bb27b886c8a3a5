//! What outlives an engine: the rows, and how they change. Pure; the store before it adds time and faults.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use bytes::Bytes;
use wirepost_model::app::App;
use wirepost_model::background_task::BackgroundTask;
use wirepost_model::delivery::{DeliveryKey, DeliveryState, DeliveryStatus, Progress, ResumeAs};
use wirepost_model::endpoint::{Endpoint, EndpointSecret};
use wirepost_model::ids::{AppId, AttemptId, EndpointId, MessageId, TaskId};
use wirepost_model::message::Message;
use wirepost_model::oauth::OauthConfig;
use wirepost_model::timestamp::Timestamp;
use wirepost_store::accepted::DueDelivery;
use wirepost_store::deliveries::{AttemptRecord, DueBatch, HealthChange, PendingEndpoint};
use wirepost_store::endpoints::{AppWithEndpoints, EndpointChange, EndpointWithSecrets};
use wirepost_store::error::Conflict;
use wirepost_store::messages::NewMessage;
use wirepost_store::notices::Cause;
use wirepost_store::{StoreError, StoreResult};

/// An endpoint, its secrets, and whether it was deleted.
pub(crate) struct EndpointRow {
    pub(crate) endpoint: Endpoint,
    pub(crate) secrets: Vec<EndpointSecret>,
    pub(crate) oauth: Option<OauthConfig>,
    pub(crate) deleted: bool,
    /// Whether it ever was disabled for 410 Gone.
    pub(crate) was_gone: bool,
}

/// A delivery.
#[derive(Clone, Copy)]
pub(crate) struct DeliveryRow {
    pub(crate) key: DeliveryKey,
    pub(crate) state: DeliveryState,
    pub(crate) progress: Progress,
    /// How often somebody asked to send it again.
    pub(crate) resends: u32,
    /// How often a background task made it pending.
    pub(crate) replays: u32,
}

/// An attempt, and whether its state was left alone because somebody had changed the delivery meanwhile.
pub(crate) struct AttemptRow {
    pub(crate) record: AttemptRecord,
    pub(crate) fenced: bool,
}

/// All rows.
#[derive(Default)]
pub(crate) struct Disk {
    pub(crate) apps: BTreeMap<AppId, App>,
    pub(crate) endpoints: BTreeMap<EndpointId, EndpointRow>,
    pub(crate) messages: BTreeMap<MessageId, Message>,
    pub(crate) payloads: BTreeMap<MessageId, Option<Bytes>>,
    pub(crate) tasks: BTreeMap<TaskId, BackgroundTask>,
    pub(crate) deliveries: BTreeMap<(EndpointId, MessageId), DeliveryRow>,
    pub(crate) attempts: Vec<AttemptRow>,
    attempt_ids: HashSet<AttemptId>,
    /// What the operator was told, and why.
    pub(crate) told: Vec<(Cause, NewMessage)>,
    /// The last warning of each endpoint, and the beginning of its period.
    warned: BTreeMap<EndpointId, (Timestamp, u8)>,
    /// Whether the first record of each delivery finds the hint that it is due still under way: a hint may be
    /// late, but is never later than the record.
    pub(crate) hints_come_late: bool,
    /// Most rows that one read answers, as a store cuts a batch by its bytes.
    rows_most: Option<usize>,
    pending: BTreeMap<EndpointId, BTreeSet<(Timestamp, MessageId)>>,
}

/// What the engine hears after a commit.
#[derive(Default)]
pub(crate) struct Effects {
    pub(crate) due: Vec<DueDelivery>,
    pub(crate) later: Vec<PendingEndpoint>,
    pub(crate) withdrawn: Vec<EndpointId>,
}

impl Disk {
    pub(crate) fn accept(&mut self, message: &NewMessage, now: Timestamp, effects: &mut Effects) {
        let id = message.message.id;
        self.messages.insert(id, message.message.clone());
        self.payloads.insert(id, Some(message.payload.clone()));
        for (endpoint, state) in &message.deliveries {
            let key = DeliveryKey { app: message.message.app, endpoint: *endpoint, message: id };
            let progress = Progress::FRESH;
            self.put(DeliveryRow { key, state: *state, progress, resends: 0, replays: 0 });
            match *state {
                DeliveryState::Pending { due_at } if due_at <= now => effects.due.push(DueDelivery {
                    key,
                    progress,
                    due_at,
                    payload: Some(message.payload.clone()),
                }),
                DeliveryState::Pending { due_at } => effects.later.push(PendingEndpoint {
                    app: key.app,
                    endpoint: *endpoint,
                    first_due_at: due_at,
                }),
                _ => {}
            }
        }
    }

    pub(crate) fn resend(
        &mut self,
        key: DeliveryKey,
        now: Timestamp,
        effects: &mut Effects,
    ) -> StoreResult<()> {
        let row = self.deliveries.get(&(key.endpoint, key.message));
        let mut row = *row.ok_or(StoreError::NotFound)?;
        row.progress.resend = Some(row.progress.resend.unwrap_or(ResumeAs(row.state)));
        row.progress.revision += 1;
        row.resends += 1;
        row.state = DeliveryState::Pending { due_at: now };
        self.put(row);
        effects.due.push(DueDelivery {
            key,
            progress: row.progress,
            due_at: now,
            payload: self.payloads.get(&key.message).cloned().flatten(),
        });
        Ok(())
    }

    pub(crate) fn set_rows_most(&mut self, rows_most: usize) {
        self.rows_most = Some(rows_most);
    }

    pub(crate) fn due(&self, endpoint: EndpointId, now: Timestamp, limit: usize) -> DueBatch {
        let Some(pending) = self.pending.get(&endpoint) else {
            return DueBatch::default();
        };
        let limit = limit.min(self.rows_most.unwrap_or(limit));
        let due = pending.iter().take(limit).take_while(|(at, _)| *at <= now);
        let deliveries: Vec<_> = due
            .map(|(due_at, message)| {
                let row = &self.deliveries[&(endpoint, *message)];
                DueDelivery {
                    key: row.key,
                    progress: row.progress,
                    due_at: *due_at,
                    payload: self.payloads.get(message).cloned().flatten(),
                }
            })
            .collect();
        let next_due_at = match deliveries.last() {
            None => pending.first(),
            Some(last) => pending
                .range((
                    std::ops::Bound::Excluded((last.due_at, last.key.message)),
                    std::ops::Bound::Unbounded,
                ))
                .next(),
        };
        DueBatch { next_due_at: next_due_at.map(|(at, _)| *at), deliveries }
    }

    pub(crate) fn pending_endpoints(&self) -> Vec<PendingEndpoint> {
        let first = |(endpoint, pending): (&EndpointId, &BTreeSet<(Timestamp, MessageId)>)| {
            let (first_due_at, _) = *pending.first()?;
            Some(PendingEndpoint {
                app: self.endpoints[endpoint].endpoint.app,
                endpoint: *endpoint,
                first_due_at,
            })
        };
        self.pending.iter().filter_map(first).collect()
    }

    /// Idempotent by attempt id: after a lost answer the same batch comes again. Answers the attempt where it moved
    /// its delivery.
    pub(crate) fn record(&mut self, record: AttemptRecord, effects: &mut Effects) -> Option<AttemptId> {
        let id = record.attempt.id;
        if !self.attempt_ids.insert(id) {
            return None;
        }
        let key = record.attempt.delivery;
        let mut row = self.deliveries[&(key.endpoint, key.message)];
        if self.hints_come_late && row.progress.revision == 0 {
            effects.due.push(DueDelivery {
                key,
                progress: row.progress,
                due_at: row.state.due_at().unwrap_or_default(),
                payload: self.payloads.get(&key.message).cloned().flatten(),
            });
        }
        let fenced = row.progress.revision != record.read_revision;
        if !fenced {
            row.state = record.state;
            row.progress =
                Progress { tries: record.tries, revision: row.progress.revision + 1, resend: None };
            self.put(row);
        }
        self.attempts.push(AttemptRow { record, fenced });
        (!fenced).then_some(id)
    }

    /// Answers whether it disabled the endpoint.
    pub(crate) fn change_health(&mut self, change: &HealthChange) -> bool {
        let Some(row) = self.endpoints.get_mut(&change.endpoint) else {
            return false;
        };
        row.endpoint.failing_since = change.failing_since;
        let disables = change.disable.is_some() && row.endpoint.disabled.is_none() && !row.deleted;
        if disables {
            row.endpoint.disabled = change.disable;
            row.endpoint.revision += 1;
        }
        let gone = wirepost_model::endpoint::DisabledReason::Gone;
        row.was_gone |= row.endpoint.disabled.is_some_and(|disabled| disabled.reason == gone);
        disables
    }

    /// Answers whether the endpoint is to be warned of so many percent of this period.
    pub(crate) fn note_warning(&mut self, endpoint: EndpointId, since: Timestamp, percent: u8) -> bool {
        let Some(row) = self.endpoints.get(&endpoint) else {
            return false;
        };
        let fails = row.endpoint.failing_since == Some(since) && row.endpoint.disabled.is_none();
        let before = self.warned.get(&endpoint).filter(|(period, _)| *period == since);
        let due = fails && !row.deleted && before.is_none_or(|(_, before)| *before < percent);
        if due {
            self.warned.insert(endpoint, (since, percent));
        }
        due
    }

    pub(crate) fn change_endpoints(&mut self, change: EndpointChange) -> StoreResult<()> {
        match change {
            EndpointChange::Create(endpoints) => {
                for (endpoint, secret) in endpoints {
                    let (id, secrets) = (endpoint.id, vec![secret]);
                    let row = EndpointRow { endpoint, secrets, oauth: None, deleted: false, was_gone: false };
                    self.endpoints.insert(id, row);
                }
                Ok(())
            }
            EndpointChange::Update(endpoint) => self.update_endpoint(*endpoint),
            EndpointChange::Delete { endpoint, .. } => {
                let row = self.endpoints.get_mut(&endpoint);
                row.ok_or(StoreError::NotFound)?.deleted = true;
                Ok(())
            }
        }
    }

    pub(crate) fn end_pending(
        &mut self,
        endpoint: EndpointId,
        status: DeliveryStatus,
        limit: usize,
    ) -> usize {
        let pending = self.pending.get(&endpoint).into_iter().flatten();
        let ending: Vec<_> = pending.take(limit).map(|(_, message)| *message).collect();
        for message in &ending {
            let mut row = self.deliveries[&(endpoint, *message)];
            row.state = status.with_due_at(Timestamp::default());
            row.progress.revision += 1;
            row.progress.resend = None;
            self.put(row);
        }
        ending.len()
    }

    fn update_endpoint(&mut self, endpoint: Endpoint) -> StoreResult<()> {
        let row = self.endpoints.get_mut(&endpoint.id).filter(|row| !row.deleted);
        let row = row.ok_or(StoreError::NotFound)?;
        if row.endpoint.revision != endpoint.revision {
            return Err(StoreError::Conflict(Conflict::Revision));
        }
        let enabled = row.endpoint.disabled.is_some() && endpoint.disabled.is_none();
        let failing_since = row.endpoint.failing_since.filter(|_| !enabled);
        row.endpoint = Endpoint { failing_since, revision: row.endpoint.revision + 1, ..endpoint };
        Ok(())
    }

    pub(crate) fn app_with_endpoints(&self, app: AppId) -> StoreResult<AppWithEndpoints> {
        let found = self.apps.get(&app).cloned().ok_or(StoreError::NotFound)?;
        let of_app = self.endpoints.values().filter(|row| row.endpoint.app == app && !row.deleted);
        let endpoints = of_app
            .map(|row| EndpointWithSecrets {
                endpoint: row.endpoint.clone(),
                secrets: row.secrets.clone(),
                oauth: row.oauth.clone(),
            })
            .collect();
        Ok(AppWithEndpoints { app: found, endpoints })
    }

    pub(crate) fn put(&mut self, row: DeliveryRow) {
        let id = (row.key.endpoint, row.key.message);
        let pending = self.pending.entry(row.key.endpoint).or_default();
        if let Some(due_at) = self.deliveries.insert(id, row).and_then(|before| before.state.due_at()) {
            pending.remove(&(due_at, row.key.message));
        }
        if let Some(due_at) = row.state.due_at() {
            pending.insert((due_at, row.key.message));
        }
    }
}
