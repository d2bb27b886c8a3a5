//! Ends without a close: what was answered is there afterwards, all of it, and nothing half.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use parking_lot::Mutex;
use wirepost_model::ids::MessageId;
use wirepost_store::Store;
use wirepost_store::deliveries::Deliveries;
use wirepost_store::messages::Messages;

use super::workload::{NOW, Workload, open};
use crate::Settings;

#[tokio::test]
async fn dropped_without_a_close_it_keeps_what_it_answered() {
    let work = Workload::begin(Settings::default()).await;
    let message = work.message(10);
    let accepted = work.store.accept_messages(vec![message.clone()]).await;
    assert_eq!(accepted, Ok(vec![Ok(())]));
    let (path, endpoint) = (work.path(), work.endpoint.id);
    let Workload { store, folder, .. } = work;
    drop(store);
    let again = open(&path, Settings::default());
    let due = again.due_deliveries(endpoint, NOW, 10).await.expect("it reads").deliveries;
    assert_eq!(due.len(), 1);
    assert_eq!(due[0].key.message, message.message.id);
    again.close().await;
    drop(folder);
}

/// Copies log and file while the log grows: its end may be torn, as a crash leaves it.
fn copy_as_a_crash_leaves_it(from: &Path, to: &Path) {
    for ending in ["", "-wal"] {
        let name = |path: &Path| format!("{}{ending}", path.display());
        std::fs::copy(name(from), name(to)).expect("it is copied");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_taken_under_load_holds_all_that_was_answered() {
    // A checkpoint between the two copies would be no crash of one moment, so there is none.
    let settings = Settings { checkpoint_pages: u32::MAX / 4, ..Settings::default() };
    let work = Arc::new(Workload::begin(settings.clone()).await);
    let answered: Arc<Mutex<Vec<MessageId>>> = Arc::default();
    let mut writing = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (work, answered) = (work.clone(), answered.clone());
        writing.spawn(async move {
            for _ in 0..60 {
                let message = work.message(500);
                let accepted = work.store.accept_messages(vec![message.clone()]).await;
                assert_eq!(accepted, Ok(vec![Ok(())]));
                let recorded = work.store.record_attempts(vec![work.success(&message)], Vec::new()).await;
                assert_eq!(recorded, Ok(()));
                answered.lock().push(message.message.id);
            }
        });
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut copies = 0;
    while copies < 5 {
        let before: HashSet<_> = answered.lock().iter().copied().collect();
        let path = folder.path().join(format!("copy-{copies}.db"));
        copy_as_a_crash_leaves_it(&work.path(), &path);
        copies += 1;
        holds_whole(&path, &work, &before).await;
    }
    while let Some(written) = writing.join_next().await {
        written.expect("no task panics");
    }
    let path = folder.path().join("last.db");
    copy_as_a_crash_leaves_it(&work.path(), &path);
    let all = answered.lock().iter().copied().collect();
    holds_whole(&path, &work, &all).await;
}

/// Every answered message is there with its payload and its attempt, and the file is sound.
async fn holds_whole(path: &Path, work: &Workload, answered: &HashSet<MessageId>) {
    let copy = open(path, Settings::default());
    let ids = answered.iter().copied().collect();
    let found = copy.find_messages(work.app.id, ids, true).await.expect("it reads");
    assert_eq!(found.len(), answered.len());
    let due = copy.due_deliveries(work.endpoint.id, NOW, 1_000).await.expect("it reads");
    let lost = due.deliveries.iter().filter(|due| answered.contains(&due.key.message)).count();
    assert_eq!(lost, 0, "a recorded delivery is pending again");
    assert!(due.deliveries.iter().all(|due| due.payload.is_some()));
    let sound = copy
        .readers
        .read(|connection| {
            Ok(connection.query_row("PRAGMA integrity_check", [], |row| row.get::<_, String>(0))?)
        })
        .await;
    assert_eq!(sound.as_deref(), Ok("ok"));
    copy.close().await;
}
