//! Attempts: facts, listed along their endpoint or their message.

use async_trait::async_trait;
use bytes::Bytes;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row};
use wirepost_model::attempt::{Attempt, AttemptContent, Timing, Trigger};
use wirepost_model::delivery::DeliveryKey;
use wirepost_model::ids::{AppId, AttemptId, EndpointId, MessageId};
use wirepost_store::attempts::{AttemptCount, AttemptFilter, Attempts, StoredAttempt};
use wirepost_store::page::{Look, Page, PageQuery};
use wirepost_store::{StoreError, StoreResult};

use crate::columns::Columns;
use crate::failure::Outcome;
use crate::key_range::KeyRange;
use crate::listing::{Listing, Walk};
use crate::statement::compile;
use crate::{SqliteStore, apps, messages};

const COLUMNS: &str = "a.key, a.tail, e.key, e.tail, m.key, m.tail, a.by_hand, a.started_at, a.duration_us, \
     a.succeeded, a.status, a.failure, a.remote_address, a.dns_us, a.connect_us, a.tls_us, a.first_byte_us, \
     unseal(u.url, 'endpoint_url.url', u.endpoint_key), c.signature, c.response_headers, c.response_body";
/// What is kept of an attempt goes, its row stays.
pub(crate) const EMPTY_CONTENT: &str = "UPDATE attempt_content
    SET signature = '', response_headers = x'', response_body = x'' WHERE key = ?";
/// What belongs to an attempt `a` of app `?`. The order is fixed: the planner knows nothing of a growing table.
const JOINS: &str = "CROSS JOIN endpoint e ON e.key = a.endpoint_key
    CROSS JOIN message m ON m.app_key = ? AND m.key = a.message_key
    CROSS JOIN endpoint_url u ON u.number = a.url_number
    LEFT JOIN attempt_content c ON c.key = a.key";

#[async_trait]
impl Attempts for SqliteStore {
    async fn list_attempts_of_endpoint(
        &self,
        app: AppId,
        endpoint: EndpointId,
        filter: AttemptFilter,
        page: PageQuery<i64>,
    ) -> StoreResult<Look<StoredAttempt>> {
        let most = self.readers.look_most(filter.succeeded == Some(false));
        self.readers
            .read(move |connection| {
                if !endpoint_is_of(connection, app, endpoint)? {
                    return Ok(Look::ended(Page::from_walk(Vec::new(), &page), None));
                }
                let walk = along_endpoint(endpoint, filter.succeeded);
                let end = match has_index(&filter) {
                    true => None,
                    false => walk.end(connection, &range(&filter), &page, most)?,
                };
                let index = index(filter.succeeded);
                let sql = format!("SELECT {COLUMNS} FROM attempt a {index} {JOINS} WHERE a.endpoint_key = ?");
                let mut listing = Listing::new(sql, [app.key().into(), endpoint.key().into()]);
                narrow(&mut listing, &filter);
                range(&filter).bound_along(&mut listing, &walk, "a.started_at");
                listing.look(connection, (&walk, end), &page, |row| read(row, app))
            })
            .await
    }

    async fn list_attempts_of_message(
        &self,
        app: AppId,
        message: MessageId,
        endpoint: Option<EndpointId>,
        filter: AttemptFilter,
        page: PageQuery<i64>,
    ) -> StoreResult<Page<StoredAttempt>> {
        self.readers
            .read(move |connection| {
                if !messages::exists(connection, app, message)? {
                    return Ok(Page::from_walk(Vec::new(), &page));
                }
                let mut listing = of_message(app, message);
                if let Some(endpoint) = endpoint {
                    listing.and("a.endpoint_key = ?", endpoint.key());
                    listing.and("e.tail = ?", endpoint.tail().to_vec());
                }
                narrow(&mut listing, &filter);
                range(&filter).bound(&mut listing, "a.key", "a.started_at");
                listing.page(connection, "a.key", &page, |row| read(row, app))
            })
            .await
    }

