//! The virtual clock: tokio's paused time on top of a base, so that days pass in milliseconds.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;
use wirepost_model::clock::Clock;
use wirepost_model::timestamp::Timestamp;

/// 2026-01-31T12:00:00Z.
pub(crate) const NOON: Timestamp = Timestamp::from_millis(1_769_860_800_000);

/// Shows `base` at its making, and goes with tokio's time. Counts how often it is looked at.
pub(crate) struct VirtualClock {
    base: Timestamp,
    made: Instant,
    looks: AtomicU64,
}

impl VirtualClock {
    /// To be made inside the runtime whose time it shows.
    pub(crate) fn new(base: Timestamp) -> Self {
        Self { base, made: Instant::now(), looks: AtomicU64::new(0) }
    }

    /// How often somebody asked for the time: whoever spins, looks.
    pub(crate) fn looks(&self) -> u64 {
        self.looks.load(Ordering::SeqCst)
    }

    /// The time, uncounted.
    pub(crate) fn shows(&self) -> Timestamp {
        self.base.plus(self.made.elapsed())
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        self.looks.fetch_add(1, Ordering::SeqCst);
        self.shows()
    }
}

/// Lets so much virtual time pass, with all that happens in it.
pub(crate) async fn pass(time: Duration) {
    let forever = std::future::pending::<()>();
    assert!(tokio::time::timeout(time, forever).await.is_err());
}

/// Lets virtual time pass in steps until `done`, at most `most`; answers whether it was done.
pub(crate) async fn pass_until(step: Duration, most: Duration, mut done: impl FnMut() -> bool) -> bool {
    let end = Instant::now() + most;
    while !done() {
        if Instant::now() >= end {
            return false;
        }
        pass(step).await;
    }
    true
}
