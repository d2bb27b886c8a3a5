//! Background tasks: one row each, found by id and listed by key; what they do is not known here.

use async_trait::async_trait;
use rusqlite::{Connection, Row};
use wirepost_model::background_task::{BackgroundTask, TaskProgress, TaskStatus, TaskStop, TaskWork};
use wirepost_model::delivery::DeliveryStatus;
use wirepost_model::ids::TaskId;
use wirepost_model::names::Channel;
use wirepost_model::replay::{ReplayChoice, ReplayFilter};
use wirepost_store::background_tasks::{BackgroundTasks, TaskEnd, TaskFilter};
use wirepost_store::error::Conflict;
use wirepost_store::messages::NewMessage;
use wirepost_store::page::{Page, PageQuery};
use wirepost_store::{StoreError, StoreResult};

use crate::accepting::accept_notice;
use crate::columns::{Columns, to_json_unless_empty};
use crate::failure::Outcome;
use crate::listing::Listing;
use crate::statement::compile;
use crate::{SqliteStore, endpoints};

const COLUMNS: &str = "key, tail, app_key, app_tail, endpoint_key, endpoint_tail, work, since, until, event_types, \
     channel, tag, statuses, status_class, rate, cursor, found, sent, expired, status, stopped, updated_at";

#[async_trait]
impl BackgroundTasks for SqliteStore {
    async fn create_task(&self, task: BackgroundTask, running_most: usize) -> StoreResult<()> {
        self.writer
            .write(move |writing| {
                let connection = writing.connection;
                endpoints::by_id(connection, task.app, task.endpoint)?;
                if running(connection, &task)? >= running_most {
                    return Err(StoreError::Conflict(Conflict::Tasks).into());
                }
                insert(connection, &task)
            })
            .await
    }

    async fn end_task_and_tell(
        &self,
        id: TaskId,
        end: TaskEnd,
        notices: Vec<NewMessage>,
    ) -> StoreResult<BackgroundTask> {
        self.writer
            .write(move |writing| {
                let status = match end.stopped {
                    None => TaskStatus::Finished,
                    Some(_) => TaskStatus::Failed,
                };
                let ended = compile(
                    writing.connection,
                    "UPDATE background_task SET status = ?, stopped = ?, updated_at = ?
                     WHERE key = ? AND tail = ? AND status = 'running'",
                )?
                .execute((
                    status.as_str(),
                    end.stopped.map(TaskStop::as_str),
                    end.at.as_millis(),
                    id.key(),
                    id.tail(),
                ))?;
                for notice in notices.iter().filter(|_| ended > 0) {
                    accept_notice(writing, notice)?;
                }
                find(writing.connection, id)
            })
            .await
    }

    async fn find_task(&self, id: TaskId) -> StoreResult<BackgroundTask> {
        self.readers.read(move |connection| find(connection, id)).await
    }

    async fn list_tasks(
        &self,
        filter: TaskFilter,
        page: PageQuery<i64>,
    ) -> StoreResult<Page<BackgroundTask>> {
        self.readers
            .read(move |connection| {
                let mut listing = along(&filter);
                if let Some(work) = filter.work {
                    listing.and("work = ?", work.as_str().to_owned());
                }
                listing.page(connection, "key", &page, read)
            })
            .await
    }
}

/// The tasks of an app have an index of their own; those of a status, too.
fn along(filter: &TaskFilter) -> Listing {
    let of = |index: &str, condition: &str| {
        format!("SELECT {COLUMNS} FROM background_task {index} WHERE {condition}")
    };
    let status = filter.status.map(|status| status.as_str().to_owned());
    match (filter.app, status) {
        (Some(app), status) => {
            let values = [app.key().into(), app.tail().to_vec().into()];
            let sql = of("INDEXED BY background_task_of_app", "app_key = ? AND app_tail = ?");
            let mut listing = Listing::new(sql, values);
            if let Some(status) = status {
                listing.and("status = ?", status);
            }
            listing
        }
        (None, Some(status)) => {
            Listing::new(of("INDEXED BY background_task_status", "status = ?"), [status.into()])
        }
        (None, None) => Listing::new(of("", "key > 0"), []),
    }
}

