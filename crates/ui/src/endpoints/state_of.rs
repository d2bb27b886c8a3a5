//! How an endpoint is, in a word and a sentence.

use wirepost_model::endpoint::{DisabledReason, Endpoint};
use wirepost_model::timestamp::Timestamp;

use crate::show::{Instant, lasting};

/// An endpoint's state as a badge and what stands beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EndpointState {
    /// `good`, `warn`, `bad` or `calm`: the badge's colour.
    pub(crate) tone: &'static str,
    pub(crate) word: &'static str,
    pub(crate) sentence: String,
}

impl EndpointState {
    pub(crate) fn of(endpoint: &Endpoint, now: Timestamp) -> Self {
        match (endpoint.disabled, endpoint.failing_since) {
            (Some(disabled), _) => {
                let at = Instant::from(disabled.at).text;
                let (tone, sentence) = match disabled.reason {
                    DisabledReason::ByHand => ("calm", format!("Disabled by a person or program on {at}")),
                    DisabledReason::Gone => ("bad", format!("Disabled on {at}: it answered 410 Gone")),
                    DisabledReason::Failing => {
                        ("bad", format!("Disabled on {at}, after every attempt had failed for days"))
                    }
                };
                Self { tone, word: "Disabled", sentence }
            }
            (None, Some(since)) => Self {
                tone: "warn",
                word: "Failing",
                sentence: format!(
                    "Every attempt has failed since {}, for {}",
                    Instant::from(since).text,
                    lasting(now.since(since))
                ),
            },
            (None, None) => Self { tone: "good", word: "Enabled", sentence: String::new() },
        }
    }
}
