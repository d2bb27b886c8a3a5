//! The catalogue of event types in the database.

use async_trait::async_trait;
use wirepost_model::event_type::EventType;
use wirepost_model::feature_flags::FeatureFlags;
use wirepost_model::names::EventTypeName;
use wirepost_model::payload_validation::PayloadValidation;

use crate::StoreResult;
use crate::page::{Page, PageQuery};

/// Keeps event types.
#[async_trait]
pub trait EventTypes {
    /// Adds an event type.
    ///
    /// # Errors
    /// `Conflict(EventType)` when it exists, archived or not.
    async fn create_event_type(&self, event_type: EventType) -> StoreResult<()>;

    /// Adds or replaces event types, all or none; `created_at` of those that exist stays.
    async fn put_event_types(&self, event_types: Vec<EventType>) -> StoreResult<()>;

    /// Removes an event type for good.
    ///
    /// # Errors
    /// `NotFound`.
    async fn remove_event_type(&self, name: &EventTypeName) -> StoreResult<()>;

    /// The event type of this name, archived or not.
    ///
    /// # Errors
    /// `NotFound`.
    async fn find_event_type(&self, name: &EventTypeName) -> StoreResult<EventType>;

    /// A page of the event types that these flags show, by name.
    async fn list_event_types(
        &self,
        include_archived: bool,
        flags: FeatureFlags,
        page: PageQuery<String>,
    ) -> StoreResult<Page<EventType>>;

    /// Those of `names` that are in the catalogue, archived or not, and that these flags show.
    async fn known_event_types(
        &self,
        names: Vec<EventTypeName>,
        flags: FeatureFlags,
    ) -> StoreResult<Vec<EventTypeName>>;

    /// The strictest that any event type asks for; `Off` when none asks.
    async fn strictest_payload_validation(&self) -> StoreResult<PayloadValidation>;
}
