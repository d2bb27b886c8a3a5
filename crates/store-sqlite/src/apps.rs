//! Apps: rows that are marked deleted rather than removed, since messages and attempts keep pointing at them.

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, Row};
use wirepost_model::app::App;
use wirepost_model::ids::{AppId, AppKind, Kind};
use wirepost_model::names::Uid;
use wirepost_model::timestamp::Timestamp;
use wirepost_store::apps::Apps;
use wirepost_store::error::Conflict;
use wirepost_store::page::{Page, PageQuery};
use wirepost_store::{StoreError, StoreResult};

use crate::columns::{Columns, to_json};
use crate::failure::Outcome;
use crate::listing::Listing;
use crate::statement::compile;
use crate::{SqliteStore, oauth};

const COLUMNS: &str =
    "key, tail, uid, name, throttle_rate, metadata, created_at, updated_at, payload_validation";

const NAMES_BEGIN: &str = "FROM app INDEXED BY app_name
    WHERE deleted_at IS NULL AND name COLLATE NOCASE >= ?1 AND name COLLATE NOCASE < ?2
    ORDER BY name COLLATE NOCASE, key LIMIT ?3";
const UIDS_BEGIN: &str = "FROM app INDEXED BY app_uid
    WHERE deleted_at IS NULL AND uid IS NOT NULL AND uid >= ?1 AND uid < ?2 ORDER BY uid LIMIT ?3";

#[async_trait]
impl Apps for SqliteStore {
    async fn create_app(&self, app: App) -> StoreResult<()> {
        self.writer.write(move |writing| insert(writing.connection, &app)).await
    }

    async fn update_app(&self, app: App, read_at: Timestamp) -> StoreResult<()> {
        self.writer.write(move |writing| update(writing.connection, &app, read_at)).await
    }

    async fn delete_app(&self, app: AppId, at: Timestamp) -> StoreResult<()> {
        self.writer.write(move |writing| delete(writing.connection, app, at)).await
    }

    async fn find_app(&self, id_or_uid: &str) -> StoreResult<App> {
        let id_or_uid = id_or_uid.to_owned();
        self.readers
            .read(move |connection| match AppId::parse(&id_or_uid) {
                Ok(id) => by_id(connection, id),
                Err(_) if id_or_uid.starts_with(AppKind::PREFIX) => Err(StoreError::NotFound.into()),
                Err(_) => by_uid(connection, &id_or_uid),
            })
            .await
    }

    async fn find_apps(&self, beginning: &str, most: usize) -> StoreResult<Vec<App>> {
        let beginning = beginning.to_owned();
        self.readers
            .read(move |connection| {
                let mut found = beginning_with(connection, NAMES_BEGIN, &beginning, most)?;
                for app in beginning_with(connection, UIDS_BEGIN, &beginning, most)? {
                    if found.len() < most && found.iter().all(|other| other.id != app.id) {
                        found.push(app);
                    }
                }
                Ok(found)
            })
            .await
    }

    async fn list_apps(&self, page: PageQuery<i64>) -> StoreResult<Page<App>> {
        self.readers
            .read(move |connection| {
                Listing::new(format!("SELECT {COLUMNS} FROM app WHERE deleted_at IS NULL"), [])
                    .page(connection, "key", &page, read)
            })
            .await
    }
}

/// The app of this id, unless it was deleted.
pub(crate) fn by_id(connection: &Connection, id: AppId) -> Outcome<App> {
    let sql = format!("SELECT {COLUMNS} FROM app WHERE key = ? AND tail = ? AND deleted_at IS NULL");
    let mut statement = compile(connection, &sql)?;
    let mut rows = statement.query((id.key(), id.tail()))?;
    rows.next()?.map_or(Err(StoreError::NotFound.into()), read)
}

/// Whether there is an app of this id that was not deleted.
pub(crate) fn exists(connection: &Connection, id: AppId) -> rusqlite::Result<bool> {
    compile(connection, "SELECT 1 FROM app WHERE key = ? AND tail = ? AND deleted_at IS NULL")?
        .exists((id.key(), id.tail()))
}

