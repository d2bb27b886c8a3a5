//! A rate limit as a pure value: the generic cell rate algorithm (GCRA), with the time passed in.
//!
//! Looking and taking are two steps, so that a delivery under two limits takes from both or from neither. However
//! the instants lie, no ten seconds [t, t + 10 s) hold the beginnings of more than `10 x limit x 1.02` requests,
//! rounded down: ten at 1/s, 10,200 at 1,000/s; not even those in which the process was killed and started again.

use wirepost_model::timestamp::Timestamp;

/// How far ahead of a steady rate messages may run, so that timers need not be exact to the millisecond.
/// 1.2 % of a ten-second window: what is left of the 2 % is for the ways to the receiver, which are not all as long.
const BURST_NANOS: i64 = 120_000_000;
/// From this limit on, 2 % of ten seconds hold a whole message.
const LOOSE_FROM: i64 = 5;
/// Below it, one request that sets out some milliseconds late would bring the next one too close: the interval is
/// longer by this part, which makes 100 ms in ten seconds.
const TIGHT_PART: i64 = 100;
const NANOS_IN_SECOND: i64 = 1_000_000_000;
const NANOS_IN_MILLISECOND: i64 = 1_000_000;

/// A limit in messages per second, and how much of it is used.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Pace {
    per_second: Option<u32>,
    /// When the next message would be due at a perfectly steady rate.
    next_steady_nanos: i64,
    /// Until when another process may have sent, of which nothing is known: with the first limit that is set, it
    /// counts as if all that is allowed was used by then.
    unknown_until: Option<Timestamp>,
}

impl Pace {
    /// No limit yet, in a process that has been there since this instant.
    pub(crate) fn since(process_began: Timestamp) -> Self {
        Self { unknown_until: Some(process_began), ..Self::default() }
    }

    /// Sets the limit; a changed one takes effect with the next message. What was used at a slower rate, or
    /// before the clock was set back, holds up nobody for longer than one interval.
    pub(crate) fn set_limit(&mut self, per_second: Option<u32>, now: Timestamp) {
        self.per_second = per_second.filter(|rate| *rate > 0);
        if let Some(interval) = self.interval_nanos() {
            if let Some(unknown_until) = self.unknown_until.take() {
                self.next_steady_nanos = used_up(unknown_until, interval);
            }
            self.next_steady_nanos = self.next_steady_nanos.min(used_up(now, interval));
        }
    }

    /// When the next message may go: `None` means now.
    pub(crate) fn wait_until(&self, now: Timestamp) -> Option<Timestamp> {
        let interval = self.interval_nanos()?;
        let allowed_nanos = self.next_steady_nanos.saturating_sub(ahead_nanos(interval));
        let allowed_millis =
            allowed_nanos.saturating_add(NANOS_IN_MILLISECOND - 1).div_euclid(NANOS_IN_MILLISECOND);
        Some(Timestamp::from_millis(allowed_millis)).filter(|allowed| *allowed > now)
    }

    /// Uses the limit for one message that goes now.
    pub(crate) fn take(&mut self, now: Timestamp) {
        if let Some(interval) = self.interval_nanos() {
            self.next_steady_nanos = self.next_steady_nanos.max(nanos(now)).saturating_add(interval);
        }
    }

    /// Whether forgetting it would let nothing go earlier.
    pub(crate) fn is_quiet(&self, now: Timestamp) -> bool {
        self.per_second.is_none() || self.next_steady_nanos <= nanos(now)
    }

    /// Rounded up: a third of a second three times over must not be less than a second.
    fn interval_nanos(&self) -> Option<i64> {
        let rate = i64::from(self.per_second?);
        let interval = (NANOS_IN_SECOND - 1) / rate + 1;
        Some(if rate < LOOSE_FROM { interval + interval / TIGHT_PART } else { interval })
    }
}

fn nanos(now: Timestamp) -> i64 {
    now.as_millis().saturating_mul(NANOS_IN_MILLISECOND)
}

