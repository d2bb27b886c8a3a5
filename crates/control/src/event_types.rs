//! The catalogue of event types: made, found, changed, archived, removed and listed.

use serde_json::Value;
use wirepost_model::capability::Capability;
use wirepost_model::event_type::EventType;
use wirepost_model::feature_flags::FeatureFlags;
use wirepost_model::names::{EventTypeName, Uid};
use wirepost_model::payload_validation::PayloadValidation;
use wirepost_store::{StoreError, StoreResult};

use crate::apps::Written;
use crate::caller::{AppAccess, Caller};
use crate::change::Change;
use crate::channels::parse_event_type;
use crate::error::{Conflict, in_body};
use crate::fault::Fault;
use crate::page::{Page, PageQuery};
use crate::payload_schema::PayloadSchema;
use crate::{Control, ControlError, ControlResult};

/// What is to be written of an event type; a blank one with these changes is a whole one.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EventTypeChanges {
    /// Shown to people.
    pub description: Change<String>,
    /// Hidden from new subscriptions and lists.
    pub archived: Change<bool>,
    /// Not for new integrations.
    pub deprecated: Change<bool>,
    /// JSON Schemas by version.
    pub schemas: Change<Option<Value>>,
    /// Hidden from who lacks this flag.
    pub feature_flag: Change<Option<String>>,
    /// The heading it stands under.
    pub group_name: Change<Option<String>>,
    /// Whether payloads must fit its newest schema.
    pub payload_validation: Change<PayloadValidation>,
}

/// What becomes of a deleted event type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removal {
    /// It is hidden and can be brought back.
    Archive,
    /// It is gone.
    Expunge,
}

impl Control {
    /// Adds an event type; one that was archived comes back as it is described now.
    ///
    /// # Errors
    /// `Forbidden`; `Invalid`; `Conflict(EventType)`; `Unavailable`.
    pub async fn create_event_type(
        &self,
        caller: Caller,
        name: &str,
        changes: EventTypeChanges,
    ) -> ControlResult<EventType> {
        caller.require_organisation_for(Capability::ManageCatalog)?;
        let name = parse_catalogue_name(name)?;
        changes.check()?;
        let event_type = changes.apply_to(self.blank_event_type(name));
        match self.add_event_type(event_type.clone()).await {
            Ok(()) => Ok(event_type),
            Err(StoreError::Conflict(Conflict::EventType)) => self.bring_back(event_type).await,
            Err(error) => Err(error.into()),
        }
    }

    /// The event type of this name, archived or not.
    ///
    /// # Errors
    /// `NotFound`, also when the caller's feature flags do not show it; `Unavailable`.
    pub async fn find_event_type(&self, caller: Caller, name: &str) -> ControlResult<EventType> {
        self.find_shown_event_type(caller.flags(), name).await
    }

    /// Replaces an event type, or adds it.
    ///
    /// # Errors
    /// `Forbidden`; `Invalid`; `Unavailable`.
    pub async fn put_event_type(
        &self,
        caller: Caller,
        name: &str,
        changes: EventTypeChanges,
    ) -> ControlResult<(EventType, Written)> {
        caller.require_organisation_for(Capability::ManageCatalog)?;
        let name = parse_catalogue_name(name)?;
        changes.check()?;
        let mut event_type = changes.apply_to(self.blank_event_type(name));
        let written = match self.store().find_event_type(&event_type.name).await {
            Ok(before) => {
                event_type.created_at = before.created_at;
                Written::Existed
            }
            Err(StoreError::NotFound) => Written::Created,
            Err(error) => return Err(error.into()),
        };
        self.write_event_types(vec![event_type.clone()]).await?;
        Ok((event_type, written))
    }

    /// Changes an event type.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound`; `Invalid`; `Unavailable`.
    pub async fn change_event_type(
        &self,
        caller: Caller,
        name: &str,
        changes: EventTypeChanges,
    ) -> ControlResult<EventType> {
        caller.require_organisation_for(Capability::ManageCatalog)?;
        changes.check()?;
        let mut event_type = changes.apply_to(self.find_event_type(caller, name).await?);
        event_type.updated_at = self.now();
        self.write_event_types(vec![event_type.clone()]).await?;
        Ok(event_type)
    }

    /// Archives an event type or removes it for good.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound`; `Unavailable`.
    pub async fn delete_event_type(&self, caller: Caller, name: &str, removal: Removal) -> ControlResult<()> {
        caller.require_organisation_for(Capability::ManageCatalog)?;
        let mut event_type = self.find_event_type(caller, name).await?;
        match removal {
            Removal::Expunge => self.expunge_event_type(event_type.name).await?,
            Removal::Archive => {
                event_type.archived = true;
                event_type.updated_at = self.now();
                self.write_event_types(vec![event_type]).await?;
            }
        }
        Ok(())
    }

