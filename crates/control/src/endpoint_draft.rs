//! What somebody wants of an endpoint, and the check that turns it into what may be stored.

use std::collections::BTreeMap;

use wirepost_egress::BareUrl;
use wirepost_model::app::{Metadata, check_metadata};
use wirepost_model::endpoint::{CustomHeaders, Disabled, DisabledReason, Endpoint};
use wirepost_model::ids::{EndpointKind, Kind};
use wirepost_model::names::{Channel, EventTypeName, Uid};
use wirepost_model::timestamp::Timestamp;

use crate::apps::{check_throttle_rate, check_uid};
use crate::basic_auth::AUTHORIZATION;
use crate::caller::AppAccess;
use crate::change::Change;
use crate::channels::parse_channels;
use crate::delivery_rules::{CheckedRules, DeliveryRulesChanges};
use crate::headers::check_headers;
use crate::{Control, ControlError, ControlResult};

/// Most channels an endpoint may listen to.
const CHANNELS_MOST: usize = 10;
/// Most bytes of a description.
const DESCRIPTION_BYTES_MOST: usize = 8_192;

/// An endpoint as somebody wants it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EndpointDraft {
    /// Where to post.
    pub url: String,
    /// Shown to people.
    pub description: String,
    /// Subscribed event types; `None` or empty means all.
    pub event_types: Option<Vec<String>>,
    /// Subscribed channels; `None` means all.
    pub channels: Option<Vec<String>>,
    /// Whether nothing is to be sent to it.
    pub disabled: bool,
    /// Most messages per second.
    pub throttle_rate: Option<u32>,
    /// The caller's own id for it; kept by a replacement that does not speak of it.
    pub uid: Change<Option<String>>,
    /// The signing secret; a first one is made where none is given. A replacement rotates to another one.
    pub secret: Option<String>,
    /// The caller's notes.
    pub metadata: Metadata,
    /// Headers of every request; kept by a replacement that does not speak of them.
    pub headers: Option<BTreeMap<String, String>>,
    /// Its own rules of delivery; a replacement drops those of which it does not speak.
    pub delivery_rules: DeliveryRulesChanges,
}

/// What is to change of an endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EndpointChanges {
    /// Where to post.
    pub url: Change<String>,
    /// Shown to people.
    pub description: Change<String>,
    /// Subscribed event types; `None` or empty means all.
    pub event_types: Change<Option<Vec<String>>>,
    /// Subscribed channels; `None` or empty means all.
    pub channels: Change<Option<Vec<String>>>,
    /// Whether nothing is to be sent to it.
    pub disabled: Change<bool>,
    /// Most messages per second.
    pub throttle_rate: Change<Option<u32>>,
    /// The caller's own id for it.
    pub uid: Change<Option<String>>,
    /// The signing secret from now on; the one before it goes on signing for a day.
    pub secret: Change<String>,
    /// The caller's notes.
    pub metadata: Change<Metadata>,
    /// Headers of every request.
    pub headers: Change<BTreeMap<String, String>>,
    /// Its own rules of delivery.
    pub delivery_rules: DeliveryRulesChanges,
}

/// Changes of an endpoint that were found good.
pub(crate) struct CheckedEndpoint {
    url: Change<String>,
    /// Made of the user name in the URL, which is kept without it.
    authorization: Option<String>,
    description: Change<String>,
    event_types: Change<Vec<EventTypeName>>,
    channels: Change<Vec<Channel>>,
    disabled: Change<bool>,
    throttle_rate: Change<Option<u32>>,
    uid: Change<Option<Uid>>,
    metadata: Change<Metadata>,
    headers: Change<CustomHeaders>,
    delivery_rules: CheckedRules,
}

impl EndpointDraft {
    /// The draft as changes: everything is set, but a uid, a secret and headers of which it says nothing.
    pub(crate) fn into_changes(self) -> ControlResult<EndpointChanges> {
        if self.channels.as_ref().is_some_and(Vec::is_empty) {
            let sentence = format!("must be 1 to {CHANNELS_MOST} channels");
            return Err(ControlError::body("channels", sentence));
        }
        Ok(EndpointChanges {
            url: Change::Set(self.url),
            description: Change::Set(self.description),
            event_types: Change::Set(self.event_types),
            channels: Change::Set(self.channels),
            disabled: Change::Set(self.disabled),
            throttle_rate: Change::Set(self.throttle_rate),
            uid: self.uid,
            secret: self.secret.map_or(Change::Keep, Change::Set),
            metadata: Change::Set(self.metadata),
            headers: self.headers.map_or(Change::Keep, Change::Set),
            delivery_rules: self.delivery_rules.replacing(),
        })
    }
}

