//! Forgets tokens and background tasks that ended long ago, and people's sessions and sign-in links that are over, in
//! small steps with pauses between them: producers must not wait for it. Nothing is lost where it is cut off: the
//! next look finds what is left.

use std::sync::Arc;
use std::time::Duration;

use wirepost_model::clock::Clock;
use wirepost_store::StoreResult;
use wirepost_store::ended::Ended;
use wirepost_store::sign_ins::SignIns;

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
pub(crate) async fn prune_ended<S: Ended + SignIns + ?Sized>(store: Arc<S>, clock: Arc<dyn Clock>) {
    loop {
        let pause = match step(&*store, clock.as_ref()).await {
            Err(error) => {
                tracing::warn!(%error, "what ended long ago could not be removed; trying again");
                LOOK_EVERY
            }
            Ok(true) => NEXT_STEP_AFTER,
            Ok(false) => LOOK_EVERY,
        };
        tokio::time::sleep(pause).await;
    }
}

/// Forgets some of each kind; says whether there may be more. Where one kind fails, the others still have their turn.
async fn step<S: Ended + SignIns + ?Sized>(store: &S, clock: &dyn Clock) -> StoreResult<bool> {
    let now = clock.now();
    let tokens = store.forget_tokens(now.minus(TOKENS_KEPT_FOR), STEP).await;
    let tasks = store.forget_tasks(now.minus(TASKS_KEPT_FOR), STEP).await;
    // Nobody asks for a session that is over.
    let sign_ins = store.prune_sign_ins(now, STEP).await;
    Ok([tokens?, tasks?, sign_ins?].iter().any(|removed| *removed >= STEP))
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;
    use parking_lot::Mutex;
    use tokio::time::Instant;
    use wirepost_model::clock::ManualClock;
    use wirepost_model::session::{Session, SignInLink};
    use wirepost_model::timestamp::Timestamp;
    use wirepost_store::StoreError;

    use super::*;

    const NOON: Timestamp = Timestamp::from_millis(1_769_860_800_000);

    /// Gives these results for tokens, tasks and sign-ins one after the other and notes when it was asked; then it
    /// hangs.
    struct Scripted {
        results: Mutex<Vec<[StoreResult<usize>; 3]>>,
        rest: Mutex<Vec<StoreResult<usize>>>,
        asked: Mutex<Vec<Instant>>,
    }

    impl Scripted {
        fn next(&self) -> StoreResult<usize> {
            self.rest.lock().pop().expect("tokens were asked for first")
        }
    }

    #[async_trait]
    impl Ended for Scripted {
        async fn forget_tokens(&self, ended_before: Timestamp, limit: usize) -> StoreResult<usize> {
            assert_eq!((ended_before, limit), (NOON.minus(DAY * 30), STEP));
            self.asked.lock().push(Instant::now());
            let next = self.results.lock().pop();
            match next {
                Some([tokens, tasks, sign_ins]) => {
                    *self.rest.lock() = vec![sign_ins, tasks];
                    tokens
                }
                None => std::future::pending().await,
            }
        }

        async fn forget_tasks(&self, ended_before: Timestamp, limit: usize) -> StoreResult<usize> {
            assert_eq!((ended_before, limit), (NOON.minus(DAY * 90), STEP));
            self.next()
        }
    }

    #[async_trait]
    impl SignIns for Scripted {
        async fn put_link(&self, _: SignInLink) -> StoreResult<()> {
            unreachable!("nobody signs in")
        }

        async fn take_link(&self, _: [u8; 32], _: Timestamp) -> StoreResult<SignInLink> {
            unreachable!("nobody signs in")
        }

        async fn put_session(&self, _: Session) -> StoreResult<()> {
            unreachable!("nobody signs in")
        }

        async fn find_session(&self, _: [u8; 32]) -> StoreResult<Session> {
            unreachable!("nobody signs in")
        }

        async fn end_session(&self, _: [u8; 32]) -> StoreResult<()> {
            unreachable!("nobody signs in")
        }

        async fn prune_sign_ins(&self, now: Timestamp, most: usize) -> StoreResult<usize> {
            assert_eq!((now, most), (NOON, STEP));
            self.next()
        }
    }

    #[tokio::test(start_paused = true)]
    async fn full_steps_of_any_kind_follow_soon_and_all_else_waits() {
        let away = || Err(StoreError::Unavailable("it went away".to_owned()));
        let mut results = vec![
            [Ok(STEP), Ok(0), Ok(0)],
            [Ok(0), Ok(STEP), Ok(0)],
            [Ok(0), Ok(0), Ok(STEP + 1)],
            [Ok(STEP - 1), Ok(1), Ok(STEP - 1)],
            [away(), Ok(STEP), Ok(STEP)],
            [Ok(STEP), away(), Ok(0)],
            [Ok(STEP), Ok(STEP), away()],
        ];
        results.reverse();
        let store =
            Scripted { results: Mutex::new(results), rest: Mutex::default(), asked: Mutex::default() };
        let (store, clock) = (Arc::new(store), Arc::new(ManualClock::new(NOON)));
        let day = tokio::time::timeout(DAY, prune_ended(store.clone(), clock));
        assert!(day.await.is_err());
        let asked = store.asked.lock();
        let pauses: Vec<Duration> = asked.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let soon = [NEXT_STEP_AFTER; 3];
        assert_eq!(pauses, [&soon[..], &[LOOK_EVERY; 4]].concat());
    }
}
