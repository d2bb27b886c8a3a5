//! Messages and their payloads: found by id or event id, listed along the index that fits the filter.

use async_trait::async_trait;
use bytes::Bytes;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row};
use wirepost_model::ids::{AppId, MessageId};
use wirepost_model::message::{Message, Payload, StoredMessage};
use wirepost_model::names::{EventTypeName, Uid};
use wirepost_store::messages::{MessageFilter, Messages, NewMessage};
use wirepost_store::page::{Look, Order, Page, PageQuery};
use wirepost_store::{StoreError, StoreResult};

use crate::accepting::AcceptMessages;
use crate::columns::Columns;
use crate::failure::Outcome;
use crate::key_range::KeyRange;
use crate::listing::{Listing, Walk};
use crate::statement::compile;
use crate::writer::closed;
use crate::{SqliteStore, apps};

pub(crate) const INSERT_MESSAGE: &str = "INSERT INTO message
    (app_key, key, tail, event_type, event_id, channels, tags, created_at, deliver_at, retention_hours,
     payload_event_id)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (app_key, event_id) WHERE event_id IS NOT NULL DO NOTHING";
pub(crate) const INSERT_CONTENT: &str =
    "INSERT INTO message_content (key, payload, expires_at) VALUES (?, ?, ?)";
pub(crate) const INSERT_DELIVERY: &str = "INSERT INTO delivery
    (endpoint_key, message_key, state, tries, revision, due_at) VALUES (?, ?, ?, 0, 0, ?)";

pub(crate) const COLUMNS: &str = "m.key, m.tail, m.event_type, m.event_id, m.channels, m.tags, m.created_at, m.deliver_at, \
     m.retention_hours";
/// How many those are.
pub(crate) const COLUMN_COUNT: usize = 9;

#[async_trait]
impl Messages for SqliteStore {
    async fn accept_messages(&self, messages: Vec<NewMessage>) -> StoreResult<Vec<Result<(), StoreError>>> {
        let (command, answer) = AcceptMessages::command(messages);
        self.writer.send(command).await?;
        answer.await.map_err(|_| closed())?
    }

    async fn find_message(&self, app: AppId, id: &str, with_content: bool) -> StoreResult<StoredMessage> {
        let wanted = id.to_owned();
        self.readers
            .read(move |connection| {
                let mut found = by_own_names(connection, app, &wanted)?.into_iter().next();
                if found.is_none() {
                    found = by_payload_event_id(connection, app, &wanted, 1)?.pop();
                }
                let message = found.ok_or(StoreError::NotFound)?;
                if !apps::exists(connection, app)? {
                    return Err(StoreError::NotFound.into());
                }
                with_payload(connection, message, with_content)
            })
            .await
    }

    async fn find_messages(
        &self,
        app: AppId,
        ids: Vec<MessageId>,
        with_content: bool,
    ) -> StoreResult<Vec<StoredMessage>> {
        self.readers
            .read(move |connection| {
                let mut found = Vec::with_capacity(ids.len());
                if !apps::exists(connection, app)? {
                    return Ok(found);
                }
                for id in ids {
                    if let Some(message) = by_id_in(connection, app, id)? {
                        found.push(with_payload(connection, message, with_content)?);
                    }
                }
                Ok(found)
            })
            .await
    }

    async fn list_messages(
        &self,
        app: AppId,
        filter: MessageFilter,
        page: PageQuery<i64>,
    ) -> StoreResult<Look<StoredMessage>> {
        let most = self.readers.look_most(true);
        self.readers
            .read(move |connection| {
                if !apps::exists(connection, app)? {
                    return Ok(Look::ended(Page::from_walk(Vec::new(), &page), None));
                }
                let Look { page: Page { rows: messages, done }, reached } =
                    list(connection, app, &filter, &page, most)?;
                let mut rows = Vec::with_capacity(messages.len());
                for message in messages {
                    rows.push(with_payload(connection, message, filter.with_content)?);
                }
                Ok(Look { page: Page { rows, done }, reached })
            })
            .await
    }

    async fn expunge_content(&self, app: AppId, message: MessageId) -> StoreResult<()> {
        self.writer
            .write(move |writing| {
                if !exists(writing.connection, app, message)? {
                    return Err(StoreError::NotFound.into());
                }
                compile(writing.connection, "UPDATE message_content SET payload = NULL WHERE key = ?")?
                    .execute([message.key()])?;
                Ok(())
            })
            .await
    }
}

