//! The scales of a chart: numbers that people count in, and times of the day that they know.

use wirepost_control::activity::ActivityRange;
use wirepost_model::timestamp::Timestamp;

use crate::show::number::grouped;

/// Most lines above the lowest.
const LINES_MOST: u64 = 4;

/// A scale from nothing up to a round number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Scale {
    /// From line to line: one, two or five of a power of ten.
    step: u64,
    /// At the topmost line.
    pub(crate) top: u64,
}

impl Scale {
    /// A scale that this fits on.
    pub(crate) fn up_to(highest: u64) -> Self {
        let mut power = 1_u64;
        loop {
            for factor in [1, 2, 5] {
                let step = power.saturating_mul(factor);
                if highest.div_ceil(step) <= LINES_MOST {
                    return Self { step, top: step * highest.div_ceil(step).max(1) };
                }
            }
            power = power.saturating_mul(10);
        }
    }

    /// The numbers at its lines, from nothing to the top.
    pub(crate) fn lines(self) -> impl Iterator<Item = u64> {
        (0..=self.top / self.step).map(move |line| line * self.step)
    }
}

/// A number of a scale as briefly as it can be written.
pub(crate) fn brief(number: u64) -> String {
    for (unit, letter) in [(1_000_000_000, "G"), (1_000_000, "M"), (1_000, "k")] {
        if number >= unit * 10 || (number >= unit && unit > 1_000) {
            let tenths = number / (unit / 10);
            return match tenths % 10 {
                0 => format!("{} {letter}", grouped(tenths / 10)),
                rest => format!("{}.{rest} {letter}", grouped(tenths / 10)),
            };
        }
    }
    grouped(number)
}

/// The instants that are named below a chart, from the first one on that is not before `since`.
pub(crate) fn named_instants(
    range: ActivityRange,
    since: Timestamp,
    until: Timestamp,
) -> impl Iterator<Item = Timestamp> {
    let every = match range {
        ActivityRange::SixHours => 3_600_000,
        ActivityRange::Day => 3 * 3_600_000,
        ActivityRange::Week => 24 * 3_600_000,
    };
    let number = |instant: Timestamp| instant.as_millis().div_euclid(every);
    let first = number(Timestamp::from_millis(since.as_millis() + every - 1));
    (first..=number(until)).map(move |number| Timestamp::from_millis(number * every))
}

/// What such an instant is called: its time of the day, or at midnight its day.
pub(crate) fn name_of(instant: Timestamp) -> String {
    formatted(instant, if instant.as_millis().rem_euclid(86_400_000) == 0 { "%-d %b" } else { "%H:%M" })
}

/// The day and the time of an instant.
pub(crate) fn moment(instant: Timestamp) -> String {
    formatted(instant, "%-d %b %H:%M")
}

fn formatted(instant: Timestamp, format: &str) -> String {
    jiff::Timestamp::from_millisecond(instant.as_millis())
        .map_or_else(|_| String::new(), |instant| instant.strftime(format).to_string())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const NOON: Timestamp = Timestamp::from_millis(1_769_860_800_000);

    #[test]
    fn lines_stand_at_round_numbers_and_the_highest_fits() {
        for (highest, lines) in [
            (0, vec![0, 1]),
            (1, vec![0, 1]),
            (4, vec![0, 1, 2, 3, 4]),
            (5, vec![0, 2, 4, 6]),
            (73, vec![0, 20, 40, 60, 80]),
            (1_999, vec![0, 500, 1_000, 1_500, 2_000]),
        ] {
            assert_eq!(Scale::up_to(highest).lines().collect::<Vec<_>>(), lines, "{highest}");
        }
        for highest in (0..2_000).chain((0..50).map(|power| 3_u64.pow(power % 40))) {
            let scale = Scale::up_to(highest);
            assert!(scale.top >= highest && scale.lines().count() <= 5, "{highest}: {scale:?}");
        }
    }

    #[test]
    fn large_numbers_are_brief() {
        let told = [0, 999, 1_000, 9_500, 20_000, 1_500_000, 2_000_000_000].map(brief);
        assert_eq!(told, ["0", "999", "1,000", "9,500", "20 k", "1.5 M", "2 G"]);
    }

    #[test]
    fn instants_are_named_at_whole_hours_and_midnights() {
        let hour = Duration::from_secs(3_600);
        let told = |range, since, until| named_instants(range, since, until).map(name_of).collect::<Vec<_>>();
        let after = NOON.plus(Duration::from_secs(1));
        assert_eq!(told(ActivityRange::SixHours, NOON, NOON.plus(hour)), ["12:00", "13:00"]);
        assert_eq!(told(ActivityRange::SixHours, after, NOON.plus(hour * 2)), ["13:00", "14:00"]);
        let day = told(ActivityRange::Day, NOON, NOON.plus(hour * 15));
        assert_eq!(day, ["12:00", "15:00", "18:00", "21:00", "1 Feb", "03:00"]);
        assert_eq!(told(ActivityRange::Week, NOON, NOON.plus(hour * 48)), ["1 Feb", "2 Feb"]);
    }
}
