//! How much room everything takes: what SQLite knows of the whole file, and each tree weighed by its pages.

use async_trait::async_trait;
use rusqlite::Connection;
use wirepost_model::storage::{Room, StorageUse};
use wirepost_store::storage::Storage;
use wirepost_store::{StoreError, StoreResult};

use crate::SqliteStore;
use crate::failure::Outcome;
use crate::page_file::TreeWeight;

#[async_trait]
impl Storage for SqliteStore {
    async fn measure_storage(&self) -> StoreResult<StorageUse> {
        let Layout { trees, page_bytes, pages, free } = self.readers.read(Layout::read).await?;
        let roots: Vec<u32> = trees.iter().map(|tree| tree.root).collect();
        let file = self.page_file.clone();
        let weighing = tokio::task::spawn_blocking(move || (file.weigh(&roots), file.log_bytes()));
        let unavailable = |why: String| StoreError::Unavailable(format!("the file cannot be weighed: {why}"));
        let (weights, log_bytes) = weighing.await.map_err(|failed| unavailable(failed.to_string()))?;
        let weights = weights.map_err(|error| unavailable(error.to_string()))?;
        let mut found = StorageUse { measured_at: self.clock.now(), log_bytes, ..StorageUse::default() };
        let mut known = 0;
        for (tree, weight) in trees.iter().zip(weights) {
            known += weight.pages;
            add(&mut found, tree, weight, page_bytes);
        }
        found.free_bytes = free * page_bytes;
        found.rest_bytes += pages.saturating_sub(free + known) * page_bytes;
        Ok(found)
    }
}

/// A table or an index.
struct Tree {
    name: String,
    is_index: bool,
    root: u32,
}

/// What the file holds, as SQLite knows it.
struct Layout {
    trees: Vec<Tree>,
    page_bytes: u64,
    pages: u64,
    free: u64,
}

impl Layout {
    fn read(connection: &Connection) -> Outcome<Self> {
        let number = |name| connection.pragma_query_value(None, name, |row| row.get(0));
        let sql = "SELECT name, type = 'index', rootpage FROM sqlite_schema WHERE rootpage > 0";
        let mut statement = connection.prepare_cached(sql)?;
        let read = |row: &rusqlite::Row<'_>| {
            Ok(Tree { name: row.get(0)?, is_index: row.get(1)?, root: row.get(2)? })
        };
        let trees = statement.query_map([], read)?.collect::<rusqlite::Result<_>>()?;
        let (page_bytes, pages, free) =
            (number("page_size")?, number("page_count")?, number("freelist_count")?);
        Ok(Self { trees, page_bytes, pages, free })
    }
}

/// A kind's rows are those of its main table; what stands beside it adds bytes alone.
fn add(found: &mut StorageUse, tree: &Tree, weight: TreeWeight, page_bytes: u64) {
    let room = Room { bytes: weight.pages * page_bytes, rows: weight.rows };
    let kind = match tree.name.as_str() {
        _ if tree.is_index => return found.indexes_bytes += room.bytes,
        "message_content" => &mut found.payloads,
        "attempt_content" => &mut found.responses,
        "message" => &mut found.messages,
        "message_channel" | "message_tag" => return found.messages.bytes += room.bytes,
        "delivery" => &mut found.deliveries,
        "attempt" => &mut found.attempts,
        _ => return found.rest_bytes += room.bytes,
    };
    kind.bytes += room.bytes;
    kind.rows += room.rows;
}
