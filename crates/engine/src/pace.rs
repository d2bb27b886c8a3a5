//! A rate limit as a pure value: the generic cell rate algorithm (GCRA), with the time passed in.
//!
//! Looking and taking are two steps, so that a delivery under two limits takes from both or from neither.

use std::time::Duration;

use wirepost_model::timestamp::Timestamp;

/// How far ahead of a steady rate messages may run, so that timers need not be exact to the millisecond.
/// A 50th of a ten-second window: short enough to keep any such window within 2 % of the limit.
const BURST: Duration = Duration::from_millis(150);

/// A limit in messages per second, and how much of it is used.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Pace {
    per_second: Option<u32>,
    /// When the next message would be due at a perfectly steady rate, in microseconds.
    next_steady_micros: i64,
}

impl Pace {
    /// Sets the limit; a changed one takes effect with the next message. What was used at a slower rate, or
    /// before the clock was set back, holds up nobody for longer than one interval.
    pub(crate) fn set_limit(&mut self, per_second: Option<u32>, now: Timestamp) {
        self.per_second = per_second.filter(|rate| *rate > 0);
        if let Some(interval) = self.interval_micros() {
            let latest = micros(now).saturating_add(ahead_micros(interval) + interval);
            self.next_steady_micros = self.next_steady_micros.min(latest);
        }
    }

    /// When the next message may go: `None` means now.
    pub(crate) fn wait_until(&self, now: Timestamp) -> Option<Timestamp> {
        let interval = self.interval_micros()?;
        let allowed_micros = self.next_steady_micros.saturating_sub(ahead_micros(interval));
        (allowed_micros > micros(now))
            .then(|| Timestamp::from_millis(allowed_micros.div_euclid(1_000).saturating_add(1)))
    }

    /// Uses the limit for one message that goes now.
    pub(crate) fn take(&mut self, now: Timestamp) {
        if let Some(interval) = self.interval_micros() {
            self.next_steady_micros = self.next_steady_micros.max(micros(now)).saturating_add(interval);
        }
    }

    /// Whether forgetting it would let nothing go earlier.
    pub(crate) fn is_quiet(&self, now: Timestamp) -> bool {
        self.per_second.is_none() || self.next_steady_micros <= micros(now)
    }

    fn interval_micros(&self) -> Option<i64> {
        self.per_second.map(|rate| 1_000_000 / i64::from(rate))
    }
}

fn micros(now: Timestamp) -> i64 {
    now.as_millis().saturating_mul(1_000)
}

/// A limit so low that the burst holds less than one message still lets one go at its time.
fn ahead_micros(interval: i64) -> i64 {
    let burst = i64::try_from(BURST.as_micros()).unwrap_or(0);
    burst.saturating_sub(interval).max(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sends as fast as the limit lets, asking at every millisecond; answers the instants.
    fn sent(rate: u32, seconds: i64) -> Vec<i64> {
        let mut pace = Pace::default();
        let start = 1_769_860_800_000;
        pace.set_limit(Some(rate), Timestamp::from_millis(start));
        let mut instants = Vec::new();
        for millis in start..start + seconds * 1_000 {
            let now = Timestamp::from_millis(millis);
            while pace.wait_until(now).is_none() {
                pace.take(now);
                instants.push(millis);
            }
        }
        instants
    }

    #[test]
    fn every_ten_second_window_stays_within_two_percent() {
        for rate in [1, 3, 10, 200, 1_000, 5_000] {
            let instants = sent(rate, 31);
            let mut first = 0;
            let most = (0..instants.len()).map(|last| {
                while instants[first] + 10_000 <= instants[last] {
                    first += 1;
                }
                last - first + 1
            });
            let most = most.max().expect("something was sent");
            let allowed = (f64::from(rate) * 10.0 * 1.02).ceil() as usize;
            assert!(most <= allowed, "{rate}/s: {most} in ten seconds");
            assert!(instants.len() + 1 >= rate as usize * 31, "{rate}/s: only {} in 31 s", instants.len());
        }
    }

    #[test]
    fn no_limit_never_waits_and_looking_takes_nothing() {
        let now = Timestamp::from_millis(1_000);
        let mut pace = Pace::default();
        pace.take(now);
        assert_eq!(pace.wait_until(now), None);
        pace.set_limit(Some(1), now);
        assert_eq!(pace.wait_until(now), None);
        assert_eq!(pace.wait_until(now), None);
        pace.take(now);
        assert!(pace.wait_until(now).is_some_and(|at| at.as_millis() > 1_999));
    }

    #[test]
    fn a_clock_set_back_costs_one_interval_at_most() {
        let (noon, eleven) = (Timestamp::from_millis(12 * 3_600_000), Timestamp::from_millis(11 * 3_600_000));
        let mut pace = Pace::default();
        pace.set_limit(Some(2), noon);
        pace.take(noon);
        pace.set_limit(Some(2), eleven);
        let at = pace.wait_until(eleven).expect("one was just sent");
        assert!(at.since(eleven).as_millis() <= 501);
        pace.set_limit(Some(2), at);
        assert_eq!(pace.wait_until(at), None);
    }
}
