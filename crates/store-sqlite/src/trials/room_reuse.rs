//! The file under steady traffic of which the old part is removed: what comes next takes the room that became free.

use std::time::Duration;

use wirepost_store::deliveries::Deliveries;
use wirepost_store::messages::Messages;
use wirepost_store::retention::Retention;
use wirepost_store::storage::Storage;

use super::workload::{NOW, Workload};
use crate::Settings;

const KEPT: Duration = Duration::from_secs(90 * 24 * 60 * 60);
const MESSAGES: usize = 50;
const PAYLOAD_BYTES: usize = 20_000;

/// Accepts and records some messages of long ago, for keys of a workload begin at the beginning of time.
async fn write_old(work: &Workload) {
    for _ in 0..MESSAGES {
        let message = work.message(PAYLOAD_BYTES);
        let accepted = work.store.accept_messages(vec![message.clone()]).await;
        assert_eq!(accepted, Ok(vec![Ok(())]));
        let mut record = work.success(&message);
        record.content.response_body = vec![b'x'; 10_000].into();
        let recorded = work.store.record_attempts(vec![record], Vec::new()).await;
        assert_eq!(recorded, Ok(()));
    }
}

/// Removes all that has expired; says how many contents that were.
async fn remove_all(work: &Workload) -> usize {
    let mut contents = 0;
    loop {
        let removed = work.store.remove_expired(NOW, KEPT, 64).await.expect("the store writes");
        contents += removed.contents;
        if !removed.more {
            return contents;
        }
    }
}

async fn pages(work: &Workload) -> u64 {
    let count = work.store.readers.read(|connection| {
        Ok(connection.pragma_query_value(None, "page_count", |row| row.get::<_, u64>(0))?)
    });
    count.await.expect("it reads")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_file_does_not_grow_while_what_expired_is_replaced() {
    let work = Workload::begin(Settings::default()).await;
    write_old(&work).await;
    let full = pages(&work).await;
    let mut contents = remove_all(&work).await;
    for _ in 0..10 {
        write_old(&work).await;
        contents += remove_all(&work).await;
    }
    // The last of each kind stays, empty.
    assert!(contents >= 11 * 2 * (MESSAGES - 1), "{contents} left");
    // What came in ten rounds would be ten times as much; the rows of messages and attempts stay and take a little.
    let grown = pages(&work).await;
    assert!(grown < full + full / 4, "{full} pages became {grown}");
    let room = work.store.measure_storage().await.expect("it is measured");
    assert!(room.free_bytes > room.payloads.bytes + room.responses.bytes, "{room:?}");
}