    async fn find_attempt(
        &self,
        app: AppId,
        message: MessageId,
        attempt: AttemptId,
    ) -> StoreResult<StoredAttempt> {
        self.readers
            .read(move |connection| {
                if !messages::exists(connection, app, message)? {
                    return Err(StoreError::NotFound.into());
                }
                let mut listing = of_message(app, message);
                listing.and("a.key = ?", attempt.key());
                listing.and("a.tail = ?", attempt.tail().to_vec());
                let found = listing.rows(connection, |row| read(row, app))?;
                found.into_iter().next().ok_or(StoreError::NotFound.into())
            })
            .await
    }

    async fn count_attempts_of_endpoint(
        &self,
        app: AppId,
        endpoint: EndpointId,
        filter: AttemptFilter,
        most: usize,
    ) -> StoreResult<AttemptCount> {
        self.readers
            .read(move |connection| {
                if !endpoint_is_of(connection, app, endpoint)? {
                    return Ok(AttemptCount { count: 0, complete: true });
                }
                if filter == (AttemptFilter { succeeded: filter.succeeded, ..AttemptFilter::default() }) {
                    return counted(connection, endpoint, filter.succeeded);
                }
                count(connection, app, endpoint, &filter, most)
            })
            .await
    }

    async fn expunge_attempt_content(
        &self,
        app: AppId,
        message: MessageId,
        attempt: AttemptId,
    ) -> StoreResult<()> {
        self.writer
            .write(move |writing| {
                let known = messages::exists(writing.connection, app, message)?
                    && compile(
                        writing.connection,
                        "SELECT 1 FROM attempt INDEXED BY attempt_of_message
                         WHERE message_key = ? AND key = ? AND tail = ?",
                    )?
                    .exists((message.key(), attempt.key(), attempt.tail()))?;
                if !known {
                    return Err(StoreError::NotFound.into());
                }
                compile(writing.connection, EMPTY_CONTENT)?.execute([attempt.key()])?;
                Ok(())
            })
            .await
    }
}

