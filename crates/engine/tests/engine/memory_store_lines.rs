//! Lines in the store in memory. A read walks past few rows, so that ends of reads fall anywhere.

use async_trait::async_trait;
use wirepost_model::ids::{EndpointId, MessageId};
use wirepost_store::StoreResult;
use wirepost_store::accepted::DueDelivery;
use wirepost_store::lines::{LineBatch, Lines};

use crate::disk::{DeliveryRow, Disk};
use crate::memory_store::MemoryStore;

/// Rows that one read walks past at most.
const ROWS_MOST: usize = 50;

#[async_trait]
impl Lines for MemoryStore {
    async fn line(&self, endpoint: EndpointId, from: Option<i64>, limit: usize) -> StoreResult<LineBatch> {
        self.read(|disk| Ok(line(disk, endpoint, from, limit))).await
    }
}

fn line(disk: &Disk, endpoint: EndpointId, from: Option<i64>, limit: usize) -> LineBatch {
    let first_pending = || from_key(disk, endpoint, 0).find_map(|row| due(disk, row));
    let Some(from) = from.or_else(|| first_pending().map(|first| first.key.message.key())) else {
        return LineBatch::default();
    };
    let walked = from_key(disk, endpoint, from).take(ROWS_MOST);
    let deliveries: Vec<_> = walked.filter_map(|row| due(disk, row)).take(limit).collect();
    let behind = from_key(disk, endpoint, from).nth(ROWS_MOST).map(|row| row.key.message.key());
    let last = deliveries.last().filter(|_| deliveries.len() >= limit).map(|last| last.key.message.key());
    LineBatch { rest_from: last.map(|key| key + 1).or(behind), deliveries }
}

fn from_key(disk: &Disk, endpoint: EndpointId, from: i64) -> impl Iterator<Item = &DeliveryRow> {
    let first = (endpoint, MessageId::from_parts(from, [0; 12]));
    let last = (endpoint, MessageId::from_parts(i64::MAX, [0xff; 12]));
    disk.deliveries.range(first..=last).map(|(_, row)| row)
}

fn due(disk: &Disk, row: &DeliveryRow) -> Option<DueDelivery> {
    let due_at = row.state.due_at()?;
    let payload = disk.payloads.get(&row.key.message).cloned().flatten();
    Some(DueDelivery { key: row.key, progress: row.progress, due_at, payload })
}
