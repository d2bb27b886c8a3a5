//! The messages of one endpoint: a walk along its deliveries, each beside its message.

use async_trait::async_trait;
use rusqlite::Row;
use rusqlite::types::Value;
use wirepost_model::delivery::{DeliveryState, DeliveryStatus};
use wirepost_model::ids::{AppId, EndpointId};
use wirepost_model::message::Message;
use wirepost_store::StoreResult;
use wirepost_store::endpoint_messages::{EndpointMessage, EndpointMessageFilter, EndpointMessages};
use wirepost_store::page::{Page, PageQuery};

use crate::columns::Columns;
use crate::failure::Outcome;
use crate::key_range::KeyRange;
use crate::listing::Listing;
use crate::{SqliteStore, attempts, messages};

#[async_trait]
impl EndpointMessages for SqliteStore {
    async fn list_messages_of_endpoint(
        &self,
        app: AppId,
        endpoint: EndpointId,
        filter: EndpointMessageFilter,
        page: PageQuery<i64>,
    ) -> StoreResult<Page<EndpointMessage>> {
        self.readers
            .read(move |connection| {
                if !attempts::endpoint_is_of(connection, app, endpoint)? {
                    return Ok(Page::from_walk(Vec::new(), &page));
                }
                let mut listing = along_deliveries(app, endpoint, &filter.statuses);
                narrow(&mut listing, &filter);
                let found = listing.page(connection, "d.message_key", &page, |row| read(row, app))?;
                let mut rows = Vec::with_capacity(found.rows.len());
                for (message, state) in found.rows {
                    let stored = messages::with_payload(connection, message, filter.message.with_content)?;
                    rows.push(EndpointMessage { stored, state });
                }
                Ok(Page { rows, done: found.done })
            })
            .await
    }
}

/// Failed ones have an index of their own; the others are walked past in the order of their keys.
fn along_deliveries(app: AppId, endpoint: EndpointId, statuses: &[DeliveryStatus]) -> Listing {
    let index = if statuses == [DeliveryStatus::Failed] { "INDEXED BY delivery_failed" } else { "" };
    let sql = format!(
        "SELECT {}, d.state, d.due_at FROM delivery d {index}
         CROSS JOIN message m ON m.app_key = ? AND m.key = d.message_key WHERE d.endpoint_key = ?",
        messages::COLUMNS
    );
    Listing::new(sql, [app.key().into(), endpoint.key().into()])
}

fn narrow(listing: &mut Listing, filter: &EndpointMessageFilter) {
    match filter.statuses[..] {
        [] => {}
        // Written out, so that SQLite sees that the index of failed ones fits.
        [DeliveryStatus::Failed] => listing.and_plain("d.state = 2"),
        ref statuses => {
            listing
                .and_one_of("d.state", statuses.iter().map(|status| Value::from(i64::from(status.number()))));
        }
    }
    let message = &filter.message;
    if !message.event_types.is_empty() {
        let types = message.event_types.iter();
        listing.and_one_of("m.event_type", types.map(|name| Value::from(name.as_str().to_owned())));
    }
    if let Some(channel) = &message.channel {
        listing.and(messages::HAS_CHANNEL, channel.as_str().to_owned());
    }
    if let Some(tag) = &message.tag {
        listing.and(messages::HAS_TAG, tag.clone());
    }
    KeyRange::new(message.before, message.after).bound(listing, "d.message_key", "m.created_at");
}

fn read(row: &Row<'_>, app: AppId) -> Outcome<(Message, DeliveryState)> {
    let message = messages::read(row, app)?;
    let columns = Columns::new(row, "delivery", message.id.key());
    Ok((message, columns.state(messages::COLUMN_COUNT, messages::COLUMN_COUNT + 1)?))
}
