//! Removes answers that are no longer given again, in small steps with pauses between them: producers must not wait
//! for it.

use std::sync::Arc;
use std::time::Duration;

use wirepost_model::clock::Clock;
use wirepost_store::idempotency::Idempotency;

/// Answers removed in one transaction, a few milliseconds of work.
const STEP: usize = 1_000;
/// Between two steps while there is more to remove: ten thousand a second, more than come in.
const NEXT_STEP_AFTER: Duration = Duration::from_millis(100);
/// Between two looks otherwise.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// Removes them for as long as it runs.
pub(crate) async fn prune_answers<S: Idempotency + ?Sized>(store: Arc<S>, clock: Arc<dyn Clock>) {
    loop {
        let pause = match store.forget_answers(clock.now(), STEP).await {
            Ok(STEP..) => NEXT_STEP_AFTER,
            Ok(_) => LOOK_EVERY,
            Err(error) => {
                tracing::warn!(%error, "old answers could not be removed; trying again");
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
    use wirepost_model::timestamp::Timestamp;
    use wirepost_store::idempotency::{KeptAnswer, NewAnswer, RequestHash};
    use wirepost_store::messages::NewMessage;
    use wirepost_store::{StoreError, StoreResult};

    use super::*;

    /// Gives these results one after the other and notes when it was asked; then it hangs.
    struct Scripted {
        results: Mutex<Vec<StoreResult<usize>>>,
        asked: Mutex<Vec<Instant>>,
    }

    fn not_asked<T>() -> StoreResult<T> {
        Err(StoreError::NotFound)
    }

    #[async_trait]
    impl Idempotency for Scripted {
        async fn accept_messages_once(
            &self,
            _: Vec<NewMessage>,
            _: NewAnswer,
        ) -> StoreResult<Vec<Result<(), StoreError>>> {
            not_asked()
        }

        async fn keep_answer(&self, _: NewAnswer) -> StoreResult<()> {
            not_asked()
        }

        async fn find_answer(&self, _: RequestHash, _: Timestamp) -> StoreResult<KeptAnswer> {
            not_asked()
        }

        async fn forget_answers(&self, _: Timestamp, limit: usize) -> StoreResult<usize> {
            assert_eq!(limit, STEP);
            self.asked.lock().push(Instant::now());
            let next = self.results.lock().pop();
            match next {
                Some(result) => result,
                None => std::future::pending().await,
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn full_steps_follow_soon_and_all_else_waits_a_minute() {
        let unavailable = Err(StoreError::Unavailable("it went away".to_owned()));
        let results = Mutex::new(vec![Ok(0), unavailable, Ok(STEP - 1), Ok(STEP), Ok(STEP)]);
        let store = Arc::new(Scripted { results, asked: Mutex::default() });
        let clock = Arc::new(ManualClock::new(Timestamp::default()));
        let hour = Duration::from_secs(3_600);
        assert!(tokio::time::timeout(hour, prune_answers(store.clone(), clock)).await.is_err());
        let asked = store.asked.lock();
        let pauses: Vec<Duration> = asked.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert_eq!(pauses, [NEXT_STEP_AFTER, NEXT_STEP_AFTER, LOOK_EVERY, LOOK_EVERY, LOOK_EVERY]);
    }
}
