//! Access to the app portal on the wire.

use serde::{Deserialize, Serialize};
use wirepost_control::portal::{PortalAccess, PortalDraft};

use crate::error::ApiResult;
use crate::v1::token::shapes::read_capabilities;

/// An access as it is asked for. Feature flags are taken and change nothing: every event type is shown.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AppPortalAccessIn {
    expiry: Option<u64>,
    capabilities: Option<Vec<String>>,
    session_id: Option<String>,
}

/// An access as we give it.
#[derive(Debug, Serialize)]
pub(crate) struct AppPortalAccessOut {
    url: String,
    token: String,
}

impl AppPortalAccessIn {
    pub(crate) fn into_draft(self) -> ApiResult<PortalDraft> {
        Ok(PortalDraft {
            expiry_seconds: self.expiry,
            capabilities: read_capabilities(self.capabilities.as_deref())?,
            session_id: self.session_id,
        })
    }
}

impl From<PortalAccess> for AppPortalAccessOut {
    fn from(access: PortalAccess) -> Self {
        Self { token: access.token.expose().to_owned(), url: access.url }
    }
}
