//! How instants stand to a rate limit: the most that any ten seconds hold, and how much of the limit was used. Pure
//! arithmetic on nanoseconds of any one clock.

use std::ops::Range;

const SECOND_NS: u64 = 1_000_000_000;
/// A limit is promised over this long.
const WINDOW_S: u64 = 10;

/// The instants of one limit's requests, in their order.
#[derive(Debug)]
pub(crate) struct Pacing {
    limit: u32,
    instants_ns: Vec<u64>,
}

impl Pacing {
    /// Takes those of the instants that lie before `end_ns`.
    pub(crate) fn until(end_ns: u64, limit: u32, mut instants_ns: Vec<u64>) -> Self {
        instants_ns.retain(|at_ns| *at_ns < end_ns);
        instants_ns.sort_unstable();
        Self { limit, instants_ns }
    }

    /// How many there are.
    pub(crate) fn count(&self) -> u64 {
        self.instants_ns.len() as u64
    }

    /// The most that any window `[t, t + 10 s)` holds, in percent of ten times the limit.
    pub(crate) fn most_percent(&self) -> f64 {
        let mut first = 0;
        let in_window = self.instants_ns.iter().enumerate().map(|(last, at_ns)| {
            while self.instants_ns[first] + WINDOW_S * SECOND_NS <= *at_ns {
                first += 1;
            }
            last - first + 1
        });
        let most = in_window.max().unwrap_or_default() as f64;
        most / (f64::from(self.limit) * WINDOW_S as f64) * 100.0
    }

    /// The shortest time that held more than ten times the limit and 2 %, in milliseconds, and how many it held;
    /// `None` where that took ten seconds, as it must.
    pub(crate) fn too_soon(&self) -> Option<(usize, f64)> {
        let too_many = self.limit as usize * WINDOW_S as usize * 102 / 100 + 1;
        let spans = self.instants_ns.windows(too_many).map(|span| span[too_many - 1] - span[0]);
        let shortest_ns = spans.min().filter(|span_ns| *span_ns < WINDOW_S * SECOND_NS)?;
        Some((too_many, shortest_ns as f64 / 1e6))
    }

    /// How much of the limit was used while something waited, in percent. Intervals are counted and not instants,
    /// so that at 1/s it does not matter where between two of them the time ends; whatever is silent at either end
    /// for longer than one interval counts as unused.
    pub(crate) fn used_percent(&self, waited_ns: Range<u64>) -> f64 {
        let (Some(first), Some(last)) = (self.instants_ns.first(), self.instants_ns.last()) else {
            return 0.0;
        };
        let interval_ns = SECOND_NS / u64::from(self.limit.max(1));
        let from_ns = (*first).min(waited_ns.start + interval_ns);
        let until_ns = (*last).max(waited_ns.end.saturating_sub(interval_ns));
        let allowed = until_ns.saturating_sub(from_ns) as f64 / SECOND_NS as f64 * f64::from(self.limit);
        if allowed > 0.0 { (self.count() - 1) as f64 / allowed * 100.0 } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::{Pacing, SECOND_NS};

    fn every_tenth_until(end_tenths: u64) -> Pacing {
        Pacing::until(
            end_tenths * SECOND_NS / 10,
            10,
            (0..).take(1_000).map(|n| n * SECOND_NS / 10).collect(),
        )
    }

    #[test]
    fn the_window_is_half_open_and_slides_over_all_instants() {
        let steady = every_tenth_until(300);
        assert_eq!((steady.count(), steady.most_percent()), (300, 100.0));
        let seconds: Vec<u64> = [0, 5, 10, 12, 14, 20].map(|second| second * SECOND_NS).to_vec();
        assert_eq!(Pacing::until(u64::MAX, 1, seconds.clone()).most_percent(), 40.0);
        let earlier = Pacing::until(14 * SECOND_NS, 1, seconds);
        assert_eq!((earlier.count(), earlier.most_percent()), (4, 30.0));
    }

    #[test]
    fn ten_and_a_little_in_ten_seconds_pass_a_limit_of_one() {
        let mut instants: Vec<u64> = (0..=10).map(|second| second * SECOND_NS).collect();
        assert_eq!(Pacing::until(u64::MAX, 1, instants.clone()).most_percent(), 100.0);
        assert_eq!(Pacing::until(u64::MAX, 1, instants.clone()).too_soon(), None);
        instants[10] -= 3_000_000;
        let pacing = Pacing::until(u64::MAX, 1, instants);
        assert!(pacing.most_percent() > 102.0);
        assert_eq!(pacing.too_soon(), Some((11, 9_997.0)));
    }

    #[test]
    fn a_steady_rate_uses_all_wherever_the_time_ends() {
        let all = (0..25).map(|second| second * SECOND_NS).collect();
        let pacing = Pacing::until(u64::MAX, 1, all);
        for tenths in 0..=10 {
            assert_eq!(pacing.used_percent(0..24 * SECOND_NS + tenths * SECOND_NS / 10), 100.0);
        }
    }

    #[test]
    fn silence_in_the_middle_or_at_either_end_is_unused() {
        let half = every_tenth_until(100);
        let used = half.used_percent(0..20 * SECOND_NS);
        assert!((49.0..51.0).contains(&used), "silent at the end: {used}");
        let late = Pacing::until(u64::MAX, 1, (10..20).map(|second| second * SECOND_NS).collect());
        assert!(late.used_percent(0..20 * SECOND_NS) < 51.0, "silent at the beginning");
        let gap = (0..20).filter(|second| *second < 5 || *second >= 15).map(|second| second * SECOND_NS);
        assert!(Pacing::until(u64::MAX, 1, gap.collect()).used_percent(0..20 * SECOND_NS) < 51.0);
        assert_eq!(Pacing::until(0, 1, Vec::new()).used_percent(0..SECOND_NS), 0.0);
    }
}
