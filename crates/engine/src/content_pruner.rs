//! Removes payloads and answers whose time is over, in steps that hold the writer so shortly that producers do not
//! feel it: a step that took long makes the next one smaller. Nothing is lost where it is cut off: the next look
//! finds what is left.

use std::sync::Arc;
use std::time::Duration;

use wirepost_model::clock::Clock;
use wirepost_store::retention::{Removed, Retention};

use crate::meters;

/// No step is meant to hold the writer for longer.
const HELD_MOST: Duration = Duration::from_millis(20);
/// A step that held it for longer than this is followed by smaller ones, well before the bound.
const HELD_AT_EASE: Duration = Duration::from_millis(10);
/// Under this, the next step may be larger.
const HELD_SHORTLY: Duration = Duration::from_millis(5);
/// Contents of one step: where it begins, and its bounds. So few take about a millisecond beside the sync, which
/// takes as long on a slow disk however few they are.
const WEIGHT_LEAST: usize = 256;
const WEIGHT_MOST: usize = 4_096;
/// Between two steps, at least and at most.
const PAUSE_LEAST: Duration = Duration::from_millis(25);
const PAUSE_MOST: Duration = Duration::from_millis(100);
/// Four parts of five of the writer's time are for others.
const PAUSE_TO_HELD: u32 = 4;
/// Between two looks when nothing more has expired.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// Removes them for as long as it runs.
pub(crate) async fn prune_contents<S: Retention + ?Sized>(
    store: Arc<S>,
    clock: Arc<dyn Clock>,
    kept_for: Duration,
) {
    let mut weight = WEIGHT_LEAST;
    loop {
        let pause = match store.remove_expired(clock.now(), kept_for, weight).await {
            Ok(removed) => {
                meters::note_removal(&removed);
                weight = next_weight(weight, &removed);
                if removed.more { pause_after(removed.held) } else { LOOK_EVERY }
            }
            Err(error) => {
                tracing::warn!(%error, "expired contents could not be removed; trying again");
                LOOK_EVERY
            }
        };
        tokio::time::sleep(pause).await;
    }
}

fn pause_after(held: Duration) -> Duration {
    (held * PAUSE_TO_HELD).clamp(PAUSE_LEAST, PAUSE_MOST)
}

/// Grows slower than it shrinks: what the next contents weigh on the disk is not known.
fn next_weight(weight: usize, removed: &Removed) -> usize {
    let next = match removed.held {
        held if held > HELD_MOST => weight / 4,
        held if held > HELD_AT_EASE => weight / 2,
        held if held < HELD_SHORTLY && removed.more => weight + weight / 2,
        _ => weight,
    };
    next.clamp(WEIGHT_LEAST, WEIGHT_MOST)
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
    const KEPT: Duration = Duration::from_secs(90 * 24 * 60 * 60);

    /// Gives these results one after the other and notes when it was asked for how much; then it hangs.
    struct Scripted {
        results: Mutex<Vec<StoreResult<Removed>>>,
        asked: Mutex<Vec<(Instant, usize)>>,
    }

    #[async_trait]
    impl Retention for Scripted {
        async fn remove_expired(
            &self,
            now: Timestamp,
            kept_for: Duration,
            weight_most: usize,
        ) -> StoreResult<Removed> {
            assert_eq!((now, kept_for), (NOON, KEPT));
            self.asked.lock().push((Instant::now(), weight_most));
            let next = self.results.lock().pop();
            match next {
                Some(result) => result,
                None => std::future::pending().await,
            }
        }
    }

    fn held(millis: u64, more: bool) -> Removed {
        Removed { contents: 100, more, held: Duration::from_millis(millis) }
    }

    #[tokio::test(start_paused = true)]
    async fn the_writer_is_left_to_others_most_of_the_time() {
        let unavailable = Err(StoreError::Unavailable("it went away".to_owned()));
        let mut results =
            vec![Ok(held(1, true)), Ok(held(15, true)), unavailable, Ok(held(1, false)), Ok(held(1, true))];
        results.reverse();
        let store = Arc::new(Scripted { results: Mutex::new(results), asked: Mutex::default() });
        let clock = Arc::new(ManualClock::new(NOON));
        let hour = Duration::from_secs(3_600);
        assert!(tokio::time::timeout(hour, prune_contents(store.clone(), clock, KEPT)).await.is_err());
        let asked = store.asked.lock();
        let pauses: Vec<Duration> = asked.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
        let long = Duration::from_millis(60);
        assert_eq!(pauses, [PAUSE_LEAST, long, LOOK_EVERY, LOOK_EVERY, PAUSE_LEAST]);
        let weights: Vec<usize> = asked.iter().map(|(_, weight)| *weight).collect();
        assert_eq!(weights, [256, 384, 256, 256, 256, 384]);
    }

    #[test]
    fn a_step_that_took_long_makes_the_next_one_smaller() {
        assert_eq!(next_weight(4_000, &held(21, true)), 1_000);
        assert_eq!(next_weight(1_000, &held(11, true)), 500);
        assert_eq!(next_weight(1_000, &held(7, true)), 1_000);
        assert_eq!(next_weight(1_000, &held(2, true)), 1_500);
        assert_eq!(next_weight(1_000, &held(2, false)), 1_000);
        assert_eq!(next_weight(WEIGHT_LEAST, &held(500, true)), WEIGHT_LEAST);
        assert_eq!(next_weight(WEIGHT_MOST, &held(0, true)), WEIGHT_MOST);
    }
}
