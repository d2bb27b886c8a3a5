//! Filters by time as bounds on keys, so that a list begins near the rows it wants instead of walking to them.

use std::time::Duration;

use wirepost_model::id_source::first_key_at;
use wirepost_model::timestamp::Timestamp;

use crate::listing::{Listing, Walk};

/// How far a key may lie from the instant in its row: a clock that was set back leaves keys ahead of the time, and
/// an attempt gets its id some time after it began.
pub(crate) const SLACK: Duration = Duration::from_secs(60 * 60);

/// Of rows whose keys run ahead of the time, so many are looked at where a list is bounded by time: an hour's rows
/// would be too many to walk past.
const AHEAD_MOST: u32 = 4_096;

/// The rows between two instants, both excluded.
pub(crate) struct KeyRange {
    before: Option<Timestamp>,
    after: Option<Timestamp>,
}

impl KeyRange {
    pub(crate) fn new(before: Option<Timestamp>, after: Option<Timestamp>) -> Self {
        Self { before, after }
    }

    /// Adds the bounds for a list along this walk. No key lies before the instant in its row; of rows whose keys run
    /// ahead of it, which are none unless a clock was set back, no more than the nearest are found.
    pub(crate) fn bound_along(&self, listing: &mut Listing, walk: &Walk, instant: &str) {
        self.bound_keys(listing, walk);
        if let Some(before) = self.before {
            listing.and(&format!("{instant} < ?"), before.as_millis());
        }
        if let Some(after) = self.after {
            listing.and(&format!("{instant} > ?"), after.as_millis());
        }
    }

    /// The bounds on keys alone.
    pub(crate) fn bound_keys(&self, listing: &mut Listing, walk: &Walk) {
        if let Some(before) = self.before {
            let (from, to) = (first_key_at(before), first_key_at(before.plus(SLACK)));
            let (sql, key) = (&walk.sql, walk.key);
            let nearest =
                format!("{sql} AND {key} >= ? AND {key} < ? ORDER BY {key} LIMIT 1 OFFSET {AHEAD_MOST}");
            let values = walk.values.iter().cloned().chain([from.into(), to.into(), to.into()]);
            listing.and_all(&format!("{key} < coalesce(({nearest}), ?)"), values);
        }
        if let Some(after) = self.after {
            listing.and(&format!("{} >= ?", walk.key), first_key_at(after));
        }
    }

    /// Adds the bounds: roughly on the key, for the index, and exactly on the instant.
    pub(crate) fn bound(&self, listing: &mut Listing, key: &str, instant: &str) {
        if let Some(before) = self.before {
            listing.and(&format!("{key} < ?"), first_key_at(before.plus(SLACK)));
            listing.and(&format!("{instant} < ?"), before.as_millis());
        }
        if let Some(after) = self.after {
            listing.and(&format!("{key} >= ?"), first_key_at(after.minus(SLACK)));
            listing.and(&format!("{instant} > ?"), after.as_millis());
        }
    }
}
