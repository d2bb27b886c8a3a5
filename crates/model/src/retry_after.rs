//! Reads `Retry-After` (RFC 9110 §10.2.3): seconds or an HTTP date.

use std::time::{Duration, UNIX_EPOCH};

use crate::timestamp::Timestamp;

/// A receiver cannot push a delivery further away than this.
pub const RETRY_AFTER_MOST: Duration = Duration::from_secs(24 * 60 * 60);

/// How long to wait from `now`, or `None` when the value says nothing usable. Capped at [`RETRY_AFTER_MOST`].
pub fn parse_retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    let wait = if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than a u64 holds still means "long": the cap applies.
        Duration::from_secs(value.parse().unwrap_or(u64::MAX))
    } else {
        let date = httpdate::parse_http_date(value).ok()?;
        let millis = date.duration_since(UNIX_EPOCH).ok()?.as_millis();
        Timestamp::from_millis(i64::try_from(millis).ok()?).since(now)
    };
    Some(wait.min(RETRY_AFTER_MOST))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(784_111_777_000); // Sun, 06 Nov 1994 08:49:37 GMT

    #[test]
    fn seconds_and_dates_are_read() {
        assert_eq!(parse_retry_after("120", NOW), Some(Duration::from_secs(120)));
        assert_eq!(parse_retry_after("Sun, 06 Nov 1994 08:50:37 GMT", NOW), Some(Duration::from_secs(60)));
        assert_eq!(parse_retry_after("Sun, 06 Nov 1994 08:00:00 GMT", NOW), Some(Duration::ZERO));
    }

    #[test]
    fn nonsense_is_ignored_and_eternity_capped() {
        for nonsense in ["", "soon", "-5", "1.5"] {
            assert_eq!(parse_retry_after(nonsense, NOW), None, "{nonsense}");
        }
        assert_eq!(parse_retry_after("99999999999999999999999", NOW), Some(RETRY_AFTER_MOST));
        assert_eq!(parse_retry_after("Sat, 06 Nov 2094 08:50:37 GMT", NOW), Some(RETRY_AFTER_MOST));
    }
}
