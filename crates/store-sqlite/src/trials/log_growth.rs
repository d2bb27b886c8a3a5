//! The log under steady writes: it starts again and again, also beside readers, and shrinks after a long one.

use wirepost_store::deliveries::Deliveries;
use wirepost_store::messages::Messages;
use wirepost_store::stats::Stats;

use super::workload::{NOW, Workload};
use crate::Settings;

const CHECKPOINT_PAGES: u32 = 200;
const PAGE_BYTES: u32 = 4_096;

fn settings() -> Settings {
    Settings { page_bytes: PAGE_BYTES, checkpoint_pages: CHECKPOINT_PAGES, ..Settings::default() }
}

/// Accepts and records about so many pages' worth of messages.
async fn write_pages(work: &Workload, pages: u32) {
    for _ in 0..pages / 8 {
        let message = work.message(7 * 4_096);
        let accepted = work.store.accept_messages(vec![message.clone()]).await;
        assert_eq!(accepted, Ok(vec![Ok(())]));
        let recorded = work.store.record_attempts(vec![work.success(&message)], Vec::new()).await;
        assert_eq!(recorded, Ok(()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_stays_bounded_under_steady_writes_and_reads() {
    let work = Workload::begin(settings()).await;
    let store = work.store.clone();
    let endpoint = work.endpoint.id;
    let reading = tokio::spawn(async move {
        loop {
            store.due_deliveries(endpoint, NOW, 10).await.expect("it reads");
            tokio::task::yield_now().await;
        }
    });
    let mut highest = 0;
    for _ in 0..40 {
        write_pages(&work, CHECKPOINT_PAGES).await;
        highest = highest.max(work.log_bytes());
    }
    reading.abort();
    // Forty times as many pages were written, each at least once.
    let bound = 16 * u64::from(CHECKPOINT_PAGES * PAGE_BYTES);
    assert!(highest < bound, "the log grew to {highest} bytes");
    assert!(highest > 0, "there is a log");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_reader_delays_the_log_and_does_not_break_it() {
    let work = Workload::begin(settings()).await;
    let stranger = rusqlite::Connection::open(work.path()).expect("it opens");
    stranger.execute_batch("BEGIN; SELECT count(*) FROM message;").expect("it reads");
    write_pages(&work, 20 * CHECKPOINT_PAGES).await;
    let while_reading = work.log_bytes();
    assert!(while_reading >= 15 * u64::from(CHECKPOINT_PAGES * PAGE_BYTES), "{while_reading}");
    drop(stranger);
    let mut rounds = 0;
    while work.log_bytes() > 4 * u64::from(CHECKPOINT_PAGES * PAGE_BYTES) {
        rounds += 1;
        assert!(rounds < 40, "the log stays at {} bytes", work.log_bytes());
        write_pages(&work, CHECKPOINT_PAGES).await;
    }
    assert_eq!(work.store.count_pending(work.endpoint.id).await, Ok(0));
}
