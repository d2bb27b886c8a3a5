//! How far apart the requests of a lane lie whose endpoint says "too many" (429) even to one at a time. Pure.
//!
//! Twice as far with every such answer, and nearer again with every good one: fast down to where it was too near the
//! last time, slowly from there on, so that few requests are refused while the endpoint takes what it can.

use std::time::Duration;

/// The first distance; below half of it there is none.
const FIRST: Duration = Duration::from_millis(20);
/// An endpoint that takes more again is noticed after this long at the latest.
const MOST: Duration = Duration::from_secs(2);
/// Near the distance that was too near, a good answer takes off one part in so many.
const SLOWLY: u32 = 64;

/// A distance that adapts, from the end of a request to the beginning of the next.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Spacing {
    distance: Duration,
    /// The distance at which the endpoint, after good answers, last said that there were too many.
    too_near: Duration,
    /// Whether an answer was good since it last said so.
    was_good: bool,
}

impl Spacing {
    /// The distance now; zero while there is none.
    pub(crate) fn distance(&self) -> Duration {
        self.distance
    }

    /// Learns that there were too many.
    pub(crate) fn widen(&mut self) {
        if std::mem::take(&mut self.was_good) {
            self.too_near = self.distance.max(FIRST);
        }
        self.distance = (self.distance * 2).clamp(FIRST, MOST);
    }

    /// Learns of a good answer. Answers whether there is still a distance.
    pub(crate) fn narrow(&mut self) -> bool {
        self.was_good = true;
        let near = self.too_near * 5 / 4;
        self.distance = if self.distance > near {
            (self.distance / 2).max(near)
        } else {
            self.distance - self.distance / SLOWLY
        };
        if self.distance < FIRST / 2 {
            self.distance = Duration::ZERO;
        }
        !self.distance.is_zero()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Asks one at a time a receiver that takes `per_second` in every second; answers those it took and refused
    /// from second 10 to second 70.
    fn taken_and_refused(per_second: usize) -> (usize, usize) {
        let mut spacing = Spacing::default();
        let (mut now, mut second, mut in_second) = (Duration::ZERO, 0, 0);
        let (mut taken, mut refused) = (0, 0);
        while now < Duration::from_secs(70) {
            if now.as_secs() != second {
                (second, in_second) = (now.as_secs(), 0);
            }
            let counts = usize::from(second >= 10);
            if in_second < per_second {
                in_second += 1;
                taken += counts;
                spacing.narrow();
            } else {
                refused += counts;
                spacing.widen();
            }
            now += Duration::from_millis(1) + spacing.distance();
        }
        (taken, refused)
    }

    #[test]
    fn a_receiver_that_counts_gets_most_of_what_it_takes_and_refuses_little() {
        for per_second in [2, 10, 25] {
            let (taken, refused) = taken_and_refused(per_second);
            assert!(taken * 10 >= per_second * 60 * 7, "{per_second}/s: {taken} in a minute");
            assert!(refused * 7 <= taken, "{per_second}/s: {refused} refused beside {taken}");
        }
    }

    #[test]
    fn it_widens_to_a_bound_and_ends_with_good_answers() {
        let mut spacing = Spacing::default();
        assert!(!spacing.narrow());
        let widened: Vec<_> = (0..10)
            .map(|_| {
                spacing.widen();
                spacing.distance().as_millis()
            })
            .collect();
        assert_eq!(widened[..4], [20, 40, 80, 160]);
        assert_eq!(widened[7..], [2_000, 2_000, 2_000]);
        let good = (1..100).find(|_| !spacing.narrow());
        assert!(good.is_some_and(|good| good < 80), "{good:?}");
        assert_eq!(spacing.distance(), Duration::ZERO);
    }
}
