//! The waits between attempts, and the jitter on the long ones.

use std::fmt;
use std::time::Duration;

use crate::invalid::Invalid;

/// Waits shorter than this are kept to the letter; longer ones are spread.
const JITTER_FROM: Duration = Duration::from_secs(60);
/// Longest schedule that is accepted.
const RETRIES_MOST: usize = 50;
/// Longest single wait that is accepted.
const WAIT_MOST: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// How long to wait after each failure before the next attempt. `n` waits mean `n + 1` attempts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetrySchedule(Vec<Duration>);

/// A draw from [0, 1) that spreads a wait by ± 20 %.
#[derive(Debug, Clone, Copy)]
pub struct Jitter(f64);

impl RetrySchedule {
    /// Reads `0s,5s,5m,30m,2h` or the name of a preset: `default` (9 attempts over 28 hours), `svix` (8 attempts) or
    /// `none` (one attempt).
    ///
    /// # Errors
    /// When a wait is not a whole number with `s`, `m`, `h` or `d`, is over 7 days, or there are over 50.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        match text.trim() {
            "default" => return Ok(Self::default()),
            "svix" => return Self::parse("5s,5m,30m,2h,5h,10h,10h"),
            "none" => return Ok(Self(Vec::new())),
            _ => {}
        }
        let waits: Vec<_> = text.split(',').map(|wait| parse_wait(wait.trim())).collect::<Result<_, _>>()?;
        Self::try_new(waits)
    }

    /// A schedule of these waits.
    ///
    /// # Errors
    /// When a wait is over 7 days or there are over 50.
    pub fn try_new(waits: Vec<Duration>) -> Result<Self, Invalid> {
        if waits.len() > RETRIES_MOST {
            return Err(Invalid::new(format!("may hold at most {RETRIES_MOST} waits")));
        }
        if waits.iter().any(|wait| *wait > WAIT_MOST) {
            return Err(Invalid::new("may hold no wait over 7 days"));
        }
        Ok(Self(waits))
    }

    /// The wait after the attempt that was number `tries` (from 1) failed; `None` after the last.
    pub fn wait_after(&self, tries: u32, jitter: Jitter) -> Option<Duration> {
        let index = usize::try_from(tries.checked_sub(1)?).ok()?;
        self.0.get(index).map(|wait| jitter.spread(*wait))
    }

    /// The waits, as written.
    pub fn waits(&self) -> &[Duration] {
        &self.0
    }

    /// Attempts in all, the first one included.
    pub fn attempts(&self) -> usize {
        self.0.len() + 1
    }
}

/// 9 attempts: the first retry at once, then `5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 10 h`.
impl Default for RetrySchedule {
    fn default() -> Self {
        Self([0, 5, 300, 1_800, 7_200, 18_000, 36_000, 36_000].map(Duration::from_secs).to_vec())
    }
}

/// As [`RetrySchedule::parse`] reads it.
impl fmt::Display for RetrySchedule {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return out.write_str("none");
        }
        let waits: Vec<_> = self.0.iter().map(|wait| format!("{}s", wait.as_secs())).collect();
        out.write_str(&waits.join(","))
    }
}

impl Jitter {
    /// No spread: waits exactly as written.
    pub const NONE: Self = Self(0.5);

    /// From a draw; anything outside [0, 1) is taken as no spread.
    pub fn from_draw(draw: f64) -> Self {
        if (0.0..1.0).contains(&draw) { Self(draw) } else { Self::NONE }
    }

    fn spread(self, wait: Duration) -> Duration {
        if wait <= JITTER_FROM { wait } else { wait.mul_f64(0.8 + 0.4 * self.0) }
    }
}

/// Reads a whole number of seconds, minutes, hours or days: `30s`, `5m`, `2h`, `1d`.
///
/// # Errors
/// When it is anything else.
pub fn parse_wait(text: &str) -> Result<Duration, Invalid> {
    let refuse = || Invalid::new(format!("`{text}` is not a wait: write 0s, 5s, 5m, 2h or 1d"));
    let unit = text.chars().last().ok_or_else(refuse)?;
    let seconds: u64 = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return Err(refuse()),
    };
    let count: u64 = text[..text.len() - 1].parse().map_err(|_| refuse())?;
    Ok(Duration::from_secs(count.checked_mul(seconds).ok_or_else(refuse)?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_default_makes_nine_attempts_over_28_hours() {
        let schedule = RetrySchedule::default();
        assert_eq!(schedule, RetrySchedule::parse("0s,5s,5m,30m,2h,5h,10h,10h").expect("a good schedule"));
        assert_eq!(schedule.attempts(), 9);
        let total: Duration = (1..9).filter_map(|tries| schedule.wait_after(tries, Jitter::NONE)).sum();
        assert_eq!(total.as_secs(), 5 + 300 + 1_800 + 7_200 + 18_000 + 72_000);
        assert_eq!(schedule.wait_after(9, Jitter::NONE), None);
    }

    #[test]
    fn bad_schedules_say_what_is_wrong() {
        for bad in ["", "5", "5x", "s", "-1s", "8d", "1s,,2s", "1.5s", "ü"] {
            assert!(RetrySchedule::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(RetrySchedule::parse("svix").map(|schedule| schedule.attempts()), Ok(8));
        assert_eq!(RetrySchedule::parse("none").map(|schedule| schedule.attempts()), Ok(1));
    }

    proptest! {
        #[test]
        fn a_schedule_is_read_as_it_was_written(waits in proptest::collection::vec(0_u64..600_000, 0..50)) {
            let waits = waits.into_iter().map(Duration::from_secs).collect();
            let schedule = RetrySchedule::try_new(waits).expect("a good schedule");
            prop_assert_eq!(RetrySchedule::parse(&schedule.to_string()), Ok(schedule));
        }

        #[test]
        fn jitter_stays_within_a_fifth_and_spares_short_waits(draw in 0.0..1.0f64, seconds in 0u64..600_000) {
            let wait = Duration::from_secs(seconds);
            let spread = Jitter::from_draw(draw).spread(wait);
            if seconds <= 60 {
                prop_assert_eq!(spread, wait);
            } else {
                prop_assert!(spread >= wait.mul_f64(0.799) && spread <= wait.mul_f64(1.201));
            }
        }
    }
}
