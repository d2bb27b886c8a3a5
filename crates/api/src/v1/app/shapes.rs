//! Apps on the wire: what is read, what is shown, and nothing of the rules between.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wirepost_control::apps::{AppChanges, AppDraft, NAME_CHARACTERS_MOST, THROTTLE_RATE_MOST};
use wirepost_control::change::Change;
use wirepost_model::app::{App, Metadata};
use wirepost_model::ids::AppId;
use wirepost_model::names::Uid;
use wirepost_model::payload_validation::PayloadValidation;
use wirepost_model::timestamp::Timestamp;

/// An app as it is sent to us.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AppIn {
    /// Shown to people.
    #[schemars(length(min = 1, max = NAME_CHARACTERS_MOST), regex(pattern = r"\S"))]
    name: String,
    /// Your own id for it; unique.
    #[serde(default)]
    #[schemars(with = "Option<Uid>")]
    uid: Change<Option<String>>,
    /// Most messages per second to all of its endpoints together. Also `rateLimit`.
    #[serde(alias = "rateLimit")]
    #[schemars(range(min = 1, max = THROTTLE_RATE_MOST))]
    throttle_rate: Option<u32>,
    /// Your notes, at most 4096 bytes as JSON.
    metadata: Option<Metadata>,
    /// Whether payloads must fit the schemas of their event types; kept by a replacement that does not speak of it.
    #[serde(default)]
    payload_validation: Change<PayloadValidation>,
}

/// Changes of an app as they are sent to us.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct AppPatch {
    /// Shown to people.
    #[schemars(length(min = 1, max = NAME_CHARACTERS_MOST), regex(pattern = r"\S"))]
    name: Change<String>,
    /// Your own id for it; unique.
    #[schemars(with = "Option<Uid>")]
    uid: Change<Option<String>>,
    /// Most messages per second to all of its endpoints together. Also `rateLimit`.
    #[serde(alias = "rateLimit")]
    #[schemars(range(min = 1, max = THROTTLE_RATE_MOST))]
    throttle_rate: Change<Option<u32>>,
    /// Your notes, at most 4096 bytes as JSON.
    metadata: Change<Metadata>,
    /// Whether payloads must fit the schemas of their event types.
    payload_validation: Change<PayloadValidation>,
}

/// An app as we show it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AppOut {
    id: AppId,
    uid: Option<Uid>,
    name: String,
    throttle_rate: Option<u32>,
    metadata: Metadata,
    /// Whether payloads must fit the schemas of their event types; an event type may ask for more.
    payload_validation: PayloadValidation,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl From<AppIn> for AppDraft {
    fn from(app: AppIn) -> Self {
        Self {
            name: app.name,
            uid: app.uid,
            throttle_rate: app.throttle_rate,
            metadata: app.metadata.unwrap_or_default(),
            payload_validation: app.payload_validation,
        }
    }
}

impl From<AppPatch> for AppChanges {
    fn from(patch: AppPatch) -> Self {
        Self {
            name: patch.name,
            uid: patch.uid,
            throttle_rate: patch.throttle_rate,
            metadata: patch.metadata,
            payload_validation: patch.payload_validation,
        }
    }
}

impl From<App> for AppOut {
    fn from(app: App) -> Self {
        Self {
            id: app.id,
            uid: app.uid,
            name: app.name,
            throttle_rate: app.throttle_rate,
            metadata: app.metadata,
            payload_validation: app.payload_validation,
            created_at: app.created_at,
            updated_at: app.updated_at,
        }
    }
}
