//! Pulses, and the log of their raises: a raise is written in the transaction that accepts its message.

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, Row, params};
use wirepost_model::ids::{AppId, PulseId, TokenId};
use wirepost_model::names::EventTypeName;
use wirepost_model::pulse::{ObjectRule, Pulse, Raise, Raisers};
use wirepost_store::error::Conflict;
use wirepost_store::messages::NewMessage;
use wirepost_store::page::{Page, PageQuery};
use wirepost_store::pulses::Pulses;
use wirepost_store::{StoreError, StoreResult};

use crate::accepting::accept;
use crate::columns::{Columns, to_json};
use crate::failure::Outcome;
use crate::listing::Listing;
use crate::statement::compile;
use crate::writing::Writing;
use crate::{SqliteStore, apps};

const COLUMNS: &str = "key, tail, name, event_type, description, fields, objects_least, objects_most, \
     object_schema, raisers, archived, created_at, updated_at, revision";
const RAISE_COLUMNS: &str = "key, tail, pulse_key, pulse_tail, message_key, message_tail, user, token, \
     object_count, fields, note, raised_at";

#[async_trait]
impl Pulses for SqliteStore {
    async fn create_pulse(&self, pulse: Pulse, most: usize) -> StoreResult<()> {
        self.writer.write(move |writing| insert(writing.connection, &pulse, most)).await
    }

    async fn update_pulse(&self, pulse: Pulse) -> StoreResult<()> {
        self.writer.write(move |writing| update(writing.connection, &pulse)).await
    }

    async fn find_pulse(&self, app: AppId, pulse: PulseId) -> StoreResult<Pulse> {
        self.readers.read(move |connection| by_id(connection, app, pulse)).await
    }

    async fn list_pulses(
        &self,
        app: AppId,
        include_archived: bool,
        page: PageQuery<i64>,
    ) -> StoreResult<Page<Pulse>> {
        self.readers
            .read(move |connection| {
                let sql = format!("SELECT {COLUMNS} FROM pulse WHERE app_key = ?");
                let mut listing = Listing::new(sql, [listed_app(connection, app)?.into()]);
                listing.and("archived <= ?", i64::from(include_archived));
                listing.page(connection, "key", &page, |row| read(row, app))
            })
            .await
    }

    async fn accept_raise(&self, raise: Raise, message: NewMessage) -> StoreResult<()> {
        self.writer.write(move |writing| write_raise(writing, &raise, &message)).await
    }

    async fn list_raises(
        &self,
        app: AppId,
        pulse: Option<PulseId>,
        page: PageQuery<i64>,
    ) -> StoreResult<Page<Raise>> {
        self.readers
            .read(move |connection| {
                let sql = format!("SELECT {RAISE_COLUMNS} FROM pulse_raise WHERE app_key = ?");
                let mut listing = Listing::new(sql, [listed_app(connection, app)?.into()]);
                if let Some(pulse) = pulse {
                    listing.and("pulse_key = ?", pulse.key());
                    listing.and("pulse_tail = ?", pulse.tail().to_vec());
                }
                listing.page(connection, "key", &page, |row| read_raise(row, app))
            })
            .await
    }
}

/// Keys of apps can be guessed, so an app that is not there must have nothing to list either.
fn listed_app(connection: &Connection, app: AppId) -> rusqlite::Result<i64> {
    Ok(if apps::exists(connection, app)? { app.key() } else { -1 })
}

fn by_id(connection: &Connection, app: AppId, id: PulseId) -> Outcome<Pulse> {
    let sql = format!("SELECT {COLUMNS} FROM pulse WHERE key = ? AND tail = ? AND app_key = ?");
    let mut statement = compile(connection, &sql)?;
    let mut rows = statement.query((id.key(), id.tail(), app.key()))?;
    let found = rows.next()?.map(|row| read(row, app)).transpose()?;
    match found {
        Some(pulse) if apps::exists(connection, app)? => Ok(pulse),
        _ => Err(StoreError::NotFound.into()),
    }
}

