//! Which messages are meant: those accepted in a window of time, picked by a word or written out in UTC.

use std::time::Duration;

use serde::Deserialize;
use wirepost_model::timestamp::Timestamp;

use crate::filters::written;
use crate::wrong::Wrong;

/// Windows that end now: the word in the address, how it is shown, and how many hours it is long.
const AGES: [(&str, &str, u64); 4] = [
    ("5h", "The last 5 hours", 5),
    ("day", "The last 24 hours", 24),
    ("week", "The last 7 days", 7 * 24),
    ("fortnight", "The last 14 days", 14 * 24),
];
/// The window of those who pick none.
const USUAL: &str = "day";
/// The word for a window that is written out.
const CUSTOM: &str = "custom";

/// A window as it was asked for.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct WindowQuestion {
    #[serde(default)]
    window: String,
    #[serde(default)]
    pub(crate) since: String,
    #[serde(default)]
    pub(crate) until: String,
}

/// A window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) since: Timestamp,
    /// Until now where it is not said.
    pub(crate) until: Option<Timestamp>,
}

/// A window that can be picked.
pub(crate) struct WindowOption {
    pub(crate) value: &'static str,
    pub(crate) text: &'static str,
    pub(crate) is_chosen: bool,
}

impl WindowQuestion {
    /// The window, by the time it is now; none while it is still to be written out.
    ///
    /// # Errors
    /// What was written wrong: `since` or `until`.
    pub(crate) fn read(&self, now: Timestamp) -> Result<Option<Window>, Wrong> {
        if !self.is_custom() {
            let hours = AGES.iter().find(|(word, ..)| *word == self.word()).map_or(24, |(.., hours)| *hours);
            let since = now.minus(Duration::from_secs(hours * 3_600));
            return Ok(Some(Window { since, until: None }));
        }
        let read = |field, typed: &str| match typed.trim() {
            "" => Ok(None),
            typed => written(typed)
                .map(Some)
                .ok_or_else(|| Wrong::new(field, "must be a date and time in UTC, such as 2026-01-31 12:00")),
        };
        let until = read("until", &self.until)?;
        Ok(read("since", &self.since)?.map(|since| Window { since, until }))
    }

    /// Whether it is written out.
    fn is_custom(&self) -> bool {
        self.window == CUSTOM
    }

    /// The word that was picked.
    pub(crate) fn word(&self) -> &str {
        let known = |word: &str| word == CUSTOM || AGES.iter().any(|(age, ..)| *age == word);
        if known(&self.window) { &self.window } else { USUAL }
    }

    /// What can be picked.
    pub(crate) fn options(&self) -> Vec<WindowOption> {
        let ages = AGES.iter().map(|(value, text, _)| (*value, *text)).chain([(CUSTOM, "Custom, in UTC")]);
        ages.map(|(value, text)| WindowOption { value, text, is_chosen: value == self.word() }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp::from_millis(1_769_860_800_000);

    fn asked(window: &str, since: &str, until: &str) -> WindowQuestion {
        let [window, since, until] = [window, since, until].map(str::to_owned);
        WindowQuestion { window, since, until }
    }

    #[test]
    fn a_picked_window_ends_now() {
        for (word, hours) in [("5h", 5), ("week", 168), ("", 24), ("for ever", 24)] {
            let since = NOON.minus(Duration::from_secs(hours * 3_600));
            let read = asked(word, "ignored", "").read(NOON);
            assert_eq!(read, Ok(Some(Window { since, until: None })), "{word}");
        }
    }

    #[test]
    fn a_written_window_is_in_utc() {
        let read = asked("custom", "2026-01-31T12:00", "2026-01-31 12:00:00 UTC").read(NOON);
        assert_eq!(read, Ok(Some(Window { since: NOON, until: Some(NOON) })));
        assert_eq!(asked("custom", "", "").read(NOON), Ok(None));
        let wrong = asked("custom", "yesterday", "").read(NOON).expect_err("that is no date");
        assert!(wrong.at("since").is_some());
        assert!(
            asked("custom", "2026-01-31", "soon").read(NOON).is_err_and(|wrong| wrong.at("until").is_some())
        );
    }
}
