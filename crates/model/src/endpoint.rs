//! An endpoint: a customer's URL with its subscription, secrets, limits and headers.

use std::collections::BTreeMap;

use crate::app::Metadata;
use crate::delivery_rules::DeliveryRules;
use crate::ids::{AppId, EndpointId};
use crate::names::{Channel, EventTypeName, Uid};
use crate::signing_secret::SigningSecret;
use crate::timestamp::Timestamp;

/// Where an app's messages go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Its id.
    pub id: EndpointId,
    /// The app that owns it.
    pub app: AppId,
    /// The caller's own id for it; unique in the app, free again after deletion.
    pub uid: Option<Uid>,
    /// Where messages are posted. Checked when set; the address again at every connect.
    pub url: String,
    /// Shown to people.
    pub description: String,
    /// Subscribed event types, sorted; empty means all.
    pub event_types: Vec<EventTypeName>,
    /// Subscribed channels, sorted; empty means all.
    pub channels: Vec<Channel>,
    /// Why nothing is sent to it, or `None` while it is enabled.
    pub disabled: Option<Disabled>,
    /// Most messages per second.
    pub throttle_rate: Option<u32>,
    /// The caller's notes.
    pub metadata: Metadata,
    /// Headers added to every request, by lower-case name.
    pub headers: CustomHeaders,
    /// What it wants of its deliveries.
    pub delivery_rules: DeliveryRules,
    /// Since when every attempt failed; `None` after a success.
    pub failing_since: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When a person or program last changed it.
    pub updated_at: Timestamp,
    /// Rises with every change; a writer that read an older one is refused.
    pub revision: i64,
}

/// Why and since when an endpoint is disabled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Disabled {
    /// Who or what disabled it.
    pub reason: DisabledReason,
    /// Since when.
    pub at: Timestamp,
}

/// What disabled an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DisabledReason {
    /// A person or program over the API or pages.
    ByHand,
    /// It answered 410 Gone.
    Gone,
    /// Every attempt failed for the whole period allowed.
    Failing,
}

/// Headers that customers add to each request.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct CustomHeaders(pub BTreeMap<String, String>);

impl CustomHeaders {
    /// Most bytes of one value.
    pub const VALUE_BYTES_MOST: usize = 4_096;
}

/// Values may be credentials, so only names are shown.
impl std::fmt::Debug for CustomHeaders {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_set().entries(self.0.keys()).finish()
    }
}

/// A signing secret and how long it signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointSecret {
    /// The key.
    pub secret: SigningSecret,
    /// When it became the endpoint's secret.
    pub created_at: Timestamp,
    /// Until when it signs beside its successor; `None` for the current one.
    pub expires_at: Option<Timestamp>,
}

impl Endpoint {
    /// Whether messages of this type on these channels go to this endpoint, were it enabled.
    pub fn wants(&self, event_type: &EventTypeName, channels: &[Channel]) -> bool {
        let by_type = self.event_types.is_empty() || self.event_types.binary_search(event_type).is_ok();
        let by_channel = self.channels.is_empty()
            || channels.iter().any(|channel| self.channels.binary_search(channel).is_ok());
        by_type && by_channel
    }
}

impl DisabledReason {
    /// The reason as the database spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ByHand => "by_hand",
            Self::Gone => "gone",
            Self::Failing => "failing",
        }
    }

    /// Reads what [`Self::as_str`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::ByHand, Self::Gone, Self::Failing].into_iter().find(|reason| reason.as_str() == text)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn endpoint(event_types: &[&str], channels: &[&str]) -> Endpoint {
        let type_name = |name: &&str| EventTypeName::parse(name).expect("a good name");
        let channel = |name: &&str| Channel::parse(name).expect("a good name");
        Endpoint {
            id: EndpointId::from_parts(1, [0; 12]),
            app: AppId::from_parts(1, [0; 12]),
            uid: None,
            url: "https://example.com/".into(),
            description: String::new(),
            event_types: event_types.iter().map(type_name).collect(),
            channels: channels.iter().map(channel).collect(),
            disabled: None,
            throttle_rate: None,
            metadata: Metadata::new(),
            headers: CustomHeaders::default(),
            delivery_rules: DeliveryRules::default(),
            failing_since: None,
            created_at: Timestamp::default(),
            updated_at: Timestamp::default(),
            revision: 0,
        }
    }

    #[test]
    fn no_event_types_means_all() {
        let created = EventTypeName::parse("asset.created").expect("a good name");
        assert!(endpoint(&[], &[]).wants(&created, &[]));
        assert!(endpoint(&["asset.created"], &[]).wants(&created, &[]));
        assert!(!endpoint(&["asset.deleted"], &[]).wants(&created, &[]));
    }

    #[test]
    fn channels_must_meet() {
        let created = EventTypeName::parse("asset.created").expect("a good name");
        let eu = Channel::parse("eu").expect("a good name");
        assert!(endpoint(&[], &["eu", "us"]).wants(&created, std::slice::from_ref(&eu)));
        assert!(!endpoint(&[], &["us"]).wants(&created, std::slice::from_ref(&eu)));
        assert!(!endpoint(&[], &["us"]).wants(&created, &[]));
        assert!(endpoint(&[], &[]).wants(&created, &[eu]));
    }

    #[test]
    fn header_values_are_not_printed() {
        let headers = CustomHeaders(BTreeMap::from([("authorization".into(), "Bearer secret".into())]));
        assert!(!format!("{headers:?}").contains("secret"));
    }
}