fn by_uid(connection: &Connection, uid: &str) -> Outcome<App> {
    let sql = format!("SELECT {COLUMNS} FROM app WHERE uid = ? AND deleted_at IS NULL");
    let mut statement = compile(connection, &sql)?;
    let mut rows = statement.query([uid])?;
    rows.next()?.map_or(Err(StoreError::NotFound.into()), read)
}

/// All texts that begin so lie from the beginning itself to before the beginning with the last of all characters.
fn beginning_with(connection: &Connection, walk: &str, beginning: &str, most: usize) -> Outcome<Vec<App>> {
    let mut statement = compile(connection, &format!("SELECT {COLUMNS} {walk}"))?;
    let mut rows = statement.query((beginning, format!("{beginning}{}", char::MAX), most))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read(row)?);
    }
    Ok(found)
}

fn insert(connection: &Connection, app: &App) -> Outcome<()> {
    refuse_taken_uid(connection, app)?;
    let sql = format!("INSERT INTO app ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
    compile(connection, &sql)?.execute((
        app.id.key(),
        app.id.tail(),
        app.uid.as_ref().map(Uid::as_str),
        &app.name,
        app.throttle_rate,
        to_json(&app.metadata),
        app.created_at.as_millis(),
        app.updated_at.as_millis(),
        app.payload_validation.number(),
    ))?;
    Ok(())
}

fn update(connection: &Connection, app: &App, read_at: Timestamp) -> Outcome<()> {
    if by_id(connection, app.id)?.updated_at != read_at {
        return Err(StoreError::Conflict(Conflict::Revision).into());
    }
    refuse_taken_uid(connection, app)?;
    let sql = "UPDATE app SET uid = ?, name = ?, throttle_rate = ?, metadata = ?, updated_at = ?,
                   payload_validation = ? WHERE key = ?";
    compile(connection, sql)?.execute((
        app.uid.as_ref().map(Uid::as_str),
        &app.name,
        app.throttle_rate,
        to_json(&app.metadata),
        app.updated_at.as_millis(),
        app.payload_validation.number(),
        app.id.key(),
    ))?;
    Ok(())
}

fn delete(connection: &Connection, app: AppId, at: Timestamp) -> Outcome<()> {
    let sql = "UPDATE app SET deleted_at = ? WHERE key = ? AND tail = ? AND deleted_at IS NULL";
    let deleted = compile(connection, sql)?.execute((at.as_millis(), app.key(), app.tail()))?;
    if deleted == 0 {
        return Err(StoreError::NotFound.into());
    }
    let sql = "UPDATE endpoint SET deleted_at = ? WHERE app_key = ? AND deleted_at IS NULL";
    compile(connection, sql)?.execute((at.as_millis(), app.key()))?;
    oauth::remove_of_app(connection, app)?;
    Ok(())
}

fn refuse_taken_uid(connection: &Connection, app: &App) -> Outcome<()> {
    let Some(uid) = &app.uid else { return Ok(()) };
    let sql = "SELECT key FROM app WHERE uid = ? AND deleted_at IS NULL";
    let holder: Option<i64> =
        compile(connection, sql)?.query_row([uid.as_str()], |row| row.get(0)).optional()?;
    if holder.is_some_and(|key| key != app.id.key()) {
        return Err(StoreError::Conflict(Conflict::Uid).into());
    }
    Ok(())
}

fn read(row: &Row<'_>) -> Outcome<App> {
    let columns = Columns::new(row, "app", row.get(0)?);
    Ok(App {
        id: columns.id(0, 1)?,
        uid: columns.optional_parsed(2, Uid::parse)?,
        name: columns.get(3)?,
        throttle_rate: columns.get(4)?,
        metadata: columns.json(5)?,
        created_at: columns.instant(6)?,
        updated_at: columns.instant(7)?,
        payload_validation: columns.payload_validation(8)?,
    })
}
