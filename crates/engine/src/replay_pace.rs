//! How many messages a background task may add to an endpoint's lane just now. Pure.
//!
//! A task never builds a queue: it adds no more than the endpoint takes at once, and nothing while anything waits.
//! So whoever sends live messages finds at most one round of requests before them.

use std::time::Duration;

use wirepost_model::lane::LaneView;
use wirepost_model::timestamp::Timestamp;

/// What a lane gets of which nothing is in memory: its endpoint has yet to show what it takes.
const FIRST: usize = 8;
/// What was not used of a rate is good for so long.
const BURST: Duration = Duration::from_millis(100);
/// Under a rate limit, a live message waits no longer than this for what a task added before it.
const LIVE_WAITS_MOST: Duration = Duration::from_millis(50);

/// A step is worth so much time of its rate: messages come in trickles, between which live ones find their way.
const STEP_WORTH: Duration = Duration::from_millis(8);
/// Messages in one step at most: a few milliseconds of the writer's time.
const STEP_MOST: usize = 128;

/// Messages that one step of a task of this rate may add.
pub(crate) fn step_most(per_second: u32) -> usize {
    let worth = u128::from(per_second) * STEP_WORTH.as_millis() / 1_000;
    usize::try_from(worth).unwrap_or(usize::MAX).clamp(1, STEP_MOST)
}

/// Room for a task's messages in a lane whose endpoint may get so many per second.
pub(crate) fn room_in_lane(lane: Option<LaneView>, per_second: Option<u32>) -> usize {
    let free = match lane {
        None => FIRST,
        Some(view) if view.queued > 0 || view.more_in_database => 0,
        // Half, so that live messages that come now find a request to take.
        Some(view) => view.in_flight_limit.saturating_sub(view.in_flight).div_ceil(2),
    };
    let by_rate = per_second.map_or(usize::MAX, |rate| {
        let few = u128::from(rate) * LIVE_WAITS_MOST.as_millis() / 1_000;
        usize::try_from(few).unwrap_or(usize::MAX).max(1)
    });
    free.min(by_rate)
}

/// A task's own rate.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ReplayPace {
    /// Up to when the rate is used, in microseconds.
    used_to_micros: i64,
}

impl ReplayPace {
    /// Messages that the rate allows now.
    pub(crate) fn allowed(self, per_second: u32, now: Timestamp) -> usize {
        let since = self.since_micros(per_second, now);
        let allowed = (micros(now) - since).max(0) / interval_micros(per_second);
        usize::try_from(allowed).unwrap_or(usize::MAX)
    }

    /// Uses the rate for so many messages.
    pub(crate) fn take(&mut self, count: u64, per_second: u32, now: Timestamp) {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        let used = count.saturating_mul(interval_micros(per_second));
        self.used_to_micros = self.since_micros(per_second, now).saturating_add(used);
    }

    /// What lies further back is forfeited; what was used before the clock was set back holds up nobody for long.
    fn since_micros(self, per_second: u32, now: Timestamp) -> i64 {
        let burst = i64::try_from(BURST.as_micros()).unwrap_or(i64::MAX).max(interval_micros(per_second));
        self.used_to_micros.clamp(micros(now) - burst, micros(now).saturating_add(burst))
    }
}

fn interval_micros(per_second: u32) -> i64 {
    (1_000_000 / i64::from(per_second.max(1))).max(1)
}

fn micros(now: Timestamp) -> i64 {
    now.as_millis().saturating_mul(1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp::from_millis(1_769_860_800_000);

    fn lane(in_flight: usize, queued: usize, more_in_database: bool) -> Option<LaneView> {
        Some(LaneView { in_flight, in_flight_limit: 64, queued, more_in_database, ..LaneView::default() })
    }

    #[test]
    fn while_anything_waits_nothing_is_added() {
        assert_eq!(room_in_lane(lane(0, 1, false), None), 0);
        assert_eq!(room_in_lane(lane(0, 0, true), None), 0);
        assert_eq!(room_in_lane(lane(64, 0, false), None), 0);
    }

    #[test]
    fn half_of_what_is_free_is_left_to_live_messages() {
        assert_eq!(room_in_lane(None, None), FIRST);
        assert_eq!(room_in_lane(lane(0, 0, false), None), 32);
        assert_eq!(room_in_lane(lane(63, 0, false), None), 1);
    }

    #[test]
    fn under_a_limit_only_a_moments_worth_is_added() {
        assert_eq!(room_in_lane(lane(0, 0, false), Some(200)), 10);
        assert_eq!(room_in_lane(lane(0, 0, false), Some(1)), 1);
        assert_eq!(room_in_lane(lane(0, 1, false), Some(200)), 0);
    }

    #[test]
    fn a_step_grows_with_the_rate_within_bounds() {
        let steps = [0, 1, 100, 1_000, 10_000, u32::MAX].map(step_most);
        assert_eq!(steps, [1, 1, 1, 8, 80, STEP_MOST]);
    }

    #[test]
    fn a_task_keeps_to_its_rate_however_often_it_looks() {
        for (rate, step_millis) in [(1, 10), (7, 3), (1_000, 10), (1_000, 700), (10_000, 1)] {
            let mut pace = ReplayPace::default();
            let mut sent = 0;
            for step in 0..(20_000 / step_millis) {
                let now = NOON.plus(Duration::from_millis(step * step_millis));
                let allowed = pace.allowed(rate, now);
                pace.take(allowed as u64, rate, now);
                sent += allowed;
            }
            let (most, burst) = (rate as usize * 20, (rate as usize / 10).max(1));
            assert!(sent <= most + burst, "{sent} at {rate}/s every {step_millis} ms");
            assert!(step_millis > 100 || sent >= most - burst, "{sent} at {rate}/s");
        }
    }

    #[test]
    fn a_clock_that_goes_back_holds_up_nobody_for_long() {
        let mut pace = ReplayPace::default();
        pace.take(1, 10, NOON);
        let before = NOON.minus(Duration::from_secs(3_600));
        pace.take(0, 10, before);
        assert_eq!(pace.allowed(10, before.plus(Duration::from_millis(200))), 1);
    }
}
