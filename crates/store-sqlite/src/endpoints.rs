//! Endpoints: rows that are marked deleted rather than removed, since deliveries and attempts keep pointing at them.

use std::collections::HashSet;

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, Row, params};
use wirepost_model::endpoint::{CustomHeaders, Disabled, DisabledReason, Endpoint, EndpointSecret};
use wirepost_model::ids::{AppId, EndpointId};
use wirepost_model::names::Uid;
use wirepost_model::timestamp::Timestamp;
use wirepost_store::endpoints::{AppWithEndpoints, EndpointChange, EndpointWithSecrets, Endpoints};
use wirepost_store::error::Conflict;
use wirepost_store::messages::NewMessage;
use wirepost_store::page::{Page, PageQuery};
use wirepost_store::{StoreError, StoreResult};

use crate::accepting::accept_notice;
use crate::columns::{Columns, to_json};
use crate::delivery_rules::COLUMNS as RULE_COLUMNS;
use crate::failure::Outcome;
use crate::listing::Listing;
use crate::statement::compile;
use crate::{SqliteStore, apps, delivery_rules, endpoint_secrets, oauth};

const COLUMNS: &str = "key, tail, uid, url, description, event_types, channels, disabled_reason, disabled_at, \
     throttle_rate, metadata, headers, failing_since, created_at, updated_at, revision";
/// The same, as they are read.
const OPENED: &str = "key, tail, uid, unseal(url, 'endpoint.url', key), description, event_types, channels, \
     disabled_reason, disabled_at, throttle_rate, metadata, unseal(headers, 'endpoint.headers', key), \
     failing_since, created_at, updated_at, revision";

#[async_trait]
impl Endpoints for SqliteStore {
    async fn change_endpoints(&self, change: EndpointChange, notices: Vec<NewMessage>) -> StoreResult<()> {
        self.writer
            .write(move |writing| {
                match &change {
                    EndpointChange::Create(endpoints) => insert_all(writing.connection, endpoints)?,
                    EndpointChange::Update(endpoint) => update(writing.connection, endpoint)?,
                    EndpointChange::Delete { app, endpoint, at } => {
                        delete(writing.connection, *app, *endpoint, *at)?;
                    }
                }
                for notice in &notices {
                    accept_notice(writing, notice)?;
                }
                Ok(())
            })
            .await
    }

    async fn find_endpoint(&self, app: AppId, id_or_uid: &str) -> StoreResult<Endpoint> {
        let id_or_uid = id_or_uid.to_owned();
        self.readers
            .read(move |connection| match EndpointId::parse(&id_or_uid) {
                Ok(id) => by_id(connection, app, id),
                Err(_) => by_uid(connection, app, &id_or_uid),
            })
            .await
    }

    async fn list_endpoints(&self, app: AppId, page: PageQuery<i64>) -> StoreResult<Page<Endpoint>> {
        self.readers
            .read(move |connection| {
                // Keys of apps can be guessed, so an app that is not there must have no endpoints either.
                let app_key = if apps::exists(connection, app)? { app.key() } else { -1 };
                let sql = format!(
                    "SELECT {OPENED}, {RULE_COLUMNS} FROM endpoint WHERE app_key = ? AND deleted_at IS NULL"
                );
                Listing::new(sql, [app_key.into()]).page(connection, "key", &page, |row| read(row, app))
            })
            .await
    }

    async fn endpoint_secrets(&self, app: AppId, endpoint: EndpointId) -> StoreResult<Vec<EndpointSecret>> {
        self.readers
            .read(move |connection| {
                by_id(connection, app, endpoint)?;
                endpoint_secrets::of_endpoint(connection, endpoint.key())
            })
            .await
    }

    async fn rotate_secret(
        &self,
        app: AppId,
        endpoint: EndpointId,
        secret: EndpointSecret,
        old_expires_at: Timestamp,
        old_most: usize,
    ) -> StoreResult<()> {
        self.writer
            .write(move |writing| {
                by_id(writing.connection, app, endpoint)?;
                endpoint_secrets::rotate(writing.connection, endpoint, &secret, old_expires_at, old_most)
            })
            .await
    }

    async fn app_with_endpoints(&self, app: AppId) -> StoreResult<AppWithEndpoints> {
        self.readers
            .read(move |connection| {
                Ok(AppWithEndpoints {
                    app: apps::by_id(connection, app)?,
                    endpoints: all_of_app(connection, app)?,
                })
            })
            .await
    }
}

