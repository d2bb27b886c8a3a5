//! Instants in UTC and how long things last.

use std::fmt::Write;
use std::time::Duration;

use wirepost_model::timestamp::Timestamp;

/// An instant, for machines and for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Instant {
    /// RFC 3339, for the attribute that scripts read.
    pub(crate) exact: String,
    /// To the second, in UTC.
    pub(crate) text: String,
}

impl From<Timestamp> for Instant {
    fn from(instant: Timestamp) -> Self {
        let exact = instant.to_string();
        let text = format!("{} UTC", exact.get(..19).unwrap_or(&exact).replacen('T', " ", 1));
        Self { exact, text }
    }
}

/// How long something lasts, in its two largest units: `4 d 3 h`, `12 min`, `5 s`, `230 ms`.
pub(crate) fn lasting(duration: Duration) -> String {
    const UNITS: [(u64, &str); 4] = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];
    if duration < Duration::from_secs(1) {
        return format!("{} ms", duration.as_millis());
    }
    let mut rest = duration.as_secs();
    let mut text = String::new();
    for (length, unit) in UNITS.into_iter().skip_while(|(length, _)| duration.as_secs() < *length).take(2) {
        if rest >= length {
            let gap = if text.is_empty() { "" } else { " " };
            write!(text, "{gap}{} {unit}", rest / length).expect("a text takes all that is written");
            rest %= length;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_shown_in_utc_to_the_second() {
        let shown = Instant::from(Timestamp::from_millis(1_769_860_800_123));
        assert_eq!(shown.text, "2026-01-31 12:00:00 UTC");
        assert_eq!(shown.exact, "2026-01-31T12:00:00.123Z");
    }

    #[test]
    fn durations_are_told_in_their_two_largest_units() {
        let told = |millis| lasting(Duration::from_millis(millis));
        assert_eq!(told(0), "0 ms");
        assert_eq!(told(999), "999 ms");
        assert_eq!(told(61_000), "1 min 1 s");
        assert_eq!(told(3_600_000), "1 h");
        assert_eq!(told(86_400_000 * 4 + 3_600_000 * 3 + 59_000), "4 d 3 h");
    }
}
