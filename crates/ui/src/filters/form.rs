//! The filters as a form: what can be picked, what was typed, and what is wrong with it.

use std::collections::BTreeSet;

use wirepost_control::caller::AppAccess;
use wirepost_model::event_type::EventType;

use super::times::{AGES, CUSTOM, written};
use super::{FilterQuestion, Filters};
use crate::endpoints::event_choice::{Choice, Topic, topics};
use crate::fault::Fault;
use crate::query::address;
use crate::state::UiState;
use crate::wrong::Wrong;

/// The filters as a form that `parts/filters.html` draws.
pub(crate) struct FilterForm {
    /// The page that the form leads to.
    pub(crate) here: String,
    /// Where in it, as `#list`.
    pub(crate) anchor: &'static str,
    /// What else the address says, and goes on saying.
    pub(crate) kept: Vec<(&'static str, String)>,
    pub(crate) topics: Vec<Topic>,
    pub(crate) times: [TimeField; 2],
    pub(crate) channel: String,
    pub(crate) tag: String,
    /// The filters in words, where there are any.
    pub(crate) told: Option<String>,
    /// Whether the address says anything of them.
    pub(crate) is_used: bool,
    chosen: usize,
    wrong: Option<Wrong>,
}

/// One end of the window of time.
pub(crate) struct TimeField {
    pub(crate) name: &'static str,
    pub(crate) label: &'static str,
    pub(crate) options: Vec<TimeOption>,
    /// What was typed as a time of its own, and the kind of input that can show it.
    pub(crate) custom: String,
    pub(crate) input: &'static str,
    pub(crate) wrong: Option<String>,
}

/// A time that can be picked.
pub(crate) struct TimeOption {
    pub(crate) value: &'static str,
    pub(crate) text: &'static str,
    pub(crate) is_chosen: bool,
}

impl FilterQuestion {
    /// The filters as a form of the page `here`, with what was typed and what is wrong with it.
    pub(crate) async fn form(
        &self,
        state: &UiState,
        access: &AppAccess,
        here: &str,
        kept: &[(&'static str, &str)],
        read: &Result<Filters, Wrong>,
    ) -> Result<FilterForm, Fault> {
        let topics = self.topics(state.control.all_event_types(access).await?);
        let wrong = read.as_ref().err().cloned();
        let wrong_at = |field: &str| wrong.as_ref().and_then(|wrong| wrong.at(field)).map(str::to_owned);
        let times = [
            TimeField::new(
                "after",
                ("After Date", "Earliest"),
                &self.after,
                &self.after_at,
                wrong_at("after"),
            ),
            TimeField::new(
                "before",
                ("Before Date", "Now"),
                &self.before,
                &self.before_at,
                wrong_at("before"),
            ),
        ];
        Ok(FilterForm {
            here: here.to_owned(),
            anchor: "",
            kept: kept.iter().map(|(name, value)| (*name, (*value).to_owned())).collect(),
            topics,
            times,
            channel: self.channel.clone(),
            tag: self.tag.clone(),
            is_used: !self.pairs().is_empty(),
            told: read.as_ref().ok().and_then(Filters::told),
            chosen: self.event_types.len(),
            wrong,
        })
    }

    /// The catalogue by topics. What is chosen but not told there any more can still be looked for.
    fn topics(&self, event_types: Vec<EventType>) -> Vec<Topic> {
        let known: BTreeSet<String> =
            event_types.iter().map(|event_type| event_type.name.to_string()).collect();
        let mut topics = topics(event_types, &self.event_types);
        let unknown = self.event_types.difference(&known);
        let choice =
            |name: &String| Choice { name: name.clone(), description: String::new(), is_chosen: true };
        let choices: Vec<Choice> = unknown.map(choice).collect();
        if !choices.is_empty() {
            topics.insert(0, Topic { name: "Not in the catalogue".to_owned(), choices });
        }
        topics
    }
}

impl FilterForm {
    /// How many event types are chosen, in words.
    pub(crate) fn chosen_words(&self) -> String {
        match self.chosen {
            0 => "All".to_owned(),
            count => format!("{count} selected"),
        }
    }

    /// Whether all that was typed could be read.
    pub(crate) fn is_read(&self) -> bool {
        self.wrong.is_none()
    }

    /// The page without filters.
    pub(crate) fn cleared(&self) -> String {
        let kept: Vec<_> = self.kept.iter().map(|(name, value)| (*name, value.as_str())).collect();
        address(&self.here, &kept) + self.anchor
    }

    pub(crate) fn wrong_event_type(&self) -> Option<&str> {
        self.wrong.as_ref().and_then(|wrong| wrong.at("type"))
    }

    pub(crate) fn wrong_channel(&self) -> Option<&str> {
        self.wrong.as_ref().and_then(|wrong| wrong.at("channel"))
    }

    /// What is looked for besides, in a few words.
    pub(crate) fn labels(&self) -> &'static str {
        match (self.channel.is_empty(), self.tag.is_empty()) {
            (true, true) => "Any",
            (false, true) => "Channel",
            (true, false) => "Tag",
            (false, false) => "Channel, tag",
        }
    }
}

impl TimeField {
    fn new(
        name: &'static str,
        (label, open): (&'static str, &'static str),
        word: &str,
        typed: &str,
        wrong: Option<String>,
    ) -> Self {
        let ages = AGES.iter().map(|(value, text, _)| (*value, *text));
        let options = [("", open)].into_iter().chain(ages).chain([(CUSTOM, "Custom")]);
        let options = options.map(|(value, text)| TimeOption { value, text, is_chosen: value == word });
        let (custom, input) = match written(typed.trim()) {
            Some(instant) => (instant.to_string().get(..19).unwrap_or_default().to_owned(), "datetime-local"),
            None if typed.is_empty() => (String::new(), "datetime-local"),
            None => (typed.to_owned(), "text"),
        };
        Self { name, label, options: options.collect(), custom, input, wrong }
    }
}