/// Where the steady rate stands when all that is allowed by an instant was used then.
fn used_up(at: Timestamp, interval: i64) -> i64 {
    nanos(at).saturating_add(ahead_nanos(interval) + interval)
}

/// A limit so low that the burst holds less than one message still lets one go at its time.
fn ahead_nanos(interval: i64) -> i64 {
    BURST_NANOS.saturating_sub(interval).max(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: i64 = 1_769_860_800_000;

    /// Sends as fast as the limit lets, asking at every millisecond; answers the instants.
    fn sent(rate: u32, seconds: i64) -> Vec<i64> {
        let mut pace = Pace::default();
        let mut instants = Vec::new();
        for millis in START..START + seconds * 1_000 {
            let now = Timestamp::from_millis(millis);
            pace.set_limit(Some(rate), now);
            while pace.wait_until(now).is_none() {
                pace.take(now);
                instants.push(millis);
            }
        }
        instants
    }

    #[test]
    fn every_ten_second_window_stays_within_two_percent() {
        for rate in [1, 3, 7, 10, 30, 200, 1_000, 5_000] {
            let instants = sent(rate, 31);
            let most = most_in_ten_seconds(&instants);
            let allowed = (rate as usize * 1_020) / 100;
            assert!(most <= allowed, "{rate}/s: {most} in ten seconds");
            // At its worst every one waits for the next whole millisecond.
            let steady = rate as usize * 31 * 99 / 100;
            assert!(instants.len() >= steady, "{rate}/s: only {} in 31 s", instants.len());
        }
    }

    /// The real instants are those at which requests set out: each some milliseconds after its turn.
    #[test]
    fn a_request_that_sets_out_late_brings_the_next_ones_not_too_close() {
        for rate in [1, 2, 3, 4] {
            let mut instants = sent(rate, 31);
            instants[0] += 90;
            let most = most_in_ten_seconds(&instants);
            assert!(most <= rate as usize * 10, "{rate}/s: {most} in ten seconds");
        }
    }

    fn most_in_ten_seconds(instants: &[i64]) -> usize {
        let mut first = 0;
        let each = (0..instants.len()).map(|last| {
            while instants[first] + 10_000 <= instants[last] {
                first += 1;
            }
            last - first + 1
        });
        each.max().expect("something was sent")
    }

    #[test]
    fn a_process_that_begins_does_not_repeat_the_burst_of_the_one_before() {
        for rate in [1, 10, 200, 1_000] {
            let mut instants = Vec::new();
            let mut pace = Pace::since(Timestamp::from_millis(START));
            for millis in START..START + 30_000 {
                let now = Timestamp::from_millis(millis);
                // Killed and started again every 700 ms, with pauses in which a burst gathers.
                if millis % 700 == 0 {
                    pace = Pace::since(now);
                }
                pace.set_limit(Some(rate), now);
                while millis % 1_900 > 200 && pace.wait_until(now).is_none() {
                    pace.take(now);
                    instants.push(millis);
                }
            }
            if rate > 1 {
                let most = most_in_ten_seconds(&instants);
                assert!(most <= rate as usize * 1_020 / 100, "{rate}/s: {most} in ten seconds");
                assert!(instants.len() > rate as usize * 15, "{rate}/s: {}", instants.len());
            } else {
                assert!(instants.is_empty(), "no process was there for a second");
            }
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
        assert!(pace.wait_until(now).is_some_and(|at| at.as_millis() >= 2_000));
    }

    #[test]
    fn a_clock_set_back_costs_one_interval_at_most() {
        let (noon, eleven) = (Timestamp::from_millis(12 * 3_600_000), Timestamp::from_millis(11 * 3_600_000));
        let mut pace = Pace::default();
        pace.set_limit(Some(2), noon);
        pace.take(noon);
        pace.set_limit(Some(2), eleven);
        let at = pace.wait_until(eleven).expect("one was just sent");
        assert!(at.since(eleven).as_millis() <= 506);
        pace.set_limit(Some(2), at);
        assert_eq!(pace.wait_until(at), None);
    }
}