fn insert(connection: &Connection, pulse: &Pulse, most: usize) -> Outcome<()> {
    if !apps::exists(connection, pulse.app)? {
        return Err(StoreError::NotFound.into());
    }
    let sql = "SELECT count(*) FROM pulse WHERE app_key = ?";
    let count: usize = compile(connection, sql)?.query_row([pulse.app.key()], |row| row.get(0))?;
    if count >= most {
        return Err(StoreError::Conflict(Conflict::Pulses).into());
    }
    refuse_taken_name(connection, pulse)?;
    let sql = format!(
        "INSERT INTO pulse ({COLUMNS}, app_key) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    );
    compile(connection, &sql)?.execute(params![
        pulse.id.key(),
        pulse.id.tail(),
        pulse.name,
        pulse.event_type.as_str(),
        pulse.description,
        pulse.fields.as_ref().map(to_json),
        pulse.objects.least,
        pulse.objects.most,
        pulse.objects.schema.as_ref().map(to_json),
        raisers_to_json(&pulse.raisers),
        pulse.archived,
        pulse.created_at.as_millis(),
        pulse.updated_at.as_millis(),
        pulse.revision,
        pulse.app.key(),
    ])?;
    Ok(())
}

fn update(connection: &Connection, pulse: &Pulse) -> Outcome<()> {
    if by_id(connection, pulse.app, pulse.id)?.revision != pulse.revision {
        return Err(StoreError::Conflict(Conflict::Revision).into());
    }
    refuse_taken_name(connection, pulse)?;
    let sql = "UPDATE pulse
               SET name = ?, event_type = ?, description = ?, fields = ?, objects_least = ?, objects_most = ?,
                   object_schema = ?, raisers = ?, archived = ?, updated_at = ?, revision = revision + 1
               WHERE key = ?";
    compile(connection, sql)?.execute((
        &pulse.name,
        pulse.event_type.as_str(),
        &pulse.description,
        pulse.fields.as_ref().map(to_json),
        pulse.objects.least,
        pulse.objects.most,
        pulse.objects.schema.as_ref().map(to_json),
        raisers_to_json(&pulse.raisers),
        pulse.archived,
        pulse.updated_at.as_millis(),
        pulse.id.key(),
    ))?;
    Ok(())
}

/// An archived pulse neither holds its name nor is refused for it.
fn refuse_taken_name(connection: &Connection, pulse: &Pulse) -> Outcome<()> {
    if pulse.archived {
        return Ok(());
    }
    let sql = "SELECT key FROM pulse WHERE app_key = ? AND name = ? AND archived = 0";
    let holder: Option<i64> =
        compile(connection, sql)?.query_row((pulse.app.key(), &pulse.name), |row| row.get(0)).optional()?;
    if holder.is_some_and(|key| key != pulse.id.key()) {
        return Err(StoreError::Conflict(Conflict::PulseName).into());
    }
    Ok(())
}

fn write_raise(writing: &mut Writing<'_>, raise: &Raise, message: &NewMessage) -> Outcome<()> {
    if by_id(writing.connection, raise.app, raise.pulse)?.archived {
        return Err(StoreError::NotFound.into());
    }
    accept(writing, message)??;
    let sql = format!(
        "INSERT INTO pulse_raise ({RAISE_COLUMNS}, app_key) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    );
    compile(writing.connection, &sql)?.execute((
        raise.id.key(),
        raise.id.tail(),
        raise.pulse.key(),
        raise.pulse.tail(),
        raise.message.key(),
        raise.message.tail(),
        raise.user.as_ref().map(to_json),
        raise.token.map(|token| token.to_string()),
        raise.object_count,
        to_json(&raise.fields),
        &raise.note,
        raise.raised_at.as_millis(),
        raise.app.key(),
    ))?;
    Ok(())
}

fn raisers_to_json(raisers: &Raisers) -> Option<String> {
    match raisers {
        Raisers::Anyone => None,
        Raisers::Users(ids) => Some(to_json(ids)),
    }
}

fn read(row: &Row<'_>, app: AppId) -> Outcome<Pulse> {
    let columns = Columns::new(row, "pulse", row.get(0)?);
    Ok(Pulse {
        id: columns.id(0, 1)?,
        app,
        name: columns.get(2)?,
        event_type: columns.parsed(3, EventTypeName::parse)?,
        description: columns.get(4)?,
        fields: columns.optional_json(5)?,
        objects: ObjectRule {
            least: columns.get(6)?,
            most: columns.get(7)?,
            schema: columns.optional_json(8)?,
        },
        raisers: columns.optional_json(9)?.map_or(Raisers::Anyone, Raisers::Users),
        archived: columns.get(10)?,
        created_at: columns.instant(11)?,
        updated_at: columns.instant(12)?,
        revision: columns.get(13)?,
    })
}

fn read_raise(row: &Row<'_>, app: AppId) -> Outcome<Raise> {
    let columns = Columns::new(row, "pulse_raise", row.get(0)?);
    Ok(Raise {
        id: columns.id(0, 1)?,
        app,
        pulse: columns.id(2, 3)?,
        message: columns.id(4, 5)?,
        user: columns.optional_json(6)?,
        token: columns.optional_parsed(7, TokenId::parse)?,
        object_count: columns.get(8)?,
        fields: columns.json(9)?,
        note: columns.get(10)?,
        raised_at: columns.instant(11)?,
    })
}
