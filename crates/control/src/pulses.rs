//! Pulses: made, found, changed, archived and listed.

use wirepost_model::capability::Capability;
use wirepost_model::ids::PulseId;
use wirepost_model::names::EventTypeName;
use wirepost_model::pulse::{EVENT_TYPE_DEFAULT, OBJECTS_MOST, ObjectRule, Pulse, Raisers};
use wirepost_store::StoreError;

use crate::caller::AppAccess;
use crate::change::Change;
use crate::error::Conflict;
use crate::page::{Page, PageQuery};
use crate::pulse_draft::PulseChanges;
use crate::{Control, ControlError, ControlResult, ROUNDS_MOST};

/// Most pulses of one app, archived ones among them.
const PULSES_MOST: usize = 1_000;

impl Control {
    /// Makes a pulse.
    ///
    /// # Errors
    /// `MissingCapability`; `Invalid`; `Refused`; `Conflict(PulseName)`; `LimitReached`; `Unavailable`.
    pub async fn create_pulse(&self, access: &AppAccess, changes: PulseChanges) -> ControlResult<Pulse> {
        access.require(Capability::ManageEndpoint)?;
        let checked = changes.check()?;
        let mut pulse = self.blank_pulse(access);
        checked.apply_to(&mut pulse, self.now())?;
        match self.store().create_pulse(pulse.clone(), PULSES_MOST).await {
            Ok(()) => Ok(pulse),
            Err(StoreError::Conflict(Conflict::Pulses)) => {
                let sentence = format!("An app may have at most {PULSES_MOST} pulses");
                Err(ControlError::LimitReached(sentence))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The pulse of this id, archived or not.
    ///
    /// # Errors
    /// `NotFound`; `Unavailable`.
    pub async fn find_pulse(&self, access: &AppAccess, id: &str) -> ControlResult<Pulse> {
        let id = PulseId::parse(id).map_err(|_| ControlError::NotFound)?;
        Ok(self.store().find_pulse(access.id(), id).await?)
    }

    /// Changes a pulse. Begins again when somebody else was faster.
    ///
    /// # Errors
    /// `MissingCapability`; `NotFound`; `Invalid`; `Refused`; `Conflict`; `Unavailable`.
    pub async fn change_pulse(
        &self,
        access: &AppAccess,
        id: &str,
        changes: PulseChanges,
    ) -> ControlResult<Pulse> {
        access.require(Capability::ManageEndpoint)?;
        let checked = changes.check()?;
        for _ in 0..ROUNDS_MOST {
            let mut pulse = self.find_pulse(access, id).await?;
            checked.apply_to(&mut pulse, self.now())?;
            match self.store().update_pulse(pulse.clone()).await {
                Ok(()) => return Ok(pulse),
                Err(StoreError::Conflict(Conflict::Revision)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(ControlError::Conflict(Conflict::Revision))
    }

    /// Archives a pulse: it can no longer be raised, its name is free, its log stays.
    ///
    /// # Errors
    /// `MissingCapability`; `NotFound`; `Conflict`; `Unavailable`.
    pub async fn archive_pulse(&self, access: &AppAccess, id: &str) -> ControlResult<()> {
        let archived = PulseChanges { archived: Change::Set(true), ..PulseChanges::default() };
        self.change_pulse(access, id, archived).await.map(drop)
    }

    /// A page of an app's pulses.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn list_pulses(
        &self,
        access: &AppAccess,
        include_archived: bool,
        page: PageQuery<i64>,
    ) -> ControlResult<Page<Pulse>> {
        Ok(self.store().list_pulses(access.id(), include_archived, page).await?)
    }

    fn blank_pulse(&self, access: &AppAccess) -> Pulse {
        let now = self.now();
        Pulse {
            id: self.ids().next(now),
            app: access.id(),
            name: String::new(),
            event_type: EventTypeName::parse(EVENT_TYPE_DEFAULT).expect("the default is a good name"),
            description: String::new(),
            fields: None,
            objects: ObjectRule { least: 1, most: OBJECTS_MOST, schema: None },
            raisers: Raisers::Anyone,
            archived: false,
            created_at: now,
            updated_at: now,
            revision: 0,
        }
    }
}
