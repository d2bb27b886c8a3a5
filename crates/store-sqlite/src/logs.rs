//! How the messages of one page of the log stand, and which messages a name may mean.

use std::collections::HashMap;

use async_trait::async_trait;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension};
use wirepost_model::delivery::DeliveryKey;
use wirepost_model::ids::{AppId, EndpointId, MessageId};
use wirepost_model::message::{Payload, StoredMessage};
use wirepost_store::StoreResult;
use wirepost_store::deliveries::DeliveryView;
use wirepost_store::logs::{Logs, MessageOutcomes};

use crate::columns::Columns;
use crate::failure::Outcome;
use crate::listing::Listing;
use crate::statement::compile;
use crate::{SqliteStore, apps, messages};

#[async_trait]
impl Logs for SqliteStore {
    async fn outcomes(
        &self,
        app: AppId,
        messages: Vec<MessageId>,
        endpoints_most: usize,
    ) -> StoreResult<Vec<MessageOutcomes>> {
        self.readers
            .read(move |connection| {
                if !apps::exists(connection, app)? {
                    return Ok(Vec::new());
                }
                let mut endpoints = endpoints_of(connection, app, endpoints_most)?;
                let complete = endpoints.len() <= endpoints_most;
                endpoints.truncate(endpoints_most);
                let mut found = begun(connection, app, &messages, complete)?;
                if found.is_empty() {
                    return Ok(found);
                }
                let places = found.iter().enumerate().map(|(place, one)| (one.message.key(), place));
                let places: HashMap<i64, usize> = places.collect();
                for endpoint in endpoints {
                    for delivery in deliveries_of(connection, app, endpoint, &found)? {
                        let place = places.get(&delivery.key.message.key());
                        if let Some(one) = place.and_then(|place| found.get_mut(*place)) {
                            one.deliveries.push(delivery);
                        }
                    }
                }
                Ok(found)
            })
            .await
    }

    async fn messages_called(&self, app: AppId, name: &str, most: usize) -> StoreResult<Vec<StoredMessage>> {
        let name = name.to_owned();
        self.readers
            .read(move |connection| {
                if !apps::exists(connection, app)? {
                    return Ok(Vec::new());
                }
                let mut found = messages::by_own_names(connection, app, &name)?;
                for message in messages::by_payload_event_id(connection, app, &name, most)? {
                    if found.iter().all(|known| known.id != message.id) {
                        found.push(message);
                    }
                }
                found.truncate(most);
                let stored = found.into_iter();
                Ok(stored.map(|message| StoredMessage { message, payload: Payload::Omitted }).collect())
            })
            .await
    }
}

/// The oldest endpoints of the app, and one too many where there are more.
fn endpoints_of(connection: &Connection, app: AppId, most: usize) -> Outcome<Vec<EndpointId>> {
    let sql = "SELECT key, tail FROM endpoint INDEXED BY endpoint_of_app
               WHERE app_key = ? AND deleted_at IS NULL ORDER BY key";
    let mut listing = Listing::new(sql, [app.key().into()]);
    listing.limit(most.saturating_add(1));
    listing.rows(connection, |row| Columns::new(row, "endpoint", row.get(0)?).id(0, 1))
}

/// The messages that are there, of which no delivery is known yet.
fn begun(
    connection: &Connection,
    app: AppId,
    messages: &[MessageId],
    complete: bool,
) -> Outcome<Vec<MessageOutcomes>> {
    let mut found = Vec::with_capacity(messages.len());
    for &message in messages {
        let sql = "SELECT payload_event_id FROM message WHERE app_key = ? AND key = ? AND tail = ?";
        let known = compile(connection, sql)?
            .query_row((app.key(), message.key(), message.tail()), |row| row.get(0))
            .optional()?;
        if let Some(payload_event_id) = known {
            found.push(MessageOutcomes { message, payload_event_id, deliveries: Vec::new(), complete });
        }
    }
    Ok(found)
}

/// The deliveries of these messages to one endpoint: neighbours in its part of the table.
fn deliveries_of(
    connection: &Connection,
    app: AppId,
    endpoint: EndpointId,
    messages: &[MessageOutcomes],
) -> Outcome<Vec<DeliveryView>> {
    let ids: HashMap<i64, MessageId> = messages.iter().map(|one| (one.message.key(), one.message)).collect();
    let sql = "SELECT d.message_key, d.state, d.due_at, d.tries FROM delivery d WHERE d.endpoint_key = ?";
    let mut listing = Listing::new(sql, [endpoint.key().into()]);
    listing.and_one_of("d.message_key", ids.keys().map(|key| Value::from(*key)));
    let deliveries = listing.rows(connection, |row| {
        let columns = Columns::new(row, "delivery", row.get(0)?);
        let message: i64 = columns.get(0)?;
        let view = ids.get(&message).map(|&message| -> Outcome<DeliveryView> {
            let key = DeliveryKey { app, endpoint, message };
            Ok(DeliveryView { key, state: columns.state(1, 2)?, tries: columns.get(3)? })
        });
        view.transpose()
    })?;
    Ok(deliveries.into_iter().flatten().collect())
}