impl CheckedEndpoint {
    pub(crate) fn apply_to(&self, endpoint: &mut Endpoint, now: Timestamp) {
        self.url.apply(&mut endpoint.url);
        self.description.apply(&mut endpoint.description);
        self.event_types.apply(&mut endpoint.event_types);
        self.channels.apply(&mut endpoint.channels);
        self.throttle_rate.apply(&mut endpoint.throttle_rate);
        self.uid.apply(&mut endpoint.uid);
        self.metadata.apply(&mut endpoint.metadata);
        self.headers.apply(&mut endpoint.headers);
        self.delivery_rules.apply_to(&mut endpoint.delivery_rules);
        self.apply_authorization(endpoint);
        match self.disabled {
            Change::Set(true) if endpoint.disabled.is_none() => {
                endpoint.disabled = Some(Disabled { reason: DisabledReason::ByHand, at: now });
            }
            // Whoever enables it gives it the whole period again.
            Change::Set(false) if endpoint.disabled.is_some() => {
                endpoint.disabled = None;
                endpoint.failing_since = None;
            }
            _ => {}
        }
        endpoint.updated_at = now;
    }

    /// A header that stands beside the URL in the same request goes before the user name in it.
    fn apply_authorization(&self, endpoint: &mut Endpoint) {
        let is_said = |headers: &CustomHeaders| headers.0.contains_key(AUTHORIZATION);
        if let Some(value) = &self.authorization
            && !matches!(&self.headers, Change::Set(headers) if is_said(headers))
        {
            endpoint.headers.0.insert(AUTHORIZATION.to_owned(), value.clone());
        }
    }
}

impl Control {
    /// Reads what is to be written of an endpoint, which `changed` names unless it is to be made.
    pub(crate) async fn check_endpoint(
        &self,
        access: &AppAccess,
        changed: Option<&str>,
        changes: EndpointChanges,
    ) -> ControlResult<CheckedEndpoint> {
        let (url, authorization) = match changes.url {
            Change::Keep => (Change::Keep, None),
            Change::Set(url) => {
                let bare = self.check_url(&url)?;
                (Change::Set(bare.url), bare.authorization)
            }
        };
        if let Change::Set(description) = &changes.description
            && description.len() > DESCRIPTION_BYTES_MOST
        {
            let sentence = format!("must be at most {DESCRIPTION_BYTES_MOST} bytes");
            return Err(ControlError::body("description", sentence));
        }
        if let Change::Set(metadata) = &changes.metadata {
            check_metadata(metadata).map_err(crate::error::in_body("metadata"))?;
        }
        let event_types = match changes.event_types {
            Change::Keep => Change::Keep,
            Change::Set(names) => {
                let names = names.unwrap_or_default();
                Change::Set(self.parse_subscription(access, changed, &names).await?)
            }
        };
        let parse_channels =
            |names: Option<Vec<String>>| parse_channels(&names.unwrap_or_default(), 0..=CHANNELS_MOST);
        Ok(CheckedEndpoint {
            url,
            authorization,
            description: changes.description,
            event_types,
            channels: changes.channels.try_map(parse_channels)?,
            disabled: changes.disabled,
            throttle_rate: changes.throttle_rate.try_map(check_throttle_rate)?,
            uid: changes.uid.try_map(|uid| check_uid(uid, EndpointKind::PREFIX))?,
            metadata: changes.metadata,
            headers: changes.headers.try_map(check_headers)?,
            delivery_rules: changes.delivery_rules.check()?,
        })
    }

    pub(crate) fn check_url(&self, url: &str) -> ControlResult<BareUrl> {
        let refused = |refusal: wirepost_egress::UrlError| ControlError::body("url", refusal.to_string());
        self.0.parts.client.check_url(url).map_err(refused)?;
        BareUrl::of(url).map_err(refused)
    }
}
