//! How an endpoint's messages are signed at this moment: what may be told of its secrets without showing them.

use std::time::Duration;

use wirepost_model::ids::EndpointId;
use wirepost_model::timestamp::Timestamp;

use crate::caller::AppAccess;
use crate::secrets::GRACE_SECONDS_DEFAULT;
use crate::{Control, ControlError, ControlResult};

/// The secrets of an endpoint, unseen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signing {
    /// Whether receivers verify with a public key (`whpk_…`) instead of the secret itself.
    pub asymmetric: bool,
    /// Since when the current secret signs.
    pub since: Timestamp,
    /// Until when old secrets go on signing beside it, the last one first; none once all have ended.
    pub old_until: Vec<Timestamp>,
    /// Until when the current one would go on signing, were it rotated now.
    pub overlap_until: Timestamp,
}

impl Control {
    /// How an endpoint of the app is signed for. Shows no secret, so whoever may look may know it.
    ///
    /// # Errors
    /// `NotFound`; `Unavailable`.
    pub async fn signing(&self, access: &AppAccess, endpoint: EndpointId) -> ControlResult<Signing> {
        let secrets = self.store().endpoint_secrets(access.id(), endpoint).await?;
        let current = secrets.iter().find(|secret| secret.expires_at.is_none());
        let current = current.ok_or(ControlError::NotFound)?;
        let now = self.now();
        let ends = secrets.iter().filter_map(|secret| secret.expires_at);
        let mut old_until: Vec<Timestamp> = ends.filter(|until| *until > now).collect();
        old_until.sort_unstable();
        old_until.reverse();
        let asymmetric = current.secret.is_asymmetric();
        let overlap_until = now.plus(Duration::from_secs(GRACE_SECONDS_DEFAULT));
        Ok(Signing { asymmetric, since: current.created_at, old_until, overlap_until })
    }
}
