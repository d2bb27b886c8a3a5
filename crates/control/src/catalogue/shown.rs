//! The catalogue as people look at it: whole, in an app or for the organisation, and each event type with who hears
//! of it.

use serde_json::Value;
use wirepost_model::capability::Capability;
use wirepost_model::endpoint::Endpoint;
use wirepost_model::event_type::EventType;
use wirepost_model::names::EventTypeName;

use super::openapi_writing;
use crate::caller::{AppAccess, Caller};
use crate::fault::Fault;
use crate::payload_schema::PayloadSchema;
use crate::{Control, ControlResult};

impl Control {
    /// All of the catalogue, by name, archived event types among it.
    ///
    /// # Errors
    /// `Forbidden` for the callers of one app; `MissingCapability` without [`Capability::ViewBase`]; `Unavailable`.
    pub async fn catalogue_with_archived(&self, caller: &Caller) -> ControlResult<Vec<EventType>> {
        caller.require_organisation_for(Capability::ViewBase)?;
        self.whole_catalogue(true, caller.flags()).await
    }

    /// The event type of this name as it may be seen in an app, archived or not.
    ///
    /// # Errors
    /// `NotFound`, also when the feature flags do not show it; `Unavailable`.
    pub async fn event_type_in(&self, access: &AppAccess, name: &str) -> ControlResult<EventType> {
        self.find_shown_event_type(access.flags(), name).await
    }

    /// What may be seen of the catalogue in an app as an OpenAPI description.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn export_catalogue_in(&self, access: &AppAccess) -> ControlResult<Value> {
        Ok(openapi_writing::write(&self.all_event_types(access).await?))
    }

    /// The endpoints that events of this type go to; those with channels hear only of what is on them.
    pub fn subscribers<'a>(
        &self,
        access: &'a AppAccess,
        name: &EventTypeName,
    ) -> impl Iterator<Item = &'a Endpoint> {
        let name = name.clone();
        self.all_endpoints(access).filter(move |endpoint| endpoint.wants(&name, &endpoint.channels))
    }
}

/// One event type as an OpenAPI description of its own.
pub fn openapi_of(event_type: &EventType) -> Value {
    openapi_writing::write(std::slice::from_ref(event_type))
}

/// What keeps the example from fitting the schema that payloads are to fit.
pub fn faults_of_example(event_type: &EventType) -> Vec<Fault> {
    let (Some(schema), Some(example)) = (event_type.newest_schema(), event_type.example()) else {
        return Vec::new();
    };
    PayloadSchema::compile(schema).map_or_else(|fault| vec![fault], |schema| schema.faults(example))
}
