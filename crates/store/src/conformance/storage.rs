//! What every store must say of the room that it takes.

use bytes::Bytes;

use super::Trial;

pub(super) async fn what_is_kept_takes_room(trial: Trial) {
    let app = trial.app().await;
    let before = trial.store.measure_storage().await.expect("it is measured");
    assert_eq!(before.measured_at, trial.now());
    assert!(before.total_bytes() > 0);
    let mut large = trial.message(&app, []);
    large.payload = Bytes::from(vec![b'x'; 4 << 20]);
    trial.accept(large).await;
    let after = trial.store.measure_storage().await.expect("it is measured");
    assert!(after.total_bytes() >= before.total_bytes() + (4 << 20), "{before:?} became {after:?}");
    let trial = trial.reopened(8).await;
    let payloads = trial.store.measure_storage().await.expect("it is measured").payloads;
    assert!((4 << 20..5 << 20).contains(&payloads.bytes), "{payloads:?}");
    assert_eq!(payloads.rows, 1);
}
