//! `before` and `after` of a list, one of them at most: an instant, or what a row of the list is known by.

use wirepost_model::timestamp::Timestamp;

use super::answer::{DamError, DamResult};
use crate::openapi::query::{self, QueryParameter};
use crate::parameters::Parameters;

/// What of a list is wanted.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Range {
    All,
    Before(Edge),
    After(Edge),
}

/// Where a list is cut; what stands at the edge is left out.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Edge {
    Instant(Timestamp),
    Row(String),
}

/// The range in the query of a list, in words.
pub(super) fn range() -> [QueryParameter; 2] {
    [
        query::text("before", "Only what stands before this instant, id or name; never together with after"),
        query::text("after", "Only what stands after it"),
    ]
}

impl Range {
    pub(super) fn read(parameters: &Parameters) -> DamResult<Self> {
        match (parameters.text("before"), parameters.text("after")) {
            (Some(_), Some(_)) => Err(DamError::bad_request("query: give before or after, not both")),
            (Some(before), None) => Ok(Self::Before(Edge::read(parameters, "before", before))),
            (None, Some(after)) => Ok(Self::After(Edge::read(parameters, "after", after))),
            (None, None) => Ok(Self::All),
        }
    }

    /// Whether a row is wanted that was made at this instant and is known by this.
    pub(super) fn holds(&self, made_at: Timestamp, known_by: &str) -> bool {
        match self {
            Self::All => true,
            Self::Before(Edge::Instant(at)) => made_at < *at,
            Self::After(Edge::Instant(at)) => made_at > *at,
            // Ids rise with time, and names stand in order: both as text.
            Self::Before(Edge::Row(edge)) => known_by < edge.as_str(),
            Self::After(Edge::Row(edge)) => known_by > edge.as_str(),
        }
    }
}

impl Edge {
    fn read(parameters: &Parameters, name: &str, text: &str) -> Self {
        match parameters.instant(name) {
            Ok(Some(instant)) => Self::Instant(instant),
            _ => Self::Row(text.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> DamResult<Range> {
        Range::read(&Parameters::parse(query)?)
    }

    #[test]
    fn before_and_after_exclude_each_other() {
        assert!(read("before=a&after=b").is_err());
        assert!(read("before=").is_err());
        assert_eq!(read("").expect("none is fine"), Range::All);
    }

    #[test]
    fn a_list_is_cut_at_an_instant_or_at_a_row() {
        let at = Timestamp::from_millis(1_769_860_800_000);
        let (earlier, later) =
            (Timestamp::from_millis(1_769_860_799_999), Timestamp::from_millis(1_769_860_800_001));
        let after = read("after=2026-01-31T12:00:00Z").expect("a good range");
        assert_eq!([earlier, at, later].map(|made_at| after.holds(made_at, "x")), [false, false, true]);
        let before = read("before=m").expect("a good range");
        assert_eq!(["l", "m", "n"].map(|name| before.holds(at, name)), [true, false, false]);
    }
}
