//! A command that fails in the middle of its work: it leaves nothing behind, and those beside it are kept.

use tokio::sync::oneshot;
use wirepost_store::StoreError;
use wirepost_store::messages::Messages;

use super::workload::Workload;
use crate::Settings;

#[tokio::test]
async fn a_command_that_fails_does_not_spoil_its_batch() {
    let work = Workload::begin(Settings::default()).await;
    let twice = work.message(10);
    // The same id again breaks the primary key in the middle of a command, which no caller does.
    let broken = vec![work.message(10), twice.clone(), twice.clone()];
    let broken_first = broken[0].message.id;
    let (before, after) = (work.message(10), work.message(10));

    // Holds the writer until all commands wait, so that they share a batch.
    let (release, held) = oneshot::channel::<()>();
    let mut held = Some(held);
    let holding = work.store.writer.write(move |_| {
        if let Some(held) = held.take() {
            held.blocking_recv().expect("somebody lets go");
        }
        Ok(())
    });
    let released = async {
        let _ = release.send(());
    };
    let (held, first, spoiled, last, ()) = tokio::join!(
        holding,
        work.store.accept_messages(vec![before.clone()]),
        work.store.accept_messages(broken),
        work.store.accept_messages(vec![after.clone()]),
        released,
    );
    assert_eq!(held, Ok(()));
    assert_eq!(first, Ok(vec![Ok(())]));
    assert!(matches!(spoiled, Err(StoreError::Unavailable(_))), "{spoiled:?}");
    assert_eq!(last, Ok(vec![Ok(())]));

    let ids = vec![before.message.id, after.message.id, broken_first, twice.message.id];
    let found = work.store.find_messages(work.app.id, ids.clone(), false).await.expect("it reads");
    let found: Vec<_> = found.into_iter().map(|found| found.message.id).collect();
    assert_eq!(found, ids[..2]);
}
