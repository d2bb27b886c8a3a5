//! What lists of messages and attempts are narrowed by: event types and a window of time. All of it stands in the
//! address, so that a view can be shared; a time that was picked as “Yesterday” stays “Yesterday” there.

mod form;
mod times;

use std::collections::BTreeSet;

use serde::Deserialize;
use wirepost_control::{AttemptFilter, MessageFilter};
use wirepost_model::names::{Channel, EventTypeName};
use wirepost_model::timestamp::Timestamp;

use crate::query::address;
use crate::show::Instant;
use crate::wrong::Wrong;

pub(crate) use form::FilterForm;
pub(crate) use times::written;
use times::{CUSTOM, time};

/// What an address says of the filters, as it was typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct FilterQuestion {
    #[serde(default, rename = "type")]
    event_types: BTreeSet<String>,
    #[serde(default)]
    after: String,
    #[serde(default)]
    after_at: String,
    #[serde(default)]
    before: String,
    #[serde(default)]
    before_at: String,
    #[serde(default)]
    channel: String,
    #[serde(default)]
    tag: String,
}

/// What is looked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Filters {
    /// Empty means all.
    pub(crate) event_types: Vec<EventTypeName>,
    pub(crate) after: Option<Timestamp>,
    pub(crate) before: Option<Timestamp>,
    pub(crate) channel: Option<Channel>,
    pub(crate) tag: Option<String>,
}

impl FilterQuestion {
    /// What is looked for, by the time it is now.
    ///
    /// # Errors
    /// What was typed wrong, and where: `type`, `after`, `before` or `channel`.
    pub(crate) fn read(&self, now: Timestamp) -> Result<Filters, Wrong> {
        let names = self.event_types.iter().filter(|name| !name.is_empty()).map(|name| {
            EventTypeName::parse(name).map_err(|_| Wrong::new("type", format!("“{name}” is no event type")))
        });
        let event_types = names.collect::<Result<_, _>>()?;
        let read =
            |field, word, typed| time(word, typed, now).map_err(|sentence| Wrong::new(field, sentence));
        let after = read("after", &self.after, &self.after_at)?;
        let before = read("before", &self.before, &self.before_at)?;
        if let (Some(after), Some(before)) = (after, before)
            && before <= after
        {
            return Err(Wrong::new("before", "must be later than the After Date"));
        }
        let channel = match self.channel.trim() {
            "" => None,
            name => Some(Channel::parse(name).map_err(|invalid| Wrong::new("channel", invalid.reason))?),
        };
        let tag = Some(self.tag.trim().to_owned()).filter(|tag| !tag.is_empty());
        Ok(Filters { event_types, after, before, channel, tag })
    }

    /// What the address says of the filters, to be said again in other addresses.
    pub(crate) fn pairs(&self) -> Vec<(&'static str, &str)> {
        let mut pairs: Vec<_> = self.event_types.iter().map(|name| ("type", name.as_str())).collect();
        for (name, word, typed) in
            [("after", &self.after, &self.after_at), ("before", &self.before, &self.before_at)]
        {
            if !word.is_empty() {
                pairs.push((name, word));
            }
            if word == CUSTOM {
                pairs.push((if name == "after" { "after_at" } else { "before_at" }, typed));
            }
        }
        let labels = [("channel", &self.channel), ("tag", &self.tag)];
        pairs.extend(
            labels
                .into_iter()
                .filter(|(_, typed)| !typed.is_empty())
                .map(|(name, typed)| (name, typed.as_str())),
        );
        pairs
    }

