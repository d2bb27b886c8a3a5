//! A disk that is full: what is refused changes nothing, what was kept stays, and room makes it work again.

use wirepost_store::deliveries::Deliveries;
use wirepost_store::messages::Messages;
use wirepost_store::stats::Stats;
use wirepost_store::{Store, StoreError};

use super::workload::Workload;
use crate::{Settings, SqliteStore};

/// Lets the file have at most this many pages; SQLite then answers as it does when the disk is full.
async fn allow_pages(store: &SqliteStore, most: i64) {
    let allowed = store.writer.write(move |writing| {
        let sql = format!("PRAGMA max_page_count = {most}");
        writing.connection.query_row(&sql, [], |_| Ok(()))?;
        Ok(())
    });
    allowed.await.expect("a limit takes no room");
}

#[tokio::test]
async fn a_full_disk_refuses_changes_nothing_and_recovers() {
    let work = Workload::begin(Settings::default()).await;
    let store = &work.store;
    let kept = work.message(100);
    let accepted = store.accept_messages(vec![kept.clone()]).await;
    assert_eq!(accepted, Ok(vec![Ok(())]));
    allow_pages(store, 1).await;

    // Whole pages of payload do not fit; the small message of the same moment shares the refusal or is kept.
    let large = work.message(1 << 20);
    let small = work.message(10);
    let both = vec![small.clone(), large.clone()];
    let refused = store.accept_messages(both).await;
    assert!(matches!(refused, Err(StoreError::Unavailable(ref why)) if why.contains("full")), "{refused:?}");
    let mut record = work.success(&kept);
    record.content.response_body = vec![b'x'; 1 << 20].into();
    let refused = store.record_attempts(vec![record], Vec::new()).await;
    assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");

    let ids = [&kept, &small, &large].map(|message| message.message.id);
    let found = store.find_messages(work.app.id, ids.to_vec(), false).await.expect("it reads");
    let found: Vec<_> = found.into_iter().map(|found| found.message.id).collect();
    assert_eq!(found, [ids[0]]);
    assert_eq!(store.count_pending(work.endpoint.id).await, Ok(1));

    allow_pages(store, 1 << 30).await;
    let accepted = store.accept_messages(vec![small, large]).await;
    assert_eq!(accepted, Ok(vec![Ok(()), Ok(())]));
    let recorded = store.record_attempts(vec![work.success(&kept)], Vec::new()).await;
    assert_eq!(recorded, Ok(()));
    assert_eq!(store.count_pending(work.endpoint.id).await, Ok(2));
    assert_eq!(store.check().await, Ok(()));
}