/// The app's endpoint of this id, unless one of them was deleted.
pub(crate) fn by_id(connection: &Connection, app: AppId, id: EndpointId) -> Outcome<Endpoint> {
    let sql = format!(
        "SELECT {OPENED}, {RULE_COLUMNS} FROM endpoint WHERE key = ? AND tail = ? AND app_key = ? AND deleted_at IS NULL"
    );
    let mut statement = compile(connection, &sql)?;
    let mut rows = statement.query((id.key(), id.tail(), app.key()))?;
    let found = rows.next()?.map(|row| read(row, app)).transpose()?;
    match found {
        Some(endpoint) if apps::exists(connection, app)? => Ok(endpoint),
        _ => Err(StoreError::NotFound.into()),
    }
}

fn by_uid(connection: &Connection, app: AppId, uid: &str) -> Outcome<Endpoint> {
    let sql = format!(
        "SELECT {OPENED}, {RULE_COLUMNS} FROM endpoint WHERE app_key = ? AND uid = ? AND deleted_at IS NULL"
    );
    let mut statement = compile(connection, &sql)?;
    let mut rows = statement.query((app.key(), uid))?;
    let found = rows.next()?.map(|row| read(row, app)).transpose()?;
    match found {
        Some(endpoint) if apps::exists(connection, app)? => Ok(endpoint),
        _ => Err(StoreError::NotFound.into()),
    }
}

fn all_of_app(connection: &Connection, app: AppId) -> Outcome<Vec<EndpointWithSecrets>> {
    let sql = format!(
        "SELECT {OPENED}, {RULE_COLUMNS} FROM endpoint WHERE app_key = ? AND deleted_at IS NULL ORDER BY key"
    );
    let mut statement = compile(connection, &sql)?;
    let mut rows = statement.query([app.key()])?;
    let mut configs = oauth::of_app(connection, app)?;
    let mut endpoints = Vec::new();
    while let Some(row) = rows.next()? {
        let endpoint = read(row, app)?;
        let secrets = endpoint_secrets::of_endpoint(connection, endpoint.id.key())?;
        let oauth = configs.remove(&endpoint.id.key());
        endpoints.push(EndpointWithSecrets { endpoint, secrets, oauth });
    }
    Ok(endpoints)
}

/// Looks at all of them before it writes the first, so that a refusal has written nothing.
fn insert_all(connection: &Connection, endpoints: &[(Endpoint, EndpointSecret)]) -> Outcome<()> {
    let mut uids = HashSet::new();
    for (endpoint, _) in endpoints {
        refuse_unplaceable(connection, endpoint)?;
        if endpoint.uid.as_ref().is_some_and(|uid| !uids.insert((endpoint.app.key(), uid))) {
            return Err(StoreError::Conflict(Conflict::Uid).into());
        }
    }
    endpoints.iter().try_for_each(|(endpoint, secret)| write(connection, endpoint, secret))
}

fn refuse_unplaceable(connection: &Connection, endpoint: &Endpoint) -> Outcome<()> {
    if !apps::exists(connection, endpoint.app)? {
        return Err(StoreError::NotFound.into());
    }
    refuse_taken_uid(connection, endpoint)
}

fn write(connection: &Connection, endpoint: &Endpoint, secret: &EndpointSecret) -> Outcome<()> {
    let sql = format!(
        "INSERT INTO endpoint ({COLUMNS}, app_key)
         VALUES (?1, ?2, ?3, seal(?4, 'endpoint.url', ?1), ?5, ?6, ?7, ?8, ?9, ?10, ?11,
                 seal(?12, 'endpoint.headers', ?1), ?13, ?14, ?15, ?16, ?17)"
    );
    compile(connection, &sql)?.execute(params![
        endpoint.id.key(),
        endpoint.id.tail(),
        endpoint.uid.as_ref().map(Uid::as_str),
        endpoint.url,
        endpoint.description,
        to_json(&endpoint.event_types),
        to_json(&endpoint.channels),
        endpoint.disabled.map(|disabled| disabled.reason.as_str()),
        endpoint.disabled.map(|disabled| disabled.at.as_millis()),
        endpoint.throttle_rate,
        to_json(&endpoint.metadata),
        to_json(&endpoint.headers.0),
        endpoint.failing_since.map(Timestamp::as_millis),
        endpoint.created_at.as_millis(),
        endpoint.updated_at.as_millis(),
        endpoint.revision,
        endpoint.app.key(),
    ])?;
    delivery_rules::write(connection, endpoint.id, &endpoint.delivery_rules)?;
    endpoint_secrets::insert(connection, endpoint.id, secret)?;
    Ok(())
}

