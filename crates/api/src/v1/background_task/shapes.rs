//! Background tasks on the wire.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};
use wirepost_model::background_task::BackgroundTask;
use wirepost_model::ids::TaskId;
use wirepost_model::timestamp::Timestamp;

/// A background task as we show it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TaskOut {
    id: TaskId,
    status: &'static str,
    task: &'static str,
    data: Map<String, Value>,
    updated_at: Timestamp,
}

impl From<BackgroundTask> for TaskOut {
    fn from(task: BackgroundTask) -> Self {
        Self {
            id: task.id,
            status: task.status.as_str(),
            task: task.work.as_str(),
            data: task.data,
            updated_at: task.updated_at,
        }
    }
}
