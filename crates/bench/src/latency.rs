//! Distributions of waiting times: a histogram in microseconds with three significant digits.

use hdrhistogram::Histogram;

const LONGEST_US: u64 = 600_000_000;

/// A distribution of durations between 1 µs and 10 minutes; longer ones count as 10 minutes.
#[derive(Debug, Clone)]
pub(crate) struct Latency(Histogram<u64>);

impl Latency {
    /// A distribution that has seen nothing.
    pub(crate) fn new() -> Self {
        Self(Histogram::new_with_bounds(1, LONGEST_US, 3).expect("the bounds are in order, the digits 0–5"))
    }

    /// Counts one duration.
    pub(crate) fn record_ns(&mut self, duration_ns: u64) {
        self.0.saturating_record((duration_ns / 1_000).max(1));
    }

    /// Counts everything that `other` has counted.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.0.add(&other.0).expect("all distributions have the same bounds");
    }

    /// The duration in milliseconds below which the share `quantile` (0 to 1) lies.
    pub(crate) fn quantile_ms(&self, quantile: f64) -> f64 {
        self.0.value_at_quantile(quantile) as f64 / 1_000.0
    }

    /// The median in milliseconds.
    pub(crate) fn p50_ms(&self) -> f64 {
        self.quantile_ms(0.5)
    }

    /// The 99th percentile in milliseconds.
    pub(crate) fn p99_ms(&self) -> f64 {
        self.quantile_ms(0.99)
    }

    /// The longest duration in milliseconds.
    pub(crate) fn longest_ms(&self) -> f64 {
        self.0.max() as f64 / 1_000.0
    }
}

#[cfg(test)]
mod tests {
    use super::Latency;

    #[test]
    fn merged_distributions_answer_for_both() {
        let (mut fast, mut slow) = (Latency::new(), Latency::new());
        (0..99).for_each(|_| fast.record_ns(2_000_000));
        slow.record_ns(80_000_000);
        fast.merge(&slow);
        assert!((fast.p50_ms() - 2.0).abs() < 0.01);
        assert!((fast.longest_ms() - 80.0).abs() < 0.1);
    }
}
