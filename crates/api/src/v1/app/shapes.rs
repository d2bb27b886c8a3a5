//! Apps on the wire: what is read, what is shown, and nothing of the rules between.

use serde::{Deserialize, Serialize};
use wirepost_control::apps::{AppChanges, AppDraft};
use wirepost_control::change::Change;
use wirepost_model::app::{App, Metadata};
use wirepost_model::ids::AppId;
use wirepost_model::names::Uid;
use wirepost_model::timestamp::Timestamp;

/// An app as it is sent to us.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AppIn {
    name: String,
    #[serde(default)]
    uid: Change<Option<String>>,
    #[serde(alias = "rateLimit")]
    throttle_rate: Option<u32>,
    metadata: Option<Metadata>,
}

/// Changes of an app as they are sent to us.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
pub(crate) struct AppPatch {
    name: Change<String>,
    uid: Change<Option<String>>,
    #[serde(alias = "rateLimit")]
    throttle_rate: Change<Option<u32>>,
    metadata: Change<Metadata>,
}

/// An app as we show it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AppOut {
    id: AppId,
    uid: Option<Uid>,
    name: String,
    throttle_rate: Option<u32>,
    metadata: Metadata,
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
            created_at: app.created_at,
            updated_at: app.updated_at,
        }
    }
}