fn update(connection: &Connection, endpoint: &Endpoint) -> Outcome<()> {
    let stored = by_id(connection, endpoint.app, endpoint.id)?;
    if stored.revision != endpoint.revision {
        return Err(StoreError::Conflict(Conflict::Revision).into());
    }
    refuse_taken_uid(connection, endpoint)?;
    // The engine alone says since when it fails, and may have said so after the caller read; enabling an
    // endpoint that was disabled starts afresh.
    let enabled = stored.disabled.is_some() && endpoint.disabled.is_none();
    let failing_since = if enabled { None } else { stored.failing_since };
    compile(connection,
            "UPDATE endpoint
             SET uid = ?, url = seal(?, 'endpoint.url', key), description = ?, event_types = ?, channels = ?, disabled_reason = ?,
                 disabled_at = ?, throttle_rate = ?, metadata = ?, headers = seal(?, 'endpoint.headers', key), failing_since = ?, updated_at = ?,
                 revision = revision + 1
             WHERE key = ?",
        )?
        .execute((
            endpoint.uid.as_ref().map(Uid::as_str),
            &endpoint.url,
            &endpoint.description,
            to_json(&endpoint.event_types),
            to_json(&endpoint.channels),
            endpoint.disabled.map(|disabled| disabled.reason.as_str()),
            endpoint.disabled.map(|disabled| disabled.at.as_millis()),
            endpoint.throttle_rate,
            to_json(&endpoint.metadata),
            to_json(&endpoint.headers.0),
            failing_since.map(Timestamp::as_millis),
            endpoint.updated_at.as_millis(),
            endpoint.id.key(),
        ))?;
    delivery_rules::write(connection, endpoint.id, &endpoint.delivery_rules)?;
    Ok(())
}

fn delete(connection: &Connection, app: AppId, endpoint: EndpointId, at: Timestamp) -> Outcome<()> {
    by_id(connection, app, endpoint)?;
    compile(connection, "UPDATE endpoint SET deleted_at = ?, revision = revision + 1 WHERE key = ?")?
        .execute((at.as_millis(), endpoint.key()))?;
    oauth::remove(connection, app, endpoint)?;
    Ok(())
}

fn refuse_taken_uid(connection: &Connection, endpoint: &Endpoint) -> Outcome<()> {
    let Some(uid) = &endpoint.uid else {
        return Ok(());
    };
    let sql = "SELECT key FROM endpoint WHERE app_key = ? AND uid = ? AND deleted_at IS NULL";
    let holder: Option<i64> = compile(connection, sql)?
        .query_row((endpoint.app.key(), uid.as_str()), |row| row.get(0))
        .optional()?;
    if holder.is_some_and(|key| key != endpoint.id.key()) {
        return Err(StoreError::Conflict(Conflict::Uid).into());
    }
    Ok(())
}

fn read(row: &Row<'_>, app: AppId) -> Outcome<Endpoint> {
    let columns = Columns::new(row, "endpoint", row.get(0)?);
    Ok(Endpoint {
        id: columns.id(0, 1)?,
        app,
        uid: columns.optional_parsed(2, Uid::parse)?,
        url: columns.get(3)?,
        description: columns.get(4)?,
        event_types: columns.json(5)?,
        channels: columns.json(6)?,
        disabled: read_disabled(&columns)?,
        throttle_rate: columns.get(9)?,
        metadata: columns.json(10)?,
        headers: CustomHeaders(columns.json(11)?),
        failing_since: columns.optional_instant(12)?,
        created_at: columns.instant(13)?,
        updated_at: columns.instant(14)?,
        revision: columns.get(15)?,
        delivery_rules: delivery_rules::read(&columns, 16)?,
    })
}

fn read_disabled(columns: &Columns<'_>) -> Outcome<Option<Disabled>> {
    let Some(at) = columns.optional_instant(8)? else {
        return Ok(None);
    };
    let reason: String = columns.get(7)?;
    let reason = DisabledReason::parse(&reason)
        .ok_or_else(|| columns.damage("it is disabled for an unknown reason"))?;
    Ok(Some(Disabled { reason, at }))
}
