//! Background tasks on the disk, and what their steps do to deliveries.

use wirepost_model::background_task::{BackgroundTask, TaskStatus};
use wirepost_model::delivery::{DeliveryKey, DeliveryState, DeliveryStatus, Progress, ResumeAs};
use wirepost_model::ids::{MessageId, TaskId};
use wirepost_model::replay::StandingAtEndpoint;
use wirepost_model::timestamp::Timestamp;
use wirepost_store::accepted::DueDelivery;
use wirepost_store::background_tasks::TaskEnd;
use wirepost_store::error::Conflict;
use wirepost_store::replays::{
    CancelStep, Canceled, PendingPlace, ReplayBounds, ReplayPage, ReplayQuery, ReplayStep, Replayable,
};
use wirepost_store::{StoreError, StoreResult};

use crate::disk::{DeliveryRow, Disk, Effects};

impl Disk {
    pub(crate) fn running_tasks(&self) -> Vec<BackgroundTask> {
        self.tasks.values().filter(|task| task.status == TaskStatus::Running).cloned().collect()
    }

    pub(crate) fn end_task(&mut self, id: TaskId, end: TaskEnd) -> StoreResult<BackgroundTask> {
        let task = self.tasks.get_mut(&id).ok_or(StoreError::NotFound)?;
        if task.status == TaskStatus::Running {
            task.status = if end.stopped.is_some() { TaskStatus::Failed } else { TaskStatus::Finished };
            (task.stopped, task.updated_at) = (end.stopped, end.at);
        }
        Ok(task.clone())
    }

    pub(crate) fn find_replayable(&self, query: &ReplayQuery, bounds: ReplayBounds) -> ReplayPage {
        let mut page = ReplayPage { chosen: Vec::new(), looked_to: query.after, done: true };
        let behind = self.messages.range(MessageId::from_parts(query.after + 1, [0; 12])..);
        for (number, (id, message)) in behind.enumerate() {
            if number == bounds.rows || page.chosen.len() == bounds.messages {
                page.done = false;
                break;
            }
            page.looked_to = id.key();
            let row = self.deliveries.get(&(query.endpoint.id, *id));
            let standing = StandingAtEndpoint { status: row.map(|row| row.state.status()), answered: None };
            let of_app = message.app == query.endpoint.app;
            if of_app && query.choice.takes(query.work, &query.endpoint, message, standing) {
                page.chosen.push(Replayable {
                    message: *id,
                    revision: row.map(|row| row.progress.revision),
                    deliver_at: message.deliver_at,
                    payload: self.payloads.get(id).cloned().flatten(),
                });
            }
        }
        page
    }

    pub(crate) fn replay(
        &mut self,
        step: ReplayStep,
        now: Timestamp,
        effects: &mut Effects,
    ) -> StoreResult<u64> {
        let task = self.tasks.get(&step.task).ok_or(StoreError::NotFound)?;
        if task.status != TaskStatus::Running || task.progress.cursor != step.from {
            return Err(StoreError::Conflict(Conflict::Revision));
        }
        let (mut sent, mut expired) = (0, 0);
        for chosen in &step.page.chosen {
            if chosen.payload.is_none() {
                expired += 1;
            } else {
                sent += u64::from(self.make_pending(&step, chosen, effects));
            }
        }
        let task = self.tasks.get_mut(&step.task).ok_or(StoreError::NotFound)?;
        task.progress.cursor = step.page.looked_to;
        task.progress.found += step.page.chosen.len() as u64;
        task.progress.sent += sent;
        task.progress.expired += expired;
        task.updated_at = step.now;
        if step.page.done {
            task.status = TaskStatus::Finished;
            for notice in &step.notices {
                self.accept(notice, now, effects);
            }
        }
        Ok(sent)
    }

    fn make_pending(&mut self, step: &ReplayStep, chosen: &Replayable, effects: &mut Effects) -> bool {
        let key = DeliveryKey { app: step.app, endpoint: step.endpoint, message: chosen.message };
        let before = self.deliveries.get(&(key.endpoint, key.message)).copied();
        let unchanged = before.map(|row| row.progress.revision) == chosen.revision;
        let pending = before.is_some_and(|row| row.state.status() == DeliveryStatus::Pending);
        if !unchanged || pending {
            return false;
        }
        let revision = chosen.revision.map_or(0, |revision| revision + 1);
        let progress = Progress { revision, ..Progress::FRESH };
        let resends = before.map_or(0, |row| row.resends);
        let replays = before.map_or(0, |row| row.replays) + 1;
        let state = DeliveryState::Pending { due_at: step.now };
        self.put(DeliveryRow { key, state, progress, resends, replays });
        let payload = chosen.payload.clone();
        effects.due.push(DueDelivery { key, progress, due_at: step.now, payload });
        true
    }

    pub(crate) fn cancel_pending(&mut self, step: &CancelStep, effects: &mut Effects) -> Canceled {
        let behind = |place: &PendingPlace| step.after.is_none_or(|after| *place > after);
        let of_endpoint = self.deliveries.values().filter(|row| row.key.endpoint == step.endpoint);
        let mut places: Vec<(PendingPlace, DeliveryRow)> = of_endpoint
            .filter_map(|row| {
                let due_at = row.state.due_at()?;
                Some((PendingPlace { due_at, message_key: row.key.message.key() }, *row))
            })
            .filter(|(place, _)| behind(place))
            .collect();
        places.sort_by_key(|(place, _)| *place);
        let next = places.get(step.rows.saturating_sub(1)).map(|(place, _)| *place);
        let mut count = 0;
        for (_, mut row) in places.into_iter().take(step.rows) {
            if self.messages[&row.key.message].created_at < step.created_before {
                let ended = row.progress.resend.map(|ResumeAs(state)| state);
                let ended = ended.filter(|state| state.status() != DeliveryStatus::Pending);
                row.state = ended.unwrap_or(DeliveryStatus::Canceled.with_due_at(Timestamp::default()));
                row.progress.revision += 1;
                row.progress.resend = None;
                self.put(row);
                count += 1;
            }
        }
        if count > 0 {
            effects.withdrawn.push(step.endpoint);
        }
        Canceled { count, next }
    }
}