/// How many of the app's tasks are running.
fn running(connection: &Connection, task: &BackgroundTask) -> rusqlite::Result<usize> {
    let sql = "SELECT count(*) FROM background_task INDEXED BY background_task_running
               WHERE app_key = ? AND status = 'running'";
    compile(connection, sql)?.query_row([task.app.key()], |row| row.get(0))
}

fn insert(connection: &Connection, task: &BackgroundTask) -> Outcome<()> {
    let filter = &task.choice.filter;
    let statuses: Vec<u8> = filter.statuses.iter().map(|status| status.number()).collect();
    let sql = format!(
        "INSERT INTO background_task ({COLUMNS})
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    );
    compile(connection, &sql)?.execute(rusqlite::params![
        task.id.key(),
        task.id.tail(),
        task.app.key(),
        task.app.tail(),
        task.endpoint.key(),
        task.endpoint.tail(),
        task.work.as_str(),
        task.choice.since.as_millis(),
        task.choice.until.as_millis(),
        to_json_unless_empty(&filter.event_types),
        filter.channel.as_ref().map(Channel::as_str),
        filter.tag,
        to_json_unless_empty(&statuses),
        filter.status_class,
        task.rate,
        task.progress.cursor,
        task.progress.found,
        task.progress.sent,
        task.progress.expired,
        task.status.as_str(),
        task.stopped.map(TaskStop::as_str),
        task.updated_at.as_millis(),
    ])?;
    Ok(())
}

/// The task of this id.
pub(crate) fn find(connection: &Connection, id: TaskId) -> Outcome<BackgroundTask> {
    let sql = format!("SELECT {COLUMNS} FROM background_task WHERE key = ? AND tail = ?");
    let mut statement = compile(connection, &sql)?;
    let mut rows = statement.query((id.key(), id.tail()))?;
    rows.next()?.map_or(Err(StoreError::NotFound.into()), read)
}

fn read(row: &Row<'_>) -> Outcome<BackgroundTask> {
    let columns = Columns::new(row, "background_task", row.get(0)?);
    let (work, status): (String, String) = (columns.get(6)?, columns.get(19)?);
    let stopped: Option<String> = columns.get(20)?;
    let unknown = || columns.damage("it has a word that does not exist");
    Ok(BackgroundTask {
        id: columns.id(0, 1)?,
        app: columns.id(2, 3)?,
        endpoint: columns.id(4, 5)?,
        work: TaskWork::from_word(&work).ok_or_else(unknown)?,
        choice: read_choice(&columns)?,
        rate: columns.get(14)?,
        progress: TaskProgress {
            cursor: columns.get(15)?,
            found: columns.get(16)?,
            sent: columns.get(17)?,
            expired: columns.get(18)?,
        },
        status: TaskStatus::from_word(&status).ok_or_else(unknown)?,
        stopped: stopped.map(|word| TaskStop::from_word(&word).ok_or_else(unknown)).transpose()?,
        updated_at: columns.instant(21)?,
    })
}

fn read_choice(columns: &Columns<'_>) -> Outcome<ReplayChoice> {
    let numbers: Vec<u8> = columns.optional_json(12)?.unwrap_or_default();
    let unknown = || columns.damage("it has a state that does not exist");
    let status = |number: u8| DeliveryStatus::ALL.get(usize::from(number)).copied().ok_or_else(unknown);
    Ok(ReplayChoice {
        since: columns.instant(7)?,
        until: columns.instant(8)?,
        filter: ReplayFilter {
            event_types: columns.optional_json(9)?.unwrap_or_default(),
            channel: columns.optional_parsed(10, Channel::parse)?,
            tag: columns.get(11)?,
            statuses: numbers.into_iter().map(status).collect::<Outcome<_>>()?,
            status_class: columns.get(13)?,
        },
    })
}
