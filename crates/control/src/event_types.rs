//! The catalogue of event types: made, found, changed, archived, removed and listed.

use serde_json::Value;
use wirepost_model::event_type::EventType;
use wirepost_model::names::{EventTypeName, Uid};
use wirepost_store::StoreError;

use crate::apps::Written;
use crate::caller::Caller;
use crate::change::Change;
use crate::channels::parse_event_type;
use crate::error::{Conflict, in_body};
use crate::page::{Page, PageQuery};
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
    /// Only apps with this flag see it.
    pub feature_flag: Change<Option<String>>,
    /// The heading it stands under.
    pub group_name: Change<Option<String>>,
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
        caller.require_organisation()?;
        let name = parse_catalogue_name(name)?;
        changes.check()?;
        let event_type = changes.apply_to(self.blank_event_type(name));
        match self.store().create_event_type(event_type.clone()).await {
            Ok(()) => Ok(event_type),
            Err(StoreError::Conflict(Conflict::EventType)) => self.bring_back(event_type).await,
            Err(error) => Err(error.into()),
        }
    }

    /// The event type of this name, archived or not.
    ///
    /// # Errors
    /// `NotFound`; `Unavailable`.
    pub async fn find_event_type(&self, name: &str) -> ControlResult<EventType> {
        let name = EventTypeName::parse(name).map_err(|_| ControlError::NotFound)?;
        Ok(self.store().find_event_type(&name).await?)
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
        caller.require_organisation()?;
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
        self.store().put_event_types(vec![event_type.clone()]).await?;
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
        caller.require_organisation()?;
        changes.check()?;
        let mut event_type = changes.apply_to(self.find_event_type(name).await?);
        event_type.updated_at = self.now();
        self.store().put_event_types(vec![event_type.clone()]).await?;
        Ok(event_type)
    }

    /// Archives an event type or removes it for good.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound`; `Unavailable`.
    pub async fn delete_event_type(&self, caller: Caller, name: &str, removal: Removal) -> ControlResult<()> {
        caller.require_organisation()?;
        let mut event_type = self.find_event_type(name).await?;
        match removal {
            Removal::Expunge => self.store().remove_event_type(&event_type.name).await?,
            Removal::Archive => {
                event_type.archived = true;
                event_type.updated_at = self.now();
                self.store().put_event_types(vec![event_type]).await?;
            }
        }
        Ok(())
    }

    /// A page of the catalogue, by name.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn list_event_types(
        &self,
        include_archived: bool,
        page: PageQuery<String>,
    ) -> ControlResult<Page<EventType>> {
        Ok(self.store().list_event_types(include_archived, page).await?)
    }

    async fn bring_back(&self, event_type: EventType) -> ControlResult<EventType> {
        let before = self.store().find_event_type(&event_type.name).await?;
        if !before.archived {
            return Err(ControlError::Conflict(Conflict::EventType));
        }
        let event_type = EventType { created_at: before.created_at, ..event_type };
        self.store().put_event_types(vec![event_type.clone()]).await?;
        Ok(event_type)
    }

    fn blank_event_type(&self, name: EventTypeName) -> EventType {
        let now = self.now();
        EventType {
            name,
            description: String::new(),
            archived: false,
            deprecated: false,
            schemas: None,
            feature_flag: None,
            group_name: None,
            created_at: now,
            updated_at: now,
        }
    }
}

impl EventTypeChanges {
    fn check(&self) -> ControlResult<()> {
        if let Change::Set(Some(schemas)) = &self.schemas {
            let by_version = schemas.as_object().is_some_and(|schemas| {
                schemas.values().all(|schema| schema.is_object() || schema.is_boolean())
            });
            if !by_version {
                let sentence = "must be an object of JSON Schemas by version, as in {\"1\": {…}}";
                return Err(ControlError::body("schemas", sentence));
            }
        }
        for (value, field) in [(&self.feature_flag, "featureFlag"), (&self.group_name, "groupName")] {
            if let Change::Set(Some(text)) = value {
                // The same letters and length as a uid's.
                Uid::parse(text).map_err(in_body(field))?;
            }
        }
        Ok(())
    }

    fn apply_to(&self, mut event_type: EventType) -> EventType {
        self.description.apply(&mut event_type.description);
        self.archived.apply(&mut event_type.archived);
        self.deprecated.apply(&mut event_type.deprecated);
        self.schemas.apply(&mut event_type.schemas);
        self.feature_flag.apply(&mut event_type.feature_flag);
        self.group_name.apply(&mut event_type.group_name);
        event_type
    }
}

/// A hyphen in front marks the way back in a list by name.
fn parse_catalogue_name(name: &str) -> ControlResult<EventTypeName> {
    if name.starts_with('-') {
        return Err(ControlError::body("name", "must not start with a hyphen"));
    }
    parse_event_type(name, "name")
}
