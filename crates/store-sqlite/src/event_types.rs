//! The catalogue of event types, by name.

use async_trait::async_trait;
use rusqlite::types::Value;
use rusqlite::{Connection, Row};
use wirepost_model::event_type::EventType;
use wirepost_model::feature_flags::FeatureFlags;
use wirepost_model::names::EventTypeName;
use wirepost_model::payload_validation::PayloadValidation;
use wirepost_store::error::Conflict;
use wirepost_store::event_types::EventTypes;
use wirepost_store::page::{Page, PageQuery};
use wirepost_store::{StoreError, StoreResult};

use crate::SqliteStore;
use crate::columns::{Columns, to_json};
use crate::failure::Outcome;
use crate::listing::Listing;
use crate::statement::compile;

const COLUMNS: &str = "name, description, archived, deprecated, schemas, feature_flag, group_name, created_at, updated_at, \
     payload_validation";

#[async_trait]
impl EventTypes for SqliteStore {
    async fn create_event_type(&self, event_type: EventType) -> StoreResult<()> {
        self.writer
            .write(move |writing| {
                if exists(writing.connection, &event_type.name)? {
                    return Err(StoreError::Conflict(Conflict::EventType).into());
                }
                Ok(put(writing.connection, &event_type)?)
            })
            .await
    }

    async fn put_event_types(&self, event_types: Vec<EventType>) -> StoreResult<()> {
        self.writer
            .write(move |writing| {
                for event_type in &event_types {
                    put(writing.connection, event_type)?;
                }
                Ok(())
            })
            .await
    }

    async fn remove_event_type(&self, name: &EventTypeName) -> StoreResult<()> {
        let name = name.clone();
        self.writer
            .write(move |writing| {
                let removed = compile(writing.connection, "DELETE FROM event_type WHERE name = ?")?
                    .execute([name.as_str()])?;
                if removed == 0 {
                    return Err(StoreError::NotFound.into());
                }
                Ok(())
            })
            .await
    }

    async fn find_event_type(&self, name: &EventTypeName) -> StoreResult<EventType> {
        let name = name.clone();
        self.readers
            .read(move |connection| {
                let sql = format!("SELECT {COLUMNS} FROM event_type WHERE name = ?");
                let mut statement = compile(connection, &sql)?;
                let mut rows = statement.query([name.as_str()])?;
                rows.next()?.map_or(Err(StoreError::NotFound.into()), read)
            })
            .await
    }

    async fn list_event_types(
        &self,
        include_archived: bool,
        flags: FeatureFlags,
        page: PageQuery<String>,
    ) -> StoreResult<Page<EventType>> {
        self.readers
            .read(move |connection| {
                let sql = format!("SELECT {COLUMNS} FROM event_type WHERE archived <= ?");
                let mut list = Listing::new(sql, [Value::Integer(include_archived.into())]);
                if let Some(names) = flags.names() {
                    // No flag is empty: that stands for none.
                    let shown = std::iter::once("").chain(names.iter().map(String::as_str));
                    list.and_one_of("coalesce(feature_flag, '')", shown.map(|flag| flag.to_owned().into()));
                }
                list.page(connection, "name", &page, read)
            })
            .await
    }

    async fn known_event_types(
        &self,
        names: Vec<EventTypeName>,
        flags: FeatureFlags,
    ) -> StoreResult<Vec<EventTypeName>> {
        self.readers
            .read(move |connection| {
                let mut known = Vec::new();
                for name in names {
                    if is_shown(connection, &name, &flags)? {
                        known.push(name);
                    }
                }
                Ok(known)
            })
            .await
    }

    async fn strictest_payload_validation(&self) -> StoreResult<PayloadValidation> {
        self.readers
            .read(move |connection| {
                let sql = "SELECT coalesce(max(payload_validation), 0) FROM event_type";
                let mut statement = compile(connection, sql)?;
                let mut rows = statement.query([])?;
                let row = rows.next()?.ok_or(StoreError::NotFound)?;
                Columns::new(row, "event_type", 0).payload_validation(0)
            })
            .await
    }
}

fn exists(connection: &Connection, name: &EventTypeName) -> rusqlite::Result<bool> {
    compile(connection, "SELECT 1 FROM event_type WHERE name = ?")?.exists([name.as_str()])
}

fn is_shown(connection: &Connection, name: &EventTypeName, flags: &FeatureFlags) -> rusqlite::Result<bool> {
    let mut statement = compile(connection, "SELECT feature_flag FROM event_type WHERE name = ?")?;
    let mut rows = statement.query([name.as_str()])?;
    match rows.next()? {
        None => Ok(false),
        Some(row) => Ok(flags.show(row.get::<_, Option<String>>(0)?.as_deref())),
    }
}

fn put(connection: &Connection, event_type: &EventType) -> rusqlite::Result<()> {
    let sql = format!(
        "INSERT INTO event_type ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (name) DO UPDATE SET
             description = excluded.description, archived = excluded.archived,
             deprecated = excluded.deprecated, schemas = excluded.schemas,
             feature_flag = excluded.feature_flag, group_name = excluded.group_name,
             updated_at = excluded.updated_at, payload_validation = excluded.payload_validation"
    );
    compile(connection, &sql)?.execute((
        event_type.name.as_str(),
        &event_type.description,
        event_type.archived,
        event_type.deprecated,
        event_type.schemas.as_ref().map(to_json),
        &event_type.feature_flag,
        &event_type.group_name,
        event_type.created_at.as_millis(),
        event_type.updated_at.as_millis(),
        event_type.payload_validation.number(),
    ))?;
    Ok(())
}

fn read(row: &Row<'_>) -> Outcome<EventType> {
    // A catalogue is keyed by name; its rows have no number to name them by.
    let columns = Columns::new(row, "event_type", 0);
    Ok(EventType {
        name: columns.parsed(0, EventTypeName::parse)?,
        description: columns.get(1)?,
        archived: columns.get(2)?,
        deprecated: columns.get(3)?,
        schemas: columns.optional_json(4)?,
        feature_flag: columns.get(5)?,
        group_name: columns.get(6)?,
        created_at: columns.instant(7)?,
        updated_at: columns.instant(8)?,
        payload_validation: columns.payload_validation(9)?,
    })
}