/// Whether the app, unless it was deleted, has this message.
pub(crate) fn exists(connection: &Connection, app: AppId, message: MessageId) -> rusqlite::Result<bool> {
    let known = compile(connection, "SELECT 1 FROM message WHERE app_key = ? AND key = ? AND tail = ?")?
        .exists((app.key(), message.key(), message.tail()))?;
    Ok(known && apps::exists(connection, app)?)
}

/// The payload of a message; `None` once it was removed.
pub(crate) fn payload(connection: &Connection, message_key: i64) -> rusqlite::Result<Option<Bytes>> {
    let payload: Option<Option<Vec<u8>>> =
        compile(connection, "SELECT payload FROM message_content WHERE key = ?")?
            .query_row([message_key], |row| row.get(0))
            .optional()?;
    Ok(payload.flatten().map(Bytes::from))
}

/// Whether the payload of a message is kept.
pub(crate) fn has_payload(connection: &Connection, message_key: i64) -> rusqlite::Result<bool> {
    compile(connection, "SELECT 1 FROM message_content WHERE key = ? AND payload IS NOT NULL")?
        .exists([message_key])
}

fn by_id_in(connection: &Connection, app: AppId, id: MessageId) -> Outcome<Option<Message>> {
    let sql = format!("SELECT {COLUMNS} FROM message m WHERE m.app_key = ? AND m.key = ? AND m.tail = ?");
    let mut statement = compile(connection, &sql)?;
    let mut rows = statement.query((app.key(), id.key(), id.tail()))?;
    rows.next()?.map(|row| read(row, app)).transpose()
}

fn by_event_id(connection: &Connection, app: AppId, event_id: &str) -> Outcome<Option<Message>> {
    let sql = format!("SELECT {COLUMNS} FROM message m WHERE m.app_key = ? AND m.event_id = ?");
    let mut statement = compile(connection, &sql)?;
    let mut rows = statement.query((app.key(), event_id))?;
    rows.next()?.map(|row| read(row, app)).transpose()
}

/// The message of this id, and the one of this `eventId`.
pub(crate) fn by_own_names(connection: &Connection, app: AppId, name: &str) -> Outcome<Vec<Message>> {
    let by_id = MessageId::parse(name).ok();
    let mut found = Vec::from_iter(by_id.map_or(Ok(None), |id| by_id_in(connection, app, id))?);
    let by_event_id = by_event_id(connection, app, name)?;
    found.extend(by_event_id.filter(|message| Some(message.id) != by_id));
    Ok(found)
}

/// The newest of those that came with this `event.id` in their payload.
pub(crate) fn by_payload_event_id(
    connection: &Connection,
    app: AppId,
    event_id: &str,
    most: usize,
) -> Outcome<Vec<Message>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM message m INDEXED BY message_payload_event_id
         WHERE m.app_key = ? AND m.payload_event_id = ? ORDER BY m.key DESC"
    );
    let mut listing = Listing::new(sql, [app.key().into(), event_id.to_owned().into()]);
    listing.limit(most);
    listing.rows(connection, |row| read(row, app))
}

/// Several event types are several walks along one index, merged: each costs one page at most. Where a label is
/// walked along, whatever else is asked for is looked for in a bounded number of its messages.
fn list(
    connection: &Connection,
    app: AppId,
    filter: &MessageFilter,
    page: &PageQuery<i64>,
    most: usize,
) -> Outcome<Look<Message>> {
    let labels = usize::from(filter.tag.is_some()) + usize::from(filter.channel.is_some());
    let range = KeyRange::new(filter.before, filter.after);
    if labels > 0 || filter.event_types.is_empty() {
        let (mut listing, walk) = along_label_or_app(app, filter);
        let has_index = labels + usize::from(!filter.event_types.is_empty()) <= 1;
        let end = if has_index { None } else { walk.end(connection, &range, page, most)? };
        if !filter.event_types.is_empty() {
            let types = filter.event_types.iter();
            listing.and_one_of("m.event_type", types.map(|name| name.as_str().to_owned().into()));
        }
        range.bound_along(&mut listing, &walk, "m.created_at");
        return listing.look(connection, (&walk, end), page, |row| read(row, app));
    }
    let walked = along_event_types(connection, app, filter, page)?;
    Ok(Look::ended(Page::from_walk(walked, page), None))
}