    /// A page of what the caller may see of the catalogue, by name.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn list_event_types(
        &self,
        caller: Caller,
        include_archived: bool,
        page: PageQuery<String>,
    ) -> ControlResult<Page<EventType>> {
        Ok(self.store().list_event_types(include_archived, caller.flags().clone(), page).await?)
    }

    /// All that may be seen of the catalogue in an app, by name, without what is archived.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn all_event_types(&self, access: &AppAccess) -> ControlResult<Vec<EventType>> {
        self.whole_catalogue(false, access.flags()).await
    }

    pub(crate) async fn find_shown_event_type(
        &self,
        flags: &FeatureFlags,
        name: &str,
    ) -> ControlResult<EventType> {
        let name = EventTypeName::parse(name).map_err(|_| ControlError::NotFound)?;
        let event_type = self.store().find_event_type(&name).await?;
        match flags.show(event_type.feature_flag.as_deref()) {
            true => Ok(event_type),
            false => Err(ControlError::NotFound),
        }
    }

    async fn bring_back(&self, event_type: EventType) -> ControlResult<EventType> {
        let before = self.store().find_event_type(&event_type.name).await?;
        if !before.archived {
            return Err(ControlError::Conflict(Conflict::EventType));
        }
        let event_type = EventType { created_at: before.created_at, ..event_type };
        self.write_event_types(vec![event_type.clone()]).await?;
        Ok(event_type)
    }

    async fn add_event_type(&self, event_type: EventType) -> StoreResult<()> {
        let store = self.store().clone();
        self.commit_catalogue(async move { store.create_event_type(event_type).await }).await
    }

    pub(crate) async fn write_event_types(&self, event_types: Vec<EventType>) -> StoreResult<()> {
        let store = self.store().clone();
        self.commit_catalogue(async move { store.put_event_types(event_types).await }).await
    }

    async fn expunge_event_type(&self, name: EventTypeName) -> StoreResult<()> {
        let store = self.store().clone();
        self.commit_catalogue(async move { store.remove_event_type(&name).await }).await
    }

    pub(crate) fn blank_event_type(&self, name: EventTypeName) -> EventType {
        let now = self.now();
        EventType { created_at: now, updated_at: now, ..EventType::blank(name) }
    }
}

impl EventTypeChanges {
    pub(crate) fn check(&self) -> ControlResult<()> {
        if let Change::Set(Some(schemas)) = &self.schemas {
            check_schemas(schemas)?;
        }
        if let Change::Set(Some(flag)) = &self.feature_flag {
            // The same letters and length as a uid's.
            Uid::parse(flag).map_err(in_body("featureFlag"))?;
        }
        if let Change::Set(Some(name)) = &self.group_name {
            check_group_name(name)?;
        }
        Ok(())
    }

    pub(crate) fn apply_to(&self, mut event_type: EventType) -> EventType {
        self.description.apply(&mut event_type.description);
        self.archived.apply(&mut event_type.archived);
        self.deprecated.apply(&mut event_type.deprecated);
        self.schemas.apply(&mut event_type.schemas);
        self.feature_flag.apply(&mut event_type.feature_flag);
        self.group_name.apply(&mut event_type.group_name);
        self.payload_validation.apply(&mut event_type.payload_validation);
        event_type
    }
}

/// An event type as a document describes it, found good.
///
/// # Errors
/// Where it is not.
pub(crate) fn described_in(
    name: &str,
    changes: EventTypeChanges,
) -> Result<(EventTypeName, EventTypeChanges), Fault> {
    let checked = parse_catalogue_name(name).and_then(|name| changes.check().map(|()| name));
    match checked {
        Ok(name) => Ok((name, changes)),
        Err(ControlError::Refused(faults)) if !faults.is_empty() => Err(faults[0].clone()),
        Err(ControlError::Invalid { field, message, .. }) => Err(Fault::at([field], message)),
        Err(error) => Err(Fault::at(["name"], error.to_string())),
    }
}

/// A schema that could not be used later is refused now.
fn check_schemas(schemas: &Value) -> ControlResult<()> {
    let by_version = schemas
        .as_object()
        .filter(|schemas| schemas.values().all(|schema| schema.is_object() || schema.is_boolean()));
    let Some(by_version) = by_version else {
        let sentence = "must be an object of JSON Schemas by version, as in {\"1\": {…}}";
        return Err(ControlError::body("schemas", sentence));
    };
    for (version, schema) in by_version {
        PayloadSchema::compile(schema)
            .map_err(|fault| ControlError::Refused(vec![fault.within(["schemas", version])]))?;
    }
    Ok(())
}

/// A heading: as a uid, but its words may have blanks between them.
pub(crate) fn check_group_name(name: &str) -> ControlResult<()> {
    if name.starts_with(' ') || name.ends_with(' ') {
        return Err(ControlError::body("groupName", "must not begin or end with a blank"));
    }
    Uid::parse(&name.replace(' ', "_")).map(drop).map_err(in_body("groupName"))
}

/// A hyphen in front marks the way back in a list by name.
fn parse_catalogue_name(name: &str) -> ControlResult<EventTypeName> {
    if name.starts_with('-') {
        return Err(ControlError::body("name", "must not start with a hyphen"));
    }
    parse_event_type(name, "name")
}
