//! What an app's attempts came to: in all, by event type, and over time.

use std::collections::BTreeMap;
use std::time::Duration;

use wirepost_model::names::EventTypeName;
use wirepost_model::timestamp::Timestamp;
use wirepost_store::app_stats::EventTypeCounts;

use crate::caller::AppAccess;
use crate::stats::check_period;
use crate::{Control, ControlError, ControlResult};

/// Most attempts that are looked at one by one, for the sake of their event types.
const LOOKED_AT_MOST: usize = 250_000;
const DAY: Duration = Duration::from_secs(86_400);

/// How attempts came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AttemptSums {
    /// So many succeeded.
    pub success: u64,
    /// So many failed.
    pub failure: u64,
}

/// An app's attempts in a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppAttemptStats {
    /// Where the period begins.
    pub since: Timestamp,
    /// Where it ends.
    pub until: Timestamp,
    /// The attempts of each event type that had any.
    pub by_event_type: BTreeMap<EventTypeName, AttemptSums>,
}

/// How long one point of a series lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatisticsPeriod {
    /// Five minutes.
    FiveMinutes,
    /// An hour.
    OneHour,
    /// A day, in UTC.
    OneDay,
}

/// An app's attempts over time, one point after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptSeries {
    /// Where the first point begins.
    pub start: Timestamp,
    /// Where the series was asked to end, in its last point.
    pub end: Timestamp,
    /// How long a point lasts.
    pub period: StatisticsPeriod,
    /// The points.
    pub points: Vec<AttemptSums>,
}

impl Control {
    /// An app's attempts of these event types, all where none is named, in a period; by default the last 28 days.
    ///
    /// # Errors
    /// `Invalid`; `LimitReached` where the period holds too many attempts to look at; `Unavailable`.
    pub async fn app_attempt_stats(
        &self,
        access: &AppAccess,
        since: Option<Timestamp>,
        until: Option<Timestamp>,
        event_types: &[EventTypeName],
    ) -> ControlResult<AppAttemptStats> {
        let (since, until) = check_period(["since", "until"], since, until, self.now())?;
        let mut by_event_type: BTreeMap<EventTypeName, AttemptSums> = BTreeMap::new();
        for counts in self.attempts_of_types(access, since, until, event_types).await? {
            let sums = by_event_type.entry(counts.event_type).or_default();
            sums.success += counts.succeeded;
            sums.failure += counts.failed;
        }
        Ok(AppAttemptStats { since, until, by_event_type })
    }

    /// An app's attempts over time. Points begin at whole periods, so the first may begin before `start`.
    ///
    /// # Errors
    /// As [`Self::app_attempt_stats`]; without event types the counters answer, and no period is too full.
    pub async fn app_attempt_series(
        &self,
        access: &AppAccess,
        start: Option<Timestamp>,
        end: Option<Timestamp>,
        period: StatisticsPeriod,
        event_types: &[EventTypeName],
    ) -> ControlResult<AttemptSeries> {
        let now = self.now();
        let start = start.or_else(|| Some(end.unwrap_or(now).minus(period.shown_by_default())));
        let (start, end) = check_period(["startDate", "endDate"], start, end, now)?;
        let mut series = AttemptSeries::blank(start, end, period);
        if event_types.is_empty() {
            for counts in self.store().app_counts(access.id(), series.start, end).await? {
                series.add(counts.from, counts.attempts_succeeded, counts.attempts_failed);
            }
        } else {
            for counts in self.attempts_of_types(access, series.start, end, event_types).await? {
                series.add(counts.from, counts.succeeded, counts.failed);
            }
        }
        Ok(series)
    }

    async fn attempts_of_types(
        &self,
        access: &AppAccess,
        since: Timestamp,
        until: Timestamp,
        event_types: &[EventTypeName],
    ) -> ControlResult<Vec<EventTypeCounts>> {
        let found = self.store().attempts_by_event_type(access.id(), since, until, LOOKED_AT_MOST).await?;
        let Some(mut found) = found else {
            let sentence =
                format!("The period holds more than {LOOKED_AT_MOST} attempts: ask for a shorter one");
            return Err(ControlError::LimitReached(sentence));
        };
        found.retain(|counts| event_types.is_empty() || event_types.contains(&counts.event_type));
        Ok(found)
    }
}

impl AppAttemptStats {
    /// All event types together.
    pub fn total(&self) -> AttemptSums {
        self.by_event_type.values().fold(AttemptSums::default(), |total, sums| AttemptSums {
            success: total.success + sums.success,
            failure: total.failure + sums.failure,
        })
    }
}

impl StatisticsPeriod {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::FiveMinutes, Self::OneHour, Self::OneDay];

    /// The word that callers know it by.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FiveMinutes => "FiveMinutes",
            Self::OneHour => "OneHour",
            Self::OneDay => "OneDay",
        }
    }

    /// The period of this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|period| period.as_str() == word)
    }

    fn millis(self) -> i64 {
        match self {
            Self::FiveMinutes => 5 * 60_000,
            Self::OneHour => 60 * 60_000,
            Self::OneDay => 24 * 60 * 60_000,
        }
    }

    fn shown_by_default(self) -> Duration {
        match self {
            Self::FiveMinutes => DAY,
            Self::OneHour => DAY * 7,
            Self::OneDay => DAY * 28,
        }
    }
}

impl AttemptSeries {
    fn blank(start: Timestamp, end: Timestamp, period: StatisticsPeriod) -> Self {
        let number = |instant: Timestamp| instant.as_millis().div_euclid(period.millis());
        let count = usize::try_from(number(end) - number(start) + 1).unwrap_or_default();
        let start = Timestamp::from_millis(number(start) * period.millis());
        Self { start, end, period, points: vec![AttemptSums::default(); count] }
    }

    fn add(&mut self, from: Timestamp, success: u64, failure: u64) {
        let at = (from.as_millis() - self.start.as_millis()).div_euclid(self.period.millis());
        let point = usize::try_from(at).ok().and_then(|at| self.points.get_mut(at));
        if let Some(point) = point {
            point.success += success;
            point.failure += failure;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp::from_millis(1_769_860_800_000);

    #[test]
    fn points_begin_at_whole_periods_and_hold_both_ends() {
        let end = NOON.plus(Duration::from_secs(90 * 60));
        let mut series =
            AttemptSeries::blank(NOON.plus(Duration::from_secs(60)), end, StatisticsPeriod::OneHour);
        assert_eq!((series.start, series.points.len()), (NOON, 2));
        series.add(NOON, 1, 2);
        series.add(end, 3, 4);
        series.add(NOON.minus(Duration::from_millis(1)), 9, 9);
        let expected = [AttemptSums { success: 1, failure: 2 }, AttemptSums { success: 3, failure: 4 }];
        assert_eq!(series.points, expected);
        assert_eq!(AttemptSeries::blank(NOON, NOON, StatisticsPeriod::OneDay).points.len(), 1);
    }
}
