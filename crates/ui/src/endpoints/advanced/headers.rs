//! The headers that an endpoint's requests carry beside ours. Values that are credentials are set and never shown.

use std::collections::BTreeMap;

use serde::Deserialize;
use wirepost_control::ControlResult;
use wirepost_control::headers::ShownHeaders;

use super::Here;
use crate::wrong::Wrong;

/// The part of the page.
pub(super) struct Headers {
    pub(super) rows: Vec<Row>,
    /// What was filled in and refused.
    pub(super) name: String,
    pub(super) value: String,
    pub(super) wrong: Option<String>,
}

/// One header.
pub(super) struct Row {
    pub(super) name: String,
    /// `None` for a credential.
    pub(super) value: Option<String>,
}

/// A header to set, or the name of one to remove.
#[derive(Debug, Deserialize)]
pub(super) struct Sent {
    #[serde(default)]
    name: String,
    #[serde(default)]
    value: String,
    #[serde(default)]
    remove: Option<String>,
}

impl Headers {
    pub(super) fn of(shown: ShownHeaders) -> Self {
        let open = shown.headers.into_iter().map(|(name, value)| Row { name, value: Some(value) });
        let hidden = shown.sensitive.into_iter().map(|name| Row { name, value: None });
        let mut rows: Vec<Row> = open.chain(hidden).collect();
        rows.sort_by(|left, right| left.name.cmp(&right.name));
        Self { rows, name: String::new(), value: String::new(), wrong: None }
    }

    pub(super) fn refuse(&mut self, sent: Sent, wrong: Wrong) {
        self.wrong = wrong.told("headers", "Not set:");
        (self.name, self.value) = (sent.name, sent.value);
    }
}

impl Sent {
    pub(super) async fn save(&self, here: &Here<'_>) -> ControlResult<()> {
        let change = match &self.remove {
            Some(name) => (name.clone(), None),
            None => (self.name.trim().to_owned(), Some(self.value.trim().to_owned())),
        };
        let changes = BTreeMap::from([change]);
        here.state.control.change_endpoint_headers(&here.access, &here.id(), changes).await
    }

    pub(super) fn done(&self) -> &'static str {
        if self.remove.is_some() { "header-removed" } else { "header-set" }
    }
}
