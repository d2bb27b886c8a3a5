//! How many messages a second an endpoint gets at most.

use serde::Deserialize;
use wirepost_control::change::Change;
use wirepost_control::endpoint_draft::EndpointChanges;
use wirepost_control::{ControlError, ControlResult};
use wirepost_model::endpoint::Endpoint;

use super::Here;
use crate::wrong::Wrong;

/// The part of the page.
pub(super) struct RateLimit {
    /// As it is set or was filled in; empty for no limit.
    pub(super) rate: String,
    /// The limit that all endpoints of the app share.
    pub(super) of_app: Option<u32>,
    pub(super) wrong: Option<String>,
}

/// What a person filled in.
#[derive(Debug, Deserialize)]
pub(super) struct Sent {
    #[serde(default)]
    throttle_rate: String,
}

impl RateLimit {
    pub(super) fn of(endpoint: &Endpoint, of_app: Option<u32>) -> Self {
        let rate = endpoint.throttle_rate.map(|rate| rate.to_string()).unwrap_or_default();
        Self { rate, of_app, wrong: None }
    }

    pub(super) fn refuse(&mut self, sent: Sent, wrong: Wrong) {
        self.wrong = wrong.told("throttleRate", "The rate limit");
        self.rate = sent.throttle_rate;
    }
}

impl Sent {
    pub(super) async fn save(&self, here: &Here<'_>) -> ControlResult<()> {
        let rate = whole_number("throttleRate", &self.throttle_rate)?;
        let changes = EndpointChanges { throttle_rate: Change::Set(rate), ..EndpointChanges::default() };
        here.state.control.change_endpoint(&here.access, &here.id(), changes).await.map(drop)
    }
}

/// A number that may be left out.
pub(super) fn whole_number(field: &'static str, text: &str) -> ControlResult<Option<u32>> {
    match text.trim() {
        "" => Ok(None),
        number => number.parse().map(Some).map_err(|_| ControlError::body(field, "must be a whole number")),
    }
}
