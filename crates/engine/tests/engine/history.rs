//! What the simulation remembers beside the disk: what people were promised, and since when.

use std::collections::{BTreeMap, BTreeSet};

use wirepost_model::ids::{AppId, EndpointId, MessageId};
use wirepost_model::timestamp::Timestamp;

/// Promises and changes over all lives.
#[derive(Default)]
pub(crate) struct History {
    pub(crate) apps: BTreeMap<AppId, Option<u32>>,
    /// Endpoints, with their limit.
    pub(crate) endpoints: BTreeMap<EndpointId, (AppId, Option<u32>)>,
    /// Endpoints whose messages go in order, always.
    pub(crate) in_order: BTreeSet<EndpointId>,
    /// Messages that were answered with 202.
    pub(crate) accepted: BTreeSet<MessageId>,
    /// Spans in which nothing may begin at an endpoint: from when everyone was told until it was enabled again.
    pub(crate) closed: BTreeMap<EndpointId, Vec<(Timestamp, Option<Timestamp>)>>,
}

impl History {
    /// Everyone was told how the endpoint stands now.
    pub(crate) fn told(&mut self, endpoint: EndpointId, open: bool, now: Timestamp) {
        let spans = self.closed.entry(endpoint).or_default();
        let last = spans.last_mut().filter(|(_, until)| until.is_none());
        match (last, open) {
            (Some((_, until)), true) => *until = Some(now),
            (None, false) => spans.push((now, None)),
            _ => {}
        }
    }

    /// An endpoint is about to be enabled, or may have been: nothing is forbidden from here on.
    pub(crate) fn may_open(&mut self, endpoint: EndpointId, now: Timestamp) {
        self.told(endpoint, true, now);
    }

    /// Whether a request may not begin at this instant. What began in the same millisecond was under way.
    pub(crate) fn is_closed(&self, endpoint: EndpointId, at: Timestamp) -> bool {
        let spans = self.closed.get(&endpoint).into_iter().flatten();
        spans.filter(|(since, _)| *since < at).any(|(_, until)| until.is_none_or(|until| at < until))
    }
}
