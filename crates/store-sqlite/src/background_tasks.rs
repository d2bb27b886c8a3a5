//! Background tasks: one row each, found by id and listed by key; what they do is not known here.

use async_trait::async_trait;
use rusqlite::Row;
use wirepost_model::background_task::{BackgroundTask, TaskStatus, TaskWork};
use wirepost_model::ids::TaskId;
use wirepost_store::background_tasks::{BackgroundTasks, TaskFilter};
use wirepost_store::page::{Page, PageQuery};
use wirepost_store::{StoreError, StoreResult};

use crate::SqliteStore;
use crate::columns::{Columns, to_json};
use crate::failure::Outcome;
use crate::listing::Listing;
use crate::statement::compile;

const COLUMNS: &str = "key, tail, app_key, app_tail, work, status, data, updated_at";

#[async_trait]
impl BackgroundTasks for SqliteStore {
    async fn put_task(&self, task: BackgroundTask) -> StoreResult<()> {
        self.writer
            .write(move |writing| {
                let sql = format!(
                    "INSERT INTO background_task ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                     ON CONFLICT (key) DO UPDATE SET
                         status = excluded.status, data = excluded.data, updated_at = excluded.updated_at
                     WHERE tail = excluded.tail"
                );
                compile(writing.connection, &sql)?.execute((
                    task.id.key(),
                    task.id.tail(),
                    task.app.key(),
                    task.app.tail(),
                    task.work.as_str(),
                    task.status.as_str(),
                    to_json(&task.data),
                    task.updated_at.as_millis(),
                ))?;
                Ok(())
            })
            .await
    }

    async fn find_task(&self, id: TaskId) -> StoreResult<BackgroundTask> {
        self.readers
            .read(move |connection| {
                let sql = format!("SELECT {COLUMNS} FROM background_task WHERE key = ? AND tail = ?");
                let mut statement = compile(connection, &sql)?;
                let mut rows = statement.query((id.key(), id.tail()))?;
                rows.next()?.map_or(Err(StoreError::NotFound.into()), read)
            })
            .await
    }

    async fn list_tasks(
        &self,
        filter: TaskFilter,
        page: PageQuery<i64>,
    ) -> StoreResult<Page<BackgroundTask>> {
        self.readers
            .read(move |connection| {
                let mut listing = match filter.status {
                    None => Listing::new(format!("SELECT {COLUMNS} FROM background_task WHERE key > 0"), []),
                    Some(status) => {
                        let sql = format!(
                            "SELECT {COLUMNS} FROM background_task INDEXED BY background_task_status
                             WHERE status = ?"
                        );
                        Listing::new(sql, [status.as_str().to_owned().into()])
                    }
                };
                if let Some(work) = filter.work {
                    listing.and("work = ?", work.as_str().to_owned());
                }
                listing.page(connection, "key", &page, read)
            })
            .await
    }
}

fn read(row: &Row<'_>) -> Outcome<BackgroundTask> {
    let columns = Columns::new(row, "background_task", row.get(0)?);
    let (work, status): (String, String) = (columns.get(4)?, columns.get(5)?);
    let unknown = || columns.damage("it has a word that does not exist");
    Ok(BackgroundTask {
        id: columns.id(0, 1)?,
        app: columns.id(2, 3)?,
        work: TaskWork::from_word(&work).ok_or_else(unknown)?,
        status: TaskStatus::from_word(&status).ok_or_else(unknown)?,
        data: columns.json(6)?,
        updated_at: columns.instant(7)?,
    })
}
