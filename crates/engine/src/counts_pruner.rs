//! Forgets counters of long ago, in small steps with pauses between them: producers must not wait for it. Nothing is
//! lost where it is cut off: the next look finds what is left.

use std::sync::Arc;
use std::time::Duration;

use wirepost_model::clock::Clock;
use wirepost_store::stats::Stats;

/// A year can be compared with the one before it, a month after its end still.
const KEPT_FOR: Duration = Duration::from_secs(400 * 24 * 60 * 60);
/// Removed in one transaction, a few milliseconds of work.
const STEP: usize = 1_000;
/// Between two steps while there is more to remove.
const NEXT_STEP_AFTER: Duration = Duration::from_millis(100);
/// Between two looks otherwise: nobody waits for it.
const LOOK_EVERY: Duration = Duration::from_secs(600);

/// Forgets them for as long as it runs.
pub(crate) async fn prune_counts<S: Stats + ?Sized>(store: Arc<S>, clock: Arc<dyn Clock>) {
    loop {
        let pause = match store.forget_counts(clock.now().minus(KEPT_FOR), STEP).await {
            Ok(STEP..) => NEXT_STEP_AFTER,
            Ok(_) => LOOK_EVERY,
            Err(error) => {
                tracing::warn!(%error, "counters of long ago could not be removed; trying again");
                LOOK_EVERY
            }
        };
        tokio::time::sleep(pause).await;
    }
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;
    use parking_lot::Mutex;
    use tokio::time::Instant;
    use wirepost_model::clock::ManualClock;
    use wirepost_model::ids::EndpointId;
    use wirepost_model::timestamp::Timestamp;
    use wirepost_store::stats::{Backlog, Counts};
    use wirepost_store::{StoreError, StoreResult};

    use super::*;

    const NOON: Timestamp = Timestamp::from_millis(1_769_860_800_000);

    /// Gives these results one after the other and notes when it was asked; then it hangs.
    struct Scripted {
        results: Mutex<Vec<StoreResult<usize>>>,
        asked: Mutex<Vec<Instant>>,
    }

    #[async_trait]
    impl Stats for Scripted {
        async fn endpoint_counts(
            &self,
            _: EndpointId,
            _: Timestamp,
            _: Timestamp,
        ) -> StoreResult<Vec<Counts>> {
            Err(StoreError::NotFound)
        }

        async fn count_pending(&self, _: EndpointId) -> StoreResult<u64> {
            Err(StoreError::NotFound)
        }

        async fn backlog(&self, _: EndpointId, _: Timestamp, _: usize) -> StoreResult<Backlog> {
            Err(StoreError::NotFound)
        }

        async fn forget_counts(&self, before: Timestamp, limit: usize) -> StoreResult<usize> {
            assert_eq!((before, limit), (NOON.minus(KEPT_FOR), STEP));
            self.asked.lock().push(Instant::now());
            let next = self.results.lock().pop();
            match next {
                Some(result) => result,
                None => std::future::pending().await,
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn full_steps_follow_soon_and_all_else_waits() {
        let unavailable = Err(StoreError::Unavailable("it went away".to_owned()));
        let results = Mutex::new(vec![Ok(0), unavailable, Ok(STEP - 1), Ok(STEP), Ok(STEP)]);
        let store = Arc::new(Scripted { results, asked: Mutex::default() });
        let clock = Arc::new(ManualClock::new(NOON));
        let day = Duration::from_secs(86_400);
        assert!(tokio::time::timeout(day, prune_counts(store.clone(), clock)).await.is_err());
        let asked = store.asked.lock();
        let pauses: Vec<Duration> = asked.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert_eq!(pauses, [NEXT_STEP_AFTER, NEXT_STEP_AFTER, LOOK_EVERY, LOOK_EVERY, LOOK_EVERY]);
    }
}