/// What the counters know.
fn counted(connection: &Connection, endpoint: EndpointId, succeeded: Option<bool>) -> Outcome<AttemptCount> {
    let sql = "SELECT coalesce(sum(attempts_succeeded), 0), coalesce(sum(attempts_failed), 0)
               FROM endpoint_counts WHERE endpoint_key = ?";
    let (good, bad): (u64, u64) =
        compile(connection, sql)?.query_row([endpoint.key()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let count = match succeeded {
        None => good + bad,
        Some(true) => good,
        Some(false) => bad,
    };
    Ok(AttemptCount { count, complete: true })
}

/// Counts one by one, down to the key behind the newest `most` of the period.
fn count(
    connection: &Connection,
    app: AppId,
    endpoint: EndpointId,
    filter: &AttemptFilter,
    most: usize,
) -> Outcome<AttemptCount> {
    let mut behind =
        Listing::new("SELECT a.key FROM attempt a WHERE a.endpoint_key = ?", [endpoint.key().into()]);
    range(filter).bound(&mut behind, "a.key", "a.started_at");
    let floor = behind.nth_newest(connection, "a.key", most)?;
    let sql = "SELECT 1 FROM attempt a CROSS JOIN message m ON m.app_key = ? AND m.key = a.message_key
               WHERE a.endpoint_key = ?";
    let mut listing = Listing::new(sql, [app.key().into(), endpoint.key().into()]);
    narrow(&mut listing, filter);
    range(filter).bound(&mut listing, "a.key", "a.started_at");
    if let Some(floor) = floor {
        listing.and("a.key > ?", floor);
    }
    let found = listing.rows(connection, |_| Ok(()))?;
    let count = u64::try_from(found.len()).unwrap_or(u64::MAX);
    Ok(AttemptCount { count, complete: floor.is_none() })
}

fn of_message(app: AppId, message: MessageId) -> Listing {
    let sql = format!(
        "SELECT {COLUMNS} FROM attempt a INDEXED BY attempt_of_message {JOINS} WHERE a.message_key = ?"
    );
    Listing::new(sql, [app.key().into(), message.key().into()])
}

/// Whether the app, unless it was deleted, has or had this endpoint.
pub(crate) fn endpoint_is_of(
    connection: &Connection,
    app: AppId,
    endpoint: EndpointId,
) -> rusqlite::Result<bool> {
    let known: Option<i64> =
        compile(connection, "SELECT 1 FROM endpoint WHERE key = ? AND tail = ? AND app_key = ?")?
            .query_row((endpoint.key(), endpoint.tail(), app.key()), |row| row.get(0))
            .optional()?;
    Ok(known.is_some() && apps::exists(connection, app)?)
}

fn narrow(listing: &mut Listing, filter: &AttemptFilter) {
    match filter.succeeded {
        // Written out, so that SQLite sees that the index of failed ones fits.
        Some(false) => listing.and_plain("a.succeeded = 0"),
        Some(true) => listing.and_plain("a.succeeded = 1"),
        None => {}
    }
    match filter.status_class {
        Some(0) => listing.and_plain("a.status IS NULL"),
        Some(class) => {
            let lowest = i64::from(class) * 100;
            listing.and("a.status >= ?", lowest);
            listing.and("a.status < ?", lowest + 100);
        }
        None => {}
    }
    if !filter.event_types.is_empty() {
        let types = filter.event_types.iter();
        listing.and_one_of("m.event_type", types.map(|name| Value::from(name.as_str().to_owned())));
    }
    if let Some(channel) = &filter.channel {
        listing.and(messages::HAS_CHANNEL, channel.as_str().to_owned());
    }
    if let Some(tag) = &filter.tag {
        listing.and(messages::HAS_TAG, tag.clone());
    }
}

fn range(filter: &AttemptFilter) -> KeyRange {
    KeyRange::new(filter.before, filter.after)
}

/// Failed ones have an index of their own.
fn index(succeeded: Option<bool>) -> &'static str {
    if succeeded == Some(false) { "INDEXED BY attempt_failed" } else { "" }
}

fn along_endpoint(endpoint: EndpointId, succeeded: Option<bool>) -> Walk {
    let failed = if succeeded == Some(false) { "a.succeeded = 0 AND " } else { "" };
    let index = index(succeeded);
    let sql = format!("SELECT a.key FROM attempt a {index} WHERE {failed}a.endpoint_key = ?");
    Walk { sql, values: vec![endpoint.key().into()], key: "a.key" }
}

/// Whether every row of the walk fits, but for its instant.
fn has_index(filter: &AttemptFilter) -> bool {
    let AttemptFilter { succeeded, before, after, .. } = *filter;
    *filter == AttemptFilter { succeeded, before, after, ..AttemptFilter::default() }
        && succeeded != Some(true)
}

fn read(row: &Row<'_>, app: AppId) -> Outcome<StoredAttempt> {
    let columns = Columns::new(row, "attempt", row.get(0)?);
    let delivery = DeliveryKey { app, endpoint: columns.id(2, 3)?, message: columns.id(4, 5)? };
    let by_hand: bool = columns.get(6)?;
    let attempt = Attempt {
        id: columns.id(0, 1)?,
        delivery,
        trigger: if by_hand { Trigger::Manual } else { Trigger::Scheduled },
        started_at: columns.instant(7)?,
        duration: columns.optional_micros(8)?.unwrap_or_default(),
        succeeded: columns.get(9)?,
        status: columns.get(10)?,
        failure: columns.get(11)?,
        remote_address: columns.get(12)?,
        timing: Timing {
            dns: columns.optional_micros(13)?,
            connect: columns.optional_micros(14)?,
            tls: columns.optional_micros(15)?,
            first_byte: columns.optional_micros(16)?,
        },
        url: columns.get(17)?,
    };
    let content = read_content(&columns)?;
    Ok(StoredAttempt { attempt, content })
}

fn read_content(columns: &Columns<'_>) -> Outcome<Option<AttemptContent>> {
    let Some(signature) = columns.get(18)? else {
        return Ok(None);
    };
    Ok(Some(AttemptContent {
        signature,
        response_headers: Bytes::from(columns.get::<Vec<u8>>(19)?),
        response_body: Bytes::from(columns.get::<Vec<u8>>(20)?),
    }))
}
