//! What an operator watches of the engine. A meter costs one relaxed addition; where nobody asked for meters, less.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use metrics::{Counter, Gauge, Histogram, counter, gauge, histogram};
use wirepost_store::deliveries::AttemptRecord;
use wirepost_store::retention::Removed;

static DELIVERED: LazyLock<Counter> =
    LazyLock::new(|| counter!("wirepost_attempts_total", "outcome" => "delivered"));
static FAILED: LazyLock<Counter> =
    LazyLock::new(|| counter!("wirepost_attempts_total", "outcome" => "failed"));
static REMOVED: LazyLock<Counter> = LazyLock::new(|| counter!("wirepost_retention_removed_total"));
static HELD: LazyLock<Histogram> = LazyLock::new(|| histogram!("wirepost_retention_held_seconds"));
static LONGEST: LazyLock<Gauge> = LazyLock::new(|| gauge!("wirepost_retention_held_seconds_longest"));
static LONGEST_MILLIS: AtomicU64 = AtomicU64::new(0);

/// Attempts ended.
pub(crate) fn note_attempts(records: &[AttemptRecord]) {
    let delivered = records.iter().filter(|record| record.attempt.succeeded).count();
    DELIVERED.increment(delivered as u64);
    FAILED.increment((records.len() - delivered) as u64);
}

/// Expired contents were removed.
pub(crate) fn note_removal(removed: &Removed) {
    if removed.contents > 0 {
        REMOVED.increment(removed.contents as u64);
        HELD.record(removed.held);
        let longest = LONGEST_MILLIS.fetch_max(removed.held.as_millis() as u64, Ordering::Relaxed);
        LONGEST.set(removed.held.as_secs_f64().max(longest as f64 / 1e3));
    }
}
