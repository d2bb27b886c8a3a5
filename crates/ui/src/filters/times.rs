//! Times as people pick or write them: “Yesterday”, or a date in UTC.

use std::time::Duration;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use wirepost_model::timestamp::Timestamp;

/// Times that are picked by a word: the word in the address, how it is shown, and how long ago it is.
pub(super) const AGES: [(&str, &str, Duration); 4] = [
    ("month", "Last Month", days(30)),
    ("week", "Last Week", days(7)),
    ("yesterday", "Yesterday", days(1)),
    ("5h", "5 hours ago", Duration::from_secs(5 * 3_600)),
];
/// The word for a time that is written out.
pub(super) const CUSTOM: &str = "custom";

/// The instant that was picked or written; `None` for the open end.
pub(super) fn time(word: &str, typed: &str, now: Timestamp) -> Result<Option<Timestamp>, &'static str> {
    if word.is_empty() {
        return Ok(None);
    }
    if let Some((.., age)) = AGES.iter().find(|(known, ..)| *known == word) {
        return Ok(Some(now.minus(*age)));
    }
    let typed = typed.trim();
    match word == CUSTOM {
        true if typed.is_empty() => Err("needs a date and time, in UTC"),
        true => written(typed).map(Some).ok_or("must be a date and time in UTC, such as 2026-01-31 12:00"),
        false => Err("is none of those that can be picked"),
    }
}

/// A date, with or without a time, in UTC; or an instant with an offset of its own.
pub(crate) fn written(typed: &str) -> Option<Timestamp> {
    if let Ok(instant) = Timestamp::parse(typed) {
        return Some(instant);
    }
    let plain = typed.strip_suffix("UTC").unwrap_or(typed).trim_end();
    let instant = plain.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp();
    Some(Timestamp::from_millis(instant.as_millisecond()))
}

pub(super) const fn days(count: u64) -> Duration {
    Duration::from_secs(count * 86_400)
}
