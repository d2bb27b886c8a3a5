//! What an operator watches of the store. A meter costs one relaxed addition; where nobody asked for meters, less.

use std::sync::LazyLock;
use std::time::Instant;

use metrics::{Counter, Histogram, counter, histogram};

static ACCEPTED: LazyLock<Counter> = LazyLock::new(|| counter!("wirepost_messages_accepted_total"));
static COMMIT: LazyLock<Histogram> = LazyLock::new(|| histogram!("wirepost_store_commit_seconds"));

/// So many messages are on disk.
pub(crate) fn note_accepted(messages: usize) {
    ACCEPTED.increment(messages as u64);
}

/// Runs one batch of writes and notes how long it took, from its first statement to its sync.
#[expect(clippy::disallowed_methods, reason = "a measured duration, which no decision hangs on")]
pub(crate) fn time_commit<T>(work: impl FnOnce() -> T) -> T {
    let began = Instant::now();
    let done = work();
    COMMIT.record(began.elapsed());
    done
}