    /// The address of `here` with these filters, and with `more`.
    pub(crate) fn address(&self, here: &str, more: &[(&'static str, &str)]) -> String {
        let mut pairs = self.pairs();
        pairs.extend(more);
        address(here, &pairs)
    }
}

impl Filters {
    /// An end that is open is told where the beginning is not: lists would begin there instead of with the newest.
    fn end(&self) -> Option<Timestamp> {
        self.before.or(self.after.map(|_| Timestamp::from_millis(i64::MAX)))
    }

    /// The filters in words: `asset.created, after 2026-01-31 12:00:00 UTC`.
    fn told(&self) -> Option<String> {
        let mut told = Vec::new();
        match self.event_types.as_slice() {
            [] => {}
            names @ [_] | names @ [_, _] | names @ [_, _, _] => {
                told.push(names.iter().map(EventTypeName::as_str).collect::<Vec<_>>().join(" or "));
            }
            names => told.push(format!("{} event types", names.len())),
        }
        told.extend(self.channel.iter().map(|channel| format!("on the channel {}", channel.as_str())));
        told.extend(self.tag.iter().map(|tag| format!("with the tag {tag}")));
        for (word, at) in [("after", self.after), ("before", self.before)] {
            told.extend(at.map(|at| format!("{word} {}", Instant::from(at).text)));
        }
        (!told.is_empty()).then(|| told.join(", "))
    }
}

impl From<Filters> for MessageFilter {
    fn from(filters: Filters) -> Self {
        let before = filters.end();
        let Filters { event_types, after, channel, tag, .. } = filters;
        Self { event_types, after, before, channel, tag, ..Self::default() }
    }
}

impl From<Filters> for AttemptFilter {
    fn from(filters: Filters) -> Self {
        let before = filters.end();
        let Filters { event_types, after, channel, tag, .. } = filters;
        Self { event_types, after, before, channel, tag, ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::times::days;
    use super::*;

    const NOON: Timestamp = Timestamp::from_millis(1_769_860_800_000);

    fn question(text: &str) -> FilterQuestion {
        serde_html_form::from_str(text).expect("a good question")
    }

    #[test]
    fn what_is_picked_by_a_word_is_told_from_now() {
        let filters = question("type=asset.created&type=asset.moved&after=week&before=5h").read(NOON);
        let filters = filters.expect("all of it is good");
        assert_eq!(
            filters.event_types.iter().map(EventTypeName::as_str).collect::<Vec<_>>(),
            ["asset.created", "asset.moved"]
        );
        assert_eq!(filters.after, Some(NOON.minus(days(7))));
        assert_eq!(filters.before, Some(NOON.minus(Duration::from_secs(18_000))));
        assert_eq!(question("").read(NOON), Ok(Filters::default()));
        assert_eq!(question("after=&before=&after_at=nonsense").read(NOON), Ok(Filters::default()));
    }

    #[test]
    fn a_time_of_its_own_is_in_utc() {
        for typed in [
            "2026-01-31T12:00",
            "2026-01-31 12:00:00",
            "2026-01-31 12:00:00 UTC",
            "2026-01-31T13:00:00%2B01:00",
        ] {
            let filters = question(&format!("after=custom&after_at={typed}")).read(NOON);
            assert_eq!(filters.map(|filters| filters.after), Ok(Some(NOON)), "{typed}");
        }
        let midnight = question("before=custom&before_at=2026-01-31").read(NOON).expect("a good day");
        assert_eq!(midnight.before, Some(NOON.minus(Duration::from_secs(12 * 3_600))));
    }

    #[test]
    fn what_cannot_be_read_is_refused_at_its_field() {
        for (text, field) in [
            ("after=custom", "after"),
            ("after=custom&after_at=2026-02-31", "after"),
            ("before=tomorrow", "before"),
            ("before=custom&before_at=soon", "before"),
            ("after=5h&before=week", "before"),
            ("after=custom&after_at=2026-01-01&before=custom&before_at=2026-01-01", "before"),
            ("type=not+one", "type"),
            ("channel=not+one", "channel"),
        ] {
            let wrong = question(text).read(NOON).expect_err(text);
            assert!(wrong.at(field).is_some(), "{text}: {wrong:?}");
        }
    }

    #[test]
    fn an_address_says_again_what_it_said() {
        for text in [
            "",
            "type=asset.created&type=asset.moved&after=week",
            "after=custom&after_at=2026-01-31T12%3A00&before=yesterday",
            "channel=eu&tag=a+%26b",
        ] {
            let asked = question(text);
            assert_eq!(question(asked.address("", &[]).trim_start_matches('?')), asked);
        }
        assert_eq!(
            question("after=week&after_at=x").address("/a", &[("older", "m")]),
            "/a?after=week&older=m"
        );
        assert_eq!(question("").address("/a", &[]), "/a");
    }

    #[test]
    fn filters_are_told_in_words() {
        let told = |text| question(text).read(NOON).expect("all of it is good").told();
        assert_eq!(told(""), None);
        let both = "asset.created or asset.moved, before 2026-01-31 07:00:00 UTC".to_owned();
        assert_eq!(told("type=asset.created&type=asset.moved&before=5h"), Some(both));
        assert_eq!(told("channel=eu&tag=x").as_deref(), Some("on the channel eu, with the tag x"));
        assert_eq!(told("type=a.b&type=a.c&type=a.d&type=a.e"), Some("4 event types".to_owned()));
    }
}
