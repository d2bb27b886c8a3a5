//! Forgets tokens and background tasks that ended long ago, in small steps with pauses between them: producers must
//! not wait for it. Nothing is lost where it is cut off: the next look finds what is left.

use std::sync::Arc;
use std::time::Duration;

use wirepost_model::clock::Clock;
use wirepost_store::ended::Ended;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// So long after its end a token can still be looked up in the list.
const TOKENS_KEPT_FOR: Duration = DAY.saturating_mul(30);
/// So long after its end a task can still be asked for.
const TASKS_KEPT_FOR: Duration = DAY.saturating_mul(90);
/// Removed of each kind in one transaction, a few milliseconds of work.
const STEP: usize = 500;
/// Between two steps while there is more to remove.
const NEXT_STEP_AFTER: Duration = Duration::from_millis(100);
/// Between two looks otherwise: nobody waits for it.
const LOOK_EVERY: Duration = Duration::from_secs(600);

/// Forgets them for as long as it runs.
pub(crate) async fn prune_ended<S: Ended + ?Sized>(store: Arc<S>, clock: Arc<dyn Clock>) {
    loop {
        let now = clock.now();
        let tokens = store.forget_tokens(now.minus(TOKENS_KEPT_FOR), STEP).await;
        let tasks = store.forget_tasks(now.minus(TASKS_KEPT_FOR), STEP).await;
        let pause = match (tokens, tasks) {
            (Err(error), _) | (_, Err(error)) => {
                tracing::warn!(%error, "what ended long ago could not be removed; trying again");
                LOOK_EVERY
            }
            (Ok(STEP..), _) | (_, Ok(STEP..)) => NEXT_STEP_AFTER,
            _ => LOOK_EVERY,
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
    use wirepost_store::{StoreError, StoreResult};

    use super::*;

    const NOON: Timestamp = Timestamp::from_millis(1_769_860_800_000);

    /// Gives these results for tokens and tasks one after the other and notes when it was asked; then it hangs.
    struct Scripted {
        results: Mutex<Vec<(StoreResult<usize>, StoreResult<usize>)>>,
        tasks: Mutex<Option<StoreResult<usize>>>,
        asked: Mutex<Vec<Instant>>,
    }

    #[async_trait]
    impl Ended for Scripted {
        async fn forget_tokens(&self, ended_before: Timestamp, limit: usize) -> StoreResult<usize> {
            assert_eq!((ended_before, limit), (NOON.minus(DAY * 30), STEP));
            self.asked.lock().push(Instant::now());
            let next = self.results.lock().pop();
            match next {
                Some((tokens, tasks)) => {
                    *self.tasks.lock() = Some(tasks);
                    tokens
                }
                None => std::future::pending().await,
            }
        }

        async fn forget_tasks(&self, ended_before: Timestamp, limit: usize) -> StoreResult<usize> {
            assert_eq!((ended_before, limit), (NOON.minus(DAY * 90), STEP));
            self.tasks.lock().take().expect("tokens were asked for first")
        }
    }

    #[tokio::test(start_paused = true)]
    async fn full_steps_of_either_kind_follow_soon_and_all_else_waits() {
        let away = || Err(StoreError::Unavailable("it went away".to_owned()));
        let mut results = vec![
            (Ok(STEP), Ok(0)),
            (Ok(0), Ok(STEP)),
            (Ok(STEP - 1), Ok(1)),
            (away(), Ok(STEP)),
            (Ok(STEP), away()),
        ];
        results.reverse();
        let store =
            Scripted { results: Mutex::new(results), tasks: Mutex::default(), asked: Mutex::default() };
        let (store, clock) = (Arc::new(store), Arc::new(ManualClock::new(NOON)));
        let day = tokio::time::timeout(DAY, prune_ended(store.clone(), clock));
        assert!(day.await.is_err());
        let asked = store.asked.lock();
        let pauses: Vec<Duration> = asked.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert_eq!(pauses, [NEXT_STEP_AFTER, NEXT_STEP_AFTER, LOOK_EVERY, LOOK_EVERY, LOOK_EVERY]);
    }
}
