//! How long attempts took, counted in buckets: small enough to be kept for every five minutes of every endpoint, and
//! sums of them still tell a median and a 95th percentile.

use std::time::Duration;

/// Buckets that are kept.
pub const BUCKETS: usize = 34;

/// Where each bucket but the last ends, in microseconds: 1 ms, and from there by the root of two up to 65.5 s.
const ENDS_MICROS: [u64; BUCKETS - 1] = ends();

/// How many attempts took how long. A bucket holds what is longer than the end of the one before and no longer than
/// its own; the last has no end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Latencies([u64; BUCKETS]);

impl Default for Latencies {
    fn default() -> Self {
        Self([0; BUCKETS])
    }
}

impl Latencies {
    /// With these counts, the shortest bucket first.
    pub const fn from_counts(counts: [u64; BUCKETS]) -> Self {
        Self(counts)
    }

    /// The counts, the shortest bucket first.
    pub const fn counts(&self) -> &[u64; BUCKETS] {
        &self.0
    }

    /// Counts one attempt.
    pub fn note(&mut self, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let bucket = ENDS_MICROS.partition_point(|end| *end < micros);
        self.0[bucket] = self.0[bucket].saturating_add(1);
    }

    /// Counts what others counted.
    pub fn add(&mut self, others: &Self) {
        for (count, other) in self.0.iter_mut().zip(others.0) {
            *count = count.saturating_add(other);
        }
    }

    /// All that were counted.
    pub fn total(&self) -> u64 {
        self.0.iter().fold(0, |total, count| total.saturating_add(*count))
    }

    /// The time in which so many percent of the attempts were done, about: it lies in the bucket of the true one, so
    /// it is less than half longer and less than a third shorter, or less than 1 ms off. Above 65.5 s it says 65.5 s.
    /// None where nothing was counted.
    pub fn percentile(&self, percent: u8) -> Option<Duration> {
        let total = self.total();
        let rank = u128::from(total).saturating_mul(u128::from(percent.min(100))).div_ceil(100).max(1);
        let mut before = 0_u128;
        for (bucket, count) in self.0.iter().map(|count| u128::from(*count)).enumerate() {
            if before + count >= rank && count > 0 {
                return Some(within(bucket, rank - before, count));
            }
            before += count;
        }
        None
    }
}

/// The place in a bucket of one of so many, as if they lay evenly.
fn within(bucket: usize, rank: u128, count: u128) -> Duration {
    let begin = bucket.checked_sub(1).map_or(0, |before| ENDS_MICROS[before]);
    let end = ENDS_MICROS.get(bucket).copied().unwrap_or(begin);
    let part = u128::from(end - begin) * rank / count;
    Duration::from_micros(begin + u64::try_from(part).unwrap_or_default())
}

const fn ends() -> [u64; BUCKETS - 1] {
    let mut ends = [0; BUCKETS - 1];
    let mut at = 0;
    while at < ends.len() {
        // 1,000 µs, and 1,000 µs times the root of two, doubled so many times.
        let first = if at.is_multiple_of(2) { 1_000_000 } else { 1_414_214 };
        ends[at] = (first << (at / 2)) / 1_000;
        at += 1;
    }
    ends
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn counted(micros: &[u64]) -> Latencies {
        let mut latencies = Latencies::default();
        for micros in micros {
            latencies.note(Duration::from_micros(*micros));
        }
        latencies
    }

    #[test]
    fn buckets_go_from_one_millisecond_by_the_root_of_two() {
        assert_eq!(ENDS_MICROS[..4], [1_000, 1_414, 2_000, 2_828]);
        assert_eq!(ENDS_MICROS[BUCKETS - 2], 65_536_000);
        assert!(ENDS_MICROS.is_sorted());
        for (bucket, end) in ENDS_MICROS.into_iter().enumerate() {
            assert_eq!(counted(&[end]).counts()[bucket], 1, "what is no longer than the end belongs to it");
            assert_eq!(counted(&[end + 1]).counts()[bucket + 1], 1);
        }
    }

    #[test]
    fn nothing_counted_is_not_known() {
        assert_eq!(Latencies::default().percentile(50), None);
    }

    #[test]
    fn what_takes_longer_than_all_buckets_is_said_to_take_the_longest() {
        let latencies = counted(&[u64::MAX]);
        assert_eq!(latencies.percentile(95), Some(Duration::from_micros(65_536_000)));
    }

    proptest! {
        #[test]
        fn a_percentile_lies_in_the_bucket_of_the_true_one(
            mut micros in proptest::collection::vec(0_u64..60_000_000, 1..200), percent in 0_u8..=100,
        ) {
            let told = counted(&micros).percentile(percent).expect("some were counted");
            micros.sort_unstable();
            let rank = (micros.len() * usize::from(percent)).div_ceil(100).max(1);
            let truth = micros[rank - 1];
            let told = u64::try_from(told.as_micros()).expect("a minute at most");
            let near = told.abs_diff(truth) <= 1_000;
            prop_assert!(near || (told * 2 <= truth * 3 && told * 3 >= truth * 2), "{told} for {truth}");
        }

        #[test]
        fn adding_counts_what_counting_together_would(
            left in proptest::collection::vec(any::<u64>(), 0..50),
            right in proptest::collection::vec(any::<u64>(), 0..50),
        ) {
            let mut sum = counted(&left);
            sum.add(&counted(&right));
            prop_assert_eq!(sum.total(), (left.len() + right.len()) as u64);
            prop_assert_eq!(sum, counted(&[left, right].concat()));
        }

        #[test]
        fn more_percent_never_take_less_time(micros in proptest::collection::vec(any::<u64>(), 1..50)) {
            let latencies = counted(&micros);
            let told: Vec<_> = (0..=100).map(|percent| latencies.percentile(percent)).collect();
            prop_assert!(told.is_sorted());
        }
    }
}
