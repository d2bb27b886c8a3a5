//! Access to the app portal on the wire.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wirepost_control::portal::{PortalAccess, PortalDraft};
use wirepost_model::capability::Capability;
use wirepost_model::feature_flags::FLAGS_MOST;
use wirepost_model::names::Uid;

use crate::error::ApiResult;
use crate::object::object;
use crate::v1::app::shapes::AppIn;
use crate::v1::token::shapes::read_capabilities;

/// An access as it is asked for.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AppPortalAccessIn {
    /// For how many seconds.
    #[schemars(range(min = 3600, max = 604_800))]
    expiry: Option<u64>,
    #[schemars(length(min = 1))]
    capabilities: Option<Vec<Capability>>,
    /// Whether nothing may be done but to look; then no capability but `ViewBase` can be asked for.
    read_only: Option<bool>,
    /// Makes the app of this uid first where there is none.
    #[serde(default, deserialize_with = "object")]
    application: Option<AppIn>,
    #[schemars(length(min = 1, max = 256), regex(pattern = r"^[A-Za-z0-9_.@-]+$"))]
    session_id: Option<String>,
    /// Event types behind any other flag are hidden from the token.
    #[schemars(with = "Option<Vec<Uid>>", length(max = FLAGS_MOST))]
    feature_flags: Option<Vec<String>>,
}

/// An access as we give it.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct AppPortalAccessOut {
    url: String,
    token: String,
}

impl AppPortalAccessIn {
    pub(crate) fn into_draft(self) -> ApiResult<PortalDraft> {
        Ok(PortalDraft {
            expiry_seconds: self.expiry,
            capabilities: read_capabilities(self.capabilities)?,
            read_only: self.read_only.unwrap_or_default(),
            application: self.application.map(Into::into),
            session_id: self.session_id,
            feature_flags: self.feature_flags.unwrap_or_default(),
        })
    }
}

impl From<PortalAccess> for AppPortalAccessOut {
    fn from(access: PortalAccess) -> Self {
        Self { token: access.token.expose().to_owned(), url: access.url }
    }
}
