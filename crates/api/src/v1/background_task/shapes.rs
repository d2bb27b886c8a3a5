//! Background tasks on the wire.

use schemars::JsonSchema;
use serde::Serialize;
use wirepost_model::background_task::{BackgroundTask, TaskStop};
use wirepost_model::ids::{AppId, EndpointId, TaskId};
use wirepost_model::timestamp::Timestamp;

/// A background task as we show it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TaskOut {
    id: TaskId,
    status: &'static str,
    task: &'static str,
    data: TaskFiguresOut,
    updated_at: Timestamp,
}

/// What a task works on, and how far it has come.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TaskFiguresOut {
    app_id: AppId,
    endpoint_id: EndpointId,
    since: Timestamp,
    until: Timestamp,
    /// Most messages per second.
    rate: u32,
    /// Messages it chose so far.
    messages_found: u64,
    /// Of those, the ones it gave to be sent.
    messages_sent: u64,
    /// Of those, the ones whose payload is no longer kept.
    messages_expired: u64,
    /// Whether somebody ended it.
    canceled: bool,
    /// Why it was given up, in words; null unless it failed.
    reason: Option<&'static str>,
}

impl From<BackgroundTask> for TaskOut {
    fn from(task: BackgroundTask) -> Self {
        let data = TaskFiguresOut {
            app_id: task.app,
            endpoint_id: task.endpoint,
            since: task.choice.since,
            until: task.choice.until,
            rate: task.rate,
            messages_found: task.progress.found,
            messages_sent: task.progress.sent,
            messages_expired: task.progress.expired,
            canceled: task.was_canceled(),
            reason: task.stopped.map(TaskStop::sentence),
        };
        Self {
            id: task.id,
            status: task.status.as_str(),
            task: task.work.as_str(),
            data,
            updated_at: task.updated_at,
        }
    }
}
