//! Endpoints and event types as this face reads and shows them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wirepost_control::apps::THROTTLE_RATE_MOST;
use wirepost_control::change::Change;
use wirepost_control::endpoint_draft::{EndpointChanges, EndpointDraft};
use wirepost_control::oauth::OauthDraft;
use wirepost_model::endpoint::Endpoint;
use wirepost_model::event_type::EventType;
use wirepost_model::ids::EndpointId;
use wirepost_model::names::EventTypeName;
use wirepost_model::timestamp::Timestamp;

use super::answer::{DamError, DamResult};
use crate::v1::endpoint::oauth_shapes::AuthMethod;

/// Characters of a description, where one is given.
const DESCRIPTION_CHARACTERS: std::ops::RangeInclusive<usize> = 5..=100;

/// An endpoint as it is sent to us.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct SubscriptionIn {
    #[schemars(url)]
    url: String,
    #[schemars(length(min = 5, max = 100))]
    description: Option<String>,
    #[schemars(with = "Option<Vec<EventTypeName>>")]
    event_types: Option<Vec<String>>,
    #[schemars(range(min = 1, max = THROTTLE_RATE_MOST))]
    rate_limit: Option<u32>,
}

/// Changes of an endpoint as they are sent to us.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct SubscriptionPatch {
    #[schemars(url)]
    url: Change<String>,
    #[schemars(length(min = 5, max = 100))]
    description: Change<Option<String>>,
    #[schemars(with = "Option<Vec<EventTypeName>>")]
    event_types: Change<Option<Vec<String>>>,
    #[schemars(range(min = 1, max = THROTTLE_RATE_MOST))]
    rate_limit: Change<Option<u32>>,
    disabled: Change<bool>,
}

/// An endpoint as we show it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct SubscriptionOut {
    id: EndpointId,
    description: String,
    disabled: bool,
    url: String,
    /// Empty for all.
    event_types: Vec<EventTypeName>,
    rate_limit: Option<u32>,
}

/// An endpoint that was made.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct MadeOut {
    pub(super) id: EndpointId,
}

/// An event type as we show it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "DamEventTypeOut")]
pub(super) struct EventTypeOut {
    name: EventTypeName,
    description: String,
    created_date: Timestamp,
}

/// Where tokens come from, as it is sent to us.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "DamOauthIn")]
pub(super) struct OauthIn {
    client_id: String,
    client_secret: String,
    token_url: String,
    extra_params: Option<BTreeMap<String, String>>,
    scope: Option<Scopes>,
    /// Ours: where the secret stands; in the body, unless it says otherwise.
    auth_method: Option<AuthMethod>,
}

/// Scopes as a list, or as one text.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
enum Scopes {
    List(Vec<String>),
    Text(String),
}

impl SubscriptionIn {
    pub(super) fn into_draft(self) -> DamResult<EndpointDraft> {
        Ok(EndpointDraft {
            url: self.url,
            description: checked_description(self.description)?,
            event_types: self.event_types,
            throttle_rate: self.rate_limit,
            ..EndpointDraft::default()
        })
    }
}

impl SubscriptionPatch {
    pub(super) fn into_changes(self) -> DamResult<EndpointChanges> {
        Ok(EndpointChanges {
            url: self.url,
            description: self.description.try_map(checked_description)?,
            event_types: self.event_types,
            throttle_rate: self.rate_limit,
            disabled: self.disabled,
            ..EndpointChanges::default()
        })
    }
}

impl OauthIn {
    pub(super) fn into_draft(self) -> DamResult<OauthDraft> {
        Ok(OauthDraft {
            token_url: self.token_url,
            client_id: self.client_id,
            client_secret: Some(self.client_secret),
            auth_method: self.auth_method.unwrap_or(AuthMethod::Post).supported()?,
            scopes: self.scope.map(Scopes::into_words).unwrap_or_default(),
            extra_params: self.extra_params.unwrap_or_default(),
            extra_headers: BTreeMap::new(),
        })
    }
}

impl Scopes {
    /// Scopes in one text are apart by commas or blanks; empty ones say nothing.
    fn into_words(self) -> Vec<String> {
        let texts = match self {
            Self::List(texts) => texts,
            Self::Text(text) => vec![text],
        };
        let words = texts.iter().flat_map(|text| text.split([',', ' ']));
        words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
    }
}

impl From<Endpoint> for SubscriptionOut {
    fn from(endpoint: Endpoint) -> Self {
        Self {
            id: endpoint.id,
            description: endpoint.description,
            disabled: endpoint.disabled.is_some(),
            url: endpoint.url,
            event_types: endpoint.event_types,
            rate_limit: endpoint.throttle_rate,
        }
    }
}

impl From<EventType> for EventTypeOut {
    fn from(event_type: EventType) -> Self {
        Self {
            name: event_type.name,
            description: event_type.description,
            created_date: event_type.created_at,
        }
    }
}

fn checked_description(description: Option<String>) -> DamResult<String> {
    let Some(description) = description else {
        return Ok(String::new());
    };
    if !DESCRIPTION_CHARACTERS.contains(&description.chars().count()) {
        return Err(DamError::bad_request("body.description: must be 5 to 100 characters"));
    }
    Ok(description)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_come_in_every_published_spelling() {
        for (json, expected) in [
            (r#"[""]"#, &[][..]),
            (r#"["read"]"#, &["read"]),
            (r#"["read,write", "", "list"]"#, &["read", "write", "list"]),
            (r#""read, write""#, &["read", "write"]),
        ] {
            let scopes: Scopes = serde_json::from_str(json).expect("a good scope");
            assert_eq!(scopes.into_words(), expected, "{json}");
        }
    }

    #[test]
    fn a_description_is_5_to_100_characters_where_there_is_one() {
        assert_eq!(checked_description(None).expect("none is fine"), "");
        for (length, fits) in [(0, false), (4, false), (5, true), (100, true), (101, false)] {
            assert_eq!(checked_description(Some("ü".repeat(length))).is_ok(), fits, "{length}");
        }
    }
}
