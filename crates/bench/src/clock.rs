//! One monotonic clock for load and sink, so that post → arrival is a plain difference.
//! Everything that asks for the time in this program asks here.
#![expect(clippy::disallowed_methods, reason = "this program measures real time, and paces load by it")]

use std::sync::LazyLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

static ORIGIN: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Nanoseconds since this program first asked.
pub(crate) fn now_ns() -> u64 {
    u64::try_from(ORIGIN.elapsed().as_nanos()).expect("a benchmark ends within 584 years")
}

/// Blocks this thread until [`now_ns`] reads `at_ns`, to some 50 µs; returns at once when it has passed.
pub(crate) fn block_until(at_ns: u64) {
    std::thread::sleep(Duration::from_nanos(at_ns.saturating_sub(now_ns())));
}

/// Seconds since 1970, as a `webhook-timestamp` has them.
pub(crate) fn unix_seconds() -> u64 {
    since_1970().as_secs()
}

/// Nanoseconds since 1970, to be compared with what the server says of its attempts.
pub(crate) fn unix_ns() -> u64 {
    u64::try_from(since_1970().as_nanos()).expect("it is before the year 2554")
}

/// The seconds from one reading of [`now_ns`] to a later one.
pub(crate) fn seconds_between(from_ns: u64, to_ns: u64) -> f64 {
    Duration::from_nanos(to_ns.saturating_sub(from_ns)).as_secs_f64()
}

fn since_1970() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock of the machine is past 1970")
}