/// The messages of several types, one more than the page has room for.
fn along_event_types(
    connection: &Connection,
    app: AppId,
    filter: &MessageFilter,
    page: &PageQuery<i64>,
) -> Outcome<Vec<Message>> {
    let range = KeyRange::new(filter.before, filter.after);
    let mut types = filter.event_types.clone();
    types.sort_unstable();
    types.dedup();
    let mut walked = Vec::new();
    for event_type in &types {
        let (mut listing, walk) = along_event_type(app, event_type);
        range.bound_along(&mut listing, &walk, "m.created_at");
        walked.extend(listing.walked(connection, "m.key", page, |row| read(row, app))?);
    }
    walked.sort_unstable_by_key(|message| message.id.key());
    if page.walk() == Order::Descending {
        walked.reverse();
    }
    walked.truncate(page.limit.saturating_add(1));
    Ok(walked)
}

/// The list along the narrowest label asked for, else along the app.
fn along_label_or_app(app: AppId, filter: &MessageFilter) -> (Listing, Walk) {
    let along = |table: &str, column: &str, label: String| {
        let sql = format!(
            "SELECT {COLUMNS} FROM {table} l CROSS JOIN message m ON m.app_key = l.app_key AND m.key = l.message_key
             WHERE l.app_key = ? AND l.{column} = ?"
        );
        let values: Vec<Value> = vec![app.key().into(), label.into()];
        let keys = format!("SELECT l.message_key FROM {table} l WHERE l.app_key = ? AND l.{column} = ?");
        (Listing::new(sql, values.clone()), Walk { sql: keys, values, key: "l.message_key" })
    };
    match (&filter.tag, &filter.channel) {
        (Some(tag), channel) => {
            let (mut listing, walk) = along("message_tag", "tag", tag.clone());
            if let Some(channel) = channel {
                listing.and(HAS_CHANNEL, channel.as_str().to_owned());
            }
            (listing, walk)
        }
        (None, Some(channel)) => along("message_channel", "channel", channel.as_str().to_owned()),
        (None, None) => {
            let sql = format!("SELECT {COLUMNS} FROM message m WHERE m.app_key = ?");
            let keys = "SELECT m.key FROM message m WHERE m.app_key = ?".to_owned();
            let values = vec![app.key().into()];
            (Listing::new(sql, values.clone()), Walk { sql: keys, values, key: "m.key" })
        }
    }
}

/// A message `m` is on a channel.
pub(crate) const HAS_CHANNEL: &str = "EXISTS (SELECT 1 FROM message_channel h
    WHERE h.app_key = m.app_key AND h.channel = ? AND h.message_key = m.key)";
/// A message `m` has a tag.
pub(crate) const HAS_TAG: &str = "EXISTS (SELECT 1 FROM message_tag h
    WHERE h.app_key = m.app_key AND h.tag = ? AND h.message_key = m.key)";

fn along_event_type(app: AppId, event_type: &EventTypeName) -> (Listing, Walk) {
    let from = "FROM message m INDEXED BY message_event_type WHERE m.app_key = ? AND m.event_type = ?";
    let values: Vec<Value> = vec![app.key().into(), event_type.as_str().to_owned().into()];
    let listing = Listing::new(format!("SELECT {COLUMNS} {from}"), values.clone());
    (listing, Walk { sql: format!("SELECT m.key {from}"), values, key: "m.key" })
}

pub(crate) fn with_payload(
    connection: &Connection,
    message: Message,
    wanted: bool,
) -> Outcome<StoredMessage> {
    let payload = if wanted {
        payload(connection, message.id.key())?.map_or(Payload::Expired, Payload::Present)
    } else {
        Payload::Omitted
    };
    Ok(StoredMessage { message, payload })
}

pub(crate) fn read(row: &Row<'_>, app: AppId) -> Outcome<Message> {
    let columns = Columns::new(row, "message", row.get(0)?);
    Ok(Message {
        id: columns.id(0, 1)?,
        app,
        event_type: columns.parsed(2, EventTypeName::parse)?,
        event_id: columns.optional_parsed(3, Uid::parse)?,
        channels: columns.optional_json(4)?.unwrap_or_default(),
        tags: columns.optional_json(5)?.unwrap_or_default(),
        created_at: columns.instant(6)?,
        deliver_at: columns.optional_instant(7)?,
        retention_hours: columns.get(8)?,
    })
}
