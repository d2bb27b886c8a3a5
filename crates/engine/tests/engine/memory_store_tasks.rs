//! Background tasks in the store in memory.

use async_trait::async_trait;
use wirepost_model::background_task::{BackgroundTask, TaskStatus};
use wirepost_model::ids::TaskId;
use wirepost_store::background_tasks::{BackgroundTasks, TaskEnd, TaskFilter};
use wirepost_store::messages::NewMessage;
use wirepost_store::page::{Page, PageQuery};
use wirepost_store::replays::{
    CancelStep, Canceled, ReplayBounds, ReplayCount, ReplayPage, ReplayQuery, ReplayStep, Replays,
};
use wirepost_store::{StoreError, StoreResult};

use crate::memory_store::{MemoryStore, never_asked};

#[async_trait]
impl BackgroundTasks for MemoryStore {
    async fn create_task(&self, task: BackgroundTask, _: usize) -> StoreResult<()> {
        self.write(|disk, _| {
            disk.tasks.insert(task.id, task);
            Ok(())
        })
        .await
    }

    async fn end_task_and_tell(
        &self,
        id: TaskId,
        end: TaskEnd,
        notices: Vec<NewMessage>,
    ) -> StoreResult<BackgroundTask> {
        let now = self.clock.now();
        self.write(|disk, effects| {
            let was_running = disk.tasks.get(&id).is_some_and(|task| task.status == TaskStatus::Running);
            for notice in notices.iter().filter(|_| was_running) {
                disk.accept(notice, now, effects);
            }
            disk.end_task(id, end)
        })
        .await
    }

    async fn find_task(&self, id: TaskId) -> StoreResult<BackgroundTask> {
        self.read(|disk| disk.tasks.get(&id).cloned().ok_or(StoreError::NotFound)).await
    }

    async fn list_tasks(
        &self,
        filter: TaskFilter,
        page: PageQuery<i64>,
    ) -> StoreResult<Page<BackgroundTask>> {
        assert_eq!(filter, TaskFilter { status: Some(TaskStatus::Running), ..TaskFilter::default() });
        let after = page.edge().copied().unwrap_or_default();
        let running = self.read(|disk| Ok(disk.running_tasks())).await?;
        let rows = running.into_iter().filter(|task| task.id.key() > after).take(page.limit + 1);
        Ok(Page::from_walk(rows.collect(), &page))
    }
}

#[async_trait]
impl Replays for MemoryStore {
    async fn find_replayable(&self, query: ReplayQuery, bounds: ReplayBounds) -> StoreResult<ReplayPage> {
        self.read(|disk| Ok(disk.find_replayable(&query, bounds))).await
    }

    async fn count_replayable(&self, _: ReplayQuery, _: usize) -> StoreResult<ReplayCount> {
        never_asked()
    }

    async fn replay(&self, step: ReplayStep) -> StoreResult<u64> {
        let now = self.clock.now();
        self.write(|disk, effects| disk.replay(step, now, effects)).await
    }

    async fn cancel_pending(&self, step: CancelStep) -> StoreResult<Canceled> {
        self.write(|disk, effects| Ok(disk.cancel_pending(&step, effects))).await
    }
}
