//! Filters by time as bounds on keys, so that a list begins near the rows it wants instead of walking to them.

use std::time::Duration;

use wirepost_model::id_source::first_key_at;
use wirepost_model::timestamp::Timestamp;

use crate::listing::Listing;

/// How far a key may lie from the instant in its row: a clock that was set back leaves keys ahead of the time, and
/// an attempt gets its id some time after it began.
pub(crate) const SLACK: Duration = Duration::from_secs(60 * 60);

/// The rows between two instants, both excluded.
pub(crate) struct KeyRange {
    before: Option<Timestamp>,
    after: Option<Timestamp>,
}

impl KeyRange {
    pub(crate) fn new(before: Option<Timestamp>, after: Option<Timestamp>) -> Self {
        Self { before, after }
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
