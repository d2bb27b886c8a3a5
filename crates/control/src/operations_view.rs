//! What an operator is told of the process as a whole: the room that things take, and what is under way.

use std::time::Duration;

use wirepost_model::capability::Capability;
use wirepost_model::lane::LaneSums;
use wirepost_model::storage::StorageUse;
use wirepost_model::timestamp::Timestamp;

use crate::caller::Caller;
use crate::health::Health;
use crate::{Control, ControlResult};

/// A measurement is told again for so long, to who asks for it and to whom it comes by the way.
const FRESH_FOR: Duration = Duration::from_secs(10);
const FRESH_FOR_GAUGES: Duration = Duration::from_secs(5 * 60);

/// What is the case at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gauges {
    /// All lanes together; nothing where nothing is sent.
    pub lanes: LaneSums,
    /// The room that everything takes, no older than five minutes.
    pub storage: StorageUse,
}

/// The process that answers, and how it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// When it began to answer.
    pub started_at: Timestamp,
    /// For how long it has answered.
    pub uptime: Duration,
    /// Whether what it stands on does its work.
    pub health: Health,
}

impl Control {
    /// The process that answers. Today there is one.
    ///
    /// # Errors
    /// `Forbidden`; `MissingCapability`.
    pub async fn node(&self, caller: &Caller) -> ControlResult<Node> {
        caller.require_organisation()?;
        let started_at = self.0.started_at;
        Ok(Node { started_at, uptime: self.now().since(started_at), health: self.health().await })
    }

    /// How much room everything takes on the disk, no older than ten seconds.
    ///
    /// # Errors
    /// `Forbidden`; `MissingCapability`; `Unavailable`.
    pub async fn storage_use(&self, caller: Caller) -> ControlResult<StorageUse> {
        caller.require_organisation()?;
        self.measured(FRESH_FOR).await
    }

    /// What an operator's meters show of this moment.
    ///
    /// # Errors
    /// `Forbidden`; `MissingCapability`; `Unavailable`.
    pub async fn gauges(&self, caller: Caller) -> ControlResult<Gauges> {
        caller.require_organisation_for(Capability::ViewBase)?;
        let storage = self.measured(FRESH_FOR_GAUGES).await?;
        let lanes = self.0.parts.lanes.as_ref().map(|lanes| lanes.sums()).unwrap_or_default();
        Ok(Gauges { lanes, storage })
    }

    async fn measured(&self, fresh_for: Duration) -> ControlResult<StorageUse> {
        let kept = *self.0.storage.lock();
        if let Some(kept) = kept.filter(|kept| self.now().since(kept.measured_at) < fresh_for) {
            return Ok(kept);
        }
        let measured = self.store().measure_storage().await?;
        *self.0.storage.lock() = Some(measured);
        Ok(measured)
    }
}
