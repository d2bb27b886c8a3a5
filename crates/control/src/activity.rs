//! What was sent to an app's endpoints in the last hours or days, from counters alone.

use std::time::Duration;

use wirepost_model::ids::EndpointId;
use wirepost_model::timestamp::Timestamp;

pub use wirepost_store::stats::Counts;

use crate::caller::AppAccess;
use crate::{Control, ControlError, ControlResult};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
/// Most counters that are looked at: a week of a hundred endpoints that are never quiet.
const COUNTERS_MOST: usize = 250_000;

/// How far back it is looked, always from now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ActivityRange {
    /// Six hours, by five minutes.
    #[default]
    SixHours,
    /// 24 hours, by half hours.
    Day,
    /// Seven days, by two hours.
    Week,
}

/// What was sent in a range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activity {
    /// How far back it was looked.
    pub range: ActivityRange,
    /// When it was looked.
    pub until: Timestamp,
    /// All endpoints and points together, deleted endpoints too.
    pub total: Counts,
    /// One after another, with those in which nothing happened; they begin at whole steps of the range. The first
    /// holds only what is in the range, the last what happened so far.
    pub points: Vec<Counts>,
    /// By endpoint, deleted ones too, where anything was attempted: most attempts first.
    pub endpoints: Vec<(EndpointId, Counts)>,
}

impl ActivityRange {
    /// All of them, the shortest first.
    pub const ALL: [Self; 3] = [Self::SixHours, Self::Day, Self::Week];

    /// The word that addresses carry.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SixHours => "6h",
            Self::Day => "24h",
            Self::Week => "7d",
        }
    }

    /// The range of this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|range| range.as_str() == word)
    }

    /// How long it is.
    pub fn length(self) -> Duration {
        match self {
            Self::SixHours => HOUR * 6,
            Self::Day => HOUR * 24,
            Self::Week => HOUR * 24 * 7,
        }
    }

    /// How long one of its points is.
    pub fn step(self) -> Duration {
        match self {
            Self::SixHours => MINUTE * 5,
            Self::Day => MINUTE * 30,
            Self::Week => HOUR * 2,
        }
    }
}

impl Control {
    /// What was sent to the app's endpoints in the last hours or days, exact to the five minutes of its beginning.
    ///
    /// # Errors
    /// `LimitReached` where there are too many counters to look at; `Unavailable`.
    pub async fn activity(&self, access: &AppAccess, range: ActivityRange) -> ControlResult<Activity> {
        let until = self.now();
        let since = until.minus(range.length());
        let found = self.store().app_activity(access.id(), since, until, COUNTERS_MOST).await?;
        let Some(found) = found else {
            let sentence = "So many endpoints were busy for so long that it takes too long to sum them up: \
                            ask for a shorter time";
            return Err(ControlError::LimitReached(sentence.to_owned()));
        };
        let mut activity = Activity::blank(range, since, until);
        for counts in &found.by_span {
            activity.add(counts);
        }
        activity.endpoints = found.by_endpoint;
        activity.endpoints.retain(|(_, counts)| counts.attempts() > 0);
        activity.endpoints.sort_by_key(|(_, counts)| std::cmp::Reverse(counts.attempts()));
        Ok(activity)
    }
}

impl Activity {
    fn blank(range: ActivityRange, since: Timestamp, until: Timestamp) -> Self {
        let number = |instant: Timestamp| instant.as_millis().div_euclid(range.step_millis());
        let from = |number: i64| Timestamp::from_millis(number * range.step_millis());
        let blank = |number| Counts { from: from(number), ..Counts::default() };
        let points: Vec<Counts> = (number(since)..=number(until)).map(blank).collect();
        let total = Counts { from: since, ..Counts::default() };
        Self { range, until, total, points, endpoints: Vec::new() }
    }

    fn add(&mut self, counts: &Counts) {
        let first = self.points.first().map_or(self.until, |point| point.from);
        let at = (counts.from.as_millis() - first.as_millis()).div_euclid(self.range.step_millis());
        if let Some(point) = usize::try_from(at).ok().and_then(|at| self.points.get_mut(at)) {
            point.add(counts);
            self.total.add(counts);
        }
    }
}

impl ActivityRange {
    fn step_millis(self) -> i64 {
        i64::try_from(self.step().as_millis()).expect("a step is a few hours at most")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-01-31T12:00:00Z.
    const NOON: Timestamp = Timestamp::from_millis(1_769_860_800_000);

    #[test]
    fn points_begin_at_whole_steps_and_hold_the_whole_range() {
        for (range, count) in
            [(ActivityRange::SixHours, 73), (ActivityRange::Day, 49), (ActivityRange::Week, 85)]
        {
            for past_noon in [Duration::ZERO, range.step() - Duration::from_millis(1)] {
                let until = NOON.plus(past_noon);
                let since = until.minus(range.length());
                let activity = Activity::blank(range, since, until);
                let [first, .., last] = &activity.points[..] else { panic!("there are several") };
                assert_eq!(activity.points.len(), count);
                assert!(first.from <= since && since < first.from.plus(range.step()));
                assert!(last.from <= until && until < last.from.plus(range.step()));
                assert_eq!(first.from.as_millis() % range.step_millis(), 0);
            }
        }
    }

    #[test]
    fn what_happened_is_counted_in_its_point_and_in_all() {
        let mut activity = Activity::blank(ActivityRange::Day, NOON.minus(HOUR * 24), NOON);
        let counts = |from, attempts_failed| Counts { from, attempts_failed, ..Counts::default() };
        activity.add(&counts(NOON.minus(HOUR * 24), 1));
        activity.add(&counts(NOON.minus(MINUTE * 5), 2));
        activity.add(&counts(NOON, 4));
        activity.add(&counts(NOON.minus(HOUR * 24 + MINUTE * 5), 9));
        let failed: Vec<u64> = activity.points.iter().map(|point| point.attempts_failed).collect();
        assert_eq!((failed[0], failed[47], failed[48]), (1, 2, 4));
        assert_eq!(activity.total.attempts(), 7);
    }

    #[test]
    fn words_lead_back_to_the_range() {
        for range in ActivityRange::ALL {
            assert_eq!(ActivityRange::from_word(range.as_str()), Some(range));
        }
        assert_eq!(ActivityRange::from_word("1y"), None);
    }
}
