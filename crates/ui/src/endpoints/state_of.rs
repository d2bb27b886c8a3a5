//! How an endpoint is, in a word and a sentence.

use wirepost_model::endpoint::{DisabledReason, Endpoint};

use crate::show::Instant;

/// An endpoint's state as a badge and what stands beside it, in a few words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EndpointState {
    /// `good`, `warn`, `bad` or `calm`: the badge's colour.
    pub(crate) tone: &'static str,
    pub(crate) word: &'static str,
    pub(crate) sentence: String,
}

impl EndpointState {
    pub(crate) fn of(endpoint: &Endpoint) -> Self {
        match (endpoint.disabled, endpoint.failing_since) {
            (Some(disabled), _) => {
                let at = Instant::from(disabled.at).text;
                let (tone, sentence) = match disabled.reason {
                    DisabledReason::ByHand => ("calm", format!("by a person or program, {at}")),
                    DisabledReason::Gone => ("bad", format!("it answered 410 Gone, {at}")),
                    DisabledReason::Failing => ("bad", format!("after days of failures, {at}")),
                };
                Self { tone, word: "Disabled", sentence }
            }
            (None, Some(since)) => Self {
                tone: "warn",
                word: "Failing",
                sentence: format!("since {}", Instant::from(since).text),
            },
            (None, None) => Self { tone: "good", word: "Enabled", sentence: String::new() },
        }
    }
}
