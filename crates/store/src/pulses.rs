//! Pulses and the log of their raises in the database.

use async_trait::async_trait;
use wirepost_model::ids::{AppId, PulseId};
use wirepost_model::pulse::{Pulse, Raise};

use crate::StoreResult;
use crate::messages::NewMessage;
use crate::page::{Page, PageQuery};

/// Keeps pulses. None is ever removed: the log points at them.
#[async_trait]
pub trait Pulses {
    /// Adds a pulse.
    ///
    /// # Errors
    /// `NotFound` when the app is gone; `Conflict(PulseName)` when another one of the app that is not archived has
    /// its name; `Conflict(Pulses)` when the app has `most` already.
    async fn create_pulse(&self, pulse: Pulse, most: usize) -> StoreResult<()>;

    /// Replaces everything but ids and `created_at`, where the stored revision still is `pulse.revision`; the
    /// stored one rises by one.
    ///
    /// # Errors
    /// `NotFound`; `Conflict(PulseName)`; `Conflict(Revision)` when it changed since it was read.
    async fn update_pulse(&self, pulse: Pulse) -> StoreResult<()>;

    /// The app's pulse of this id, archived or not.
    ///
    /// # Errors
    /// `NotFound`.
    async fn find_pulse(&self, app: AppId, pulse: PulseId) -> StoreResult<Pulse>;

    /// A page of the app's pulses by key.
    async fn list_pulses(
        &self,
        app: AppId,
        include_archived: bool,
        page: PageQuery<i64>,
    ) -> StoreResult<Page<Pulse>>;

    /// Accepts the message of a raise, as `accept_messages` does, and writes the raise into the log, both or
    /// neither.
    ///
    /// # Errors
    /// `NotFound` when the app has no such pulse, or it is archived; `Conflict(EventId)`.
    async fn accept_raise(&self, raise: Raise, message: NewMessage) -> StoreResult<()>;

    /// A page of the app's raises by key, of one pulse or of all.
    async fn list_raises(
        &self,
        app: AppId,
        pulse: Option<PulseId>,
        page: PageQuery<i64>,
    ) -> StoreResult<Page<Raise>>;
}
