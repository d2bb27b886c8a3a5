//! Which channels an endpoint hears of.

use serde::Deserialize;
use wirepost_control::ControlResult;
use wirepost_control::change::Change;
use wirepost_control::endpoint_draft::EndpointChanges;
use wirepost_model::endpoint::Endpoint;

use super::Here;
use crate::wrong::Wrong;

/// The part of the page.
pub(super) struct Channels {
    /// Names with blanks between them; empty for all.
    pub(super) names: String,
    pub(super) wrong: Option<String>,
}

/// What a person filled in.
#[derive(Debug, Deserialize)]
pub(super) struct Sent {
    #[serde(default)]
    channels: String,
}

impl Channels {
    pub(super) fn of(endpoint: &Endpoint) -> Self {
        let names: Vec<String> = endpoint.channels.iter().map(ToString::to_string).collect();
        Self { names: names.join(" "), wrong: None }
    }
}

impl Sent {
    pub(super) async fn save(&self, here: &Here<'_>) -> ControlResult<()> {
        let names = words(&self.channels);
        let channels = Change::Set((!names.is_empty()).then_some(names));
        let changes = EndpointChanges { channels, ..EndpointChanges::default() };
        here.state.control.change_endpoint(&here.access, &here.id(), changes).await.map(drop)
    }

    pub(super) fn refused(self, wrong: Wrong) -> Channels {
        Channels { names: self.channels, wrong: wrong.told("channels", "The channels") }
    }
}

/// What stands between blanks and commas.
pub(super) fn words(text: &str) -> Vec<String> {
    let parts = text.split(|letter: char| letter.is_whitespace() || letter == ',');
    parts.filter(|part| !part.is_empty()).map(str::to_owned).collect()
}
