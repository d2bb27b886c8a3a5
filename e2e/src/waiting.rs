//! Bounds on waiting. A bound is generous: it is there so that a test that fails ends, not to measure anything.

use std::time::Duration;

use tokio::time::{interval, timeout};

/// Longest wait for anything that is bound to happen.
pub const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// How often a state that tells nobody of its changes is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// Awaits `event`, and panics with `what` when it does not come.
pub async fn within<T>(what: &str, event: impl Future<Output = T>) -> T {
    match timeout(LONGEST_WAIT, event).await {
        Ok(value) => value,
        Err(_) => panic!("waited {} s in vain for {what}", LONGEST_WAIT.as_secs()),
    }
}

/// Looks again and again until there is something to see, and panics with `what` when there never is.
pub async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    within(what, async {
        let mut ticks = interval(LOOK_EVERY);
        loop {
            ticks.tick().await;
            if let Some(seen) = look().await {
                return seen;
            }
        }
    })
    .await
}
