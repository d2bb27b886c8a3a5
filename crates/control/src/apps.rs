//! Apps: made, found, changed, deleted and listed.

use wirepost_model::app::{App, Metadata, check_metadata};
use wirepost_model::capability::Capability;
use wirepost_model::ids::{AppId, AppKind, Kind};
use wirepost_model::names::Uid;
use wirepost_model::payload_validation::PayloadValidation;
use wirepost_model::timestamp::Timestamp;
use wirepost_model::token::Scope;
use wirepost_store::StoreError;

use crate::caller::{AppAccess, Caller};
use crate::change::Change;
use crate::error::{Conflict, in_body};
use crate::fault::Fault;
use crate::page::{Page, PageQuery};
use crate::{Control, ControlError, ControlResult, ROUNDS_MOST};

/// Most characters of a name.
pub const NAME_CHARACTERS_MOST: usize = 1_024;
/// Most messages per second that a limit may say.
pub const THROTTLE_RATE_MOST: u32 = u16::MAX as u32;

/// An app as somebody wants it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AppDraft {
    /// Shown to people.
    pub name: String,
    /// The caller's own id for it; kept by a replacement that does not speak of it.
    pub uid: Change<Option<String>>,
    /// Most messages per second.
    pub throttle_rate: Option<u32>,
    /// The caller's notes.
    pub metadata: Metadata,
    /// Whether payloads must fit their event types' schemas; kept by a replacement that does not speak of it.
    pub payload_validation: Change<PayloadValidation>,
}

/// What is to change of an app.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AppChanges {
    /// Shown to people.
    pub name: Change<String>,
    /// The caller's own id for it.
    pub uid: Change<Option<String>>,
    /// Most messages per second.
    pub throttle_rate: Change<Option<u32>>,
    /// The caller's notes.
    pub metadata: Change<Metadata>,
    /// Whether payloads must fit their event types' schemas.
    pub payload_validation: Change<PayloadValidation>,
}

/// Whether a thing was there before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// It was made.
    Created,
    /// It was there.
    Existed,
}

/// Changes that were found good.
struct CheckedChanges {
    name: Change<String>,
    uid: Change<Option<Uid>>,
    throttle_rate: Change<Option<u32>>,
    metadata: Change<Metadata>,
    payload_validation: Change<PayloadValidation>,
}

impl Control {
    /// Makes an app.
    ///
    /// # Errors
    /// `Forbidden`; `Invalid`; `Conflict(Uid)`; `Unavailable`.
    pub async fn create_app(&self, caller: Caller, draft: AppDraft) -> ControlResult<App> {
        caller.require_organisation()?;
        let changes = check(draft.into())?;
        self.add_app(changes).await
    }

    /// The app of the draft's uid where there is one, or else makes it.
    ///
    /// # Errors
    /// As [`Self::create_app`], without the conflict.
    pub async fn find_or_create_app(&self, caller: Caller, draft: AppDraft) -> ControlResult<(App, Written)> {
        let uid = draft.uid.clone().unwrap_or_else(|| None);
        for _ in 0..ROUNDS_MOST {
            match self.create_app(caller.clone(), draft.clone()).await {
                Ok(app) => return Ok((app, Written::Created)),
                Err(ControlError::Conflict(Conflict::Uid)) => {}
                Err(error) => return Err(error),
            }
            // It may be deleted between the two steps; then the next round makes it.
            match self.store().find_app(uid.as_deref().unwrap_or_default()).await {
                Ok(app) => return Ok((app, Written::Existed)),
                Err(StoreError::NotFound) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(ControlError::Conflict(Conflict::Uid))
    }

    /// Enters an app to send to it; makes it first where it is unknown and `draft` carries the uid asked for.
    ///
    /// # Errors
    /// As [`Self::enter_for`] with [`Capability::SendMessages`], and [`Self::create_app`]; `Refused` for a draft
    /// that is not good, needed or not.
    pub async fn enter_to_send(
        &self,
        caller: Caller,
        id_or_uid: &str,
        draft: Option<AppDraft>,
    ) -> ControlResult<AppAccess> {
        let draft = draft_of(id_or_uid, draft)?;
        let found = self.enter_for(caller.clone(), id_or_uid, Capability::SendMessages).await;
        let of_organisation = caller.scope() == Scope::Organisation;
        match (found, draft) {
            (Err(ControlError::NotFound), Some(draft)) if of_organisation => {
                caller.require(Capability::SendMessages)?;
                self.find_or_create_app(caller.clone(), draft).await?;
                self.enter_for(caller, id_or_uid, Capability::SendMessages).await
            }
            (found, _) => found,
        }
    }

    /// Enters an app as its organisation; makes it first as [`Self::enter_to_send`] does.
    ///
    /// # Errors
    /// As [`Self::enter_as_organisation`] and [`Self::create_app`]; `Refused` for a draft that is not good.
    pub(crate) async fn enter_or_make_as_organisation(
        &self,
        caller: Caller,
        id_or_uid: &str,
        draft: Option<AppDraft>,
    ) -> ControlResult<AppAccess> {
        let draft = draft_of(id_or_uid, draft)?;
        let found = self.enter_as_organisation(caller.clone(), id_or_uid).await;
        let of_organisation = caller.scope() == Scope::Organisation;
        match (found, draft) {
            (Err(ControlError::NotFound), Some(draft)) if of_organisation => {
                self.find_or_create_app(caller.clone(), draft).await?;
                self.enter_as_organisation(caller, id_or_uid).await
            }
            (found, _) => found,
        }
    }

    /// The app as the database has it.
    ///
    /// # Errors
    /// `NotFound`; `Unavailable`.
    pub async fn find_app(&self, caller: Caller, id_or_uid: &str) -> ControlResult<App> {
        let access = self.enter(caller, id_or_uid).await?;
        Ok(access.app().clone())
    }

    /// Replaces an app, or makes it under the uid it was asked for by.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound` for an unknown id; `Invalid`; `Conflict`; `Unavailable`.
    pub async fn put_app(
        &self,
        caller: Caller,
        id_or_uid: &str,
        draft: AppDraft,
    ) -> ControlResult<(App, Written)> {
        match self.enter_as_organisation(caller.clone(), id_or_uid).await {
            Ok(_) => {
                let app = self.change_app(caller, id_or_uid, draft.into()).await?;
                Ok((app, Written::Existed))
            }
            // An app's own caller hears the same of all other apps, whether they exist or not.
            Err(ControlError::NotFound)
                if caller.scope() == Scope::Organisation && !id_or_uid.starts_with(AppKind::PREFIX) =>
            {
                let uid = draft.uid.or(Change::Set(Some(id_or_uid.to_owned())));
                let app = self.create_app(caller, AppDraft { uid, ..draft }).await?;
                Ok((app, Written::Created))
            }
            Err(error) => Err(error),
        }
    }

    /// Changes an app.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound`; `Invalid`; `Conflict`; `Unavailable`.
    pub async fn change_app(
        &self,
        caller: Caller,
        id_or_uid: &str,
        changes: AppChanges,
    ) -> ControlResult<App> {
        let id = self.enter_as_organisation(caller, id_or_uid).await?.id();
        let changes = check(changes)?;
        for _ in 0..ROUNDS_MOST {
            let before = self.store().find_app(&id.to_string()).await?;
            let app = changes.apply_to(before.clone(), self.now());
            let (store, after) = (self.store().clone(), app.clone());
            let write = async move { store.update_app(after, before.updated_at).await };
            match self.commit(id, write).await {
                Ok(()) => return Ok(app),
                Err(StoreError::Conflict(Conflict::Revision)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(ControlError::Conflict(Conflict::Revision))
    }

    /// Deletes an app with all that is in it.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound`; `Unavailable`.
    pub async fn delete_app(&self, caller: Caller, id_or_uid: &str) -> ControlResult<()> {
        let id = self.enter_as_organisation(caller, id_or_uid).await?.id();
        let (store, now) = (self.store().clone(), self.now());
        self.commit(id, async move { store.delete_app(id, now).await }).await?;
        Ok(())
    }

    /// A page of all apps.
    ///
    /// # Errors
    /// `Forbidden`; `Unavailable`.
    pub async fn list_apps(&self, caller: Caller, page: PageQuery<i64>) -> ControlResult<Page<App>> {
        caller.require_organisation_for(Capability::ViewBase)?;
        Ok(self.store().list_apps(page).await?)
    }

    async fn add_app(&self, changes: CheckedChanges) -> ControlResult<App> {
        let now = self.now();
        let id: AppId = self.ids().next(now);
        let blank = App {
            id,
            uid: None,
            name: String::new(),
            throttle_rate: None,
            metadata: Metadata::new(),
            payload_validation: PayloadValidation::Off,
            created_at: now,
            updated_at: now,
        };
        let app = App { updated_at: now, ..changes.apply_to(blank, now) };
        let (store, row) = (self.store().clone(), app.clone());
        self.commit(id, async move { store.create_app(row).await }).await?;
        Ok(app)
    }
}

impl CheckedChanges {
    fn apply_to(&self, mut app: App, now: Timestamp) -> App {
        self.name.apply(&mut app.name);
        self.uid.apply(&mut app.uid);
        self.throttle_rate.apply(&mut app.throttle_rate);
        self.metadata.apply(&mut app.metadata);
        self.payload_validation.apply(&mut app.payload_validation);
        // The instant tells two changes apart, so it rises even within one millisecond.
        app.updated_at = now.max(Timestamp::from_millis(app.updated_at.as_millis() + 1));
        app
    }
}

/// A replacement sets everything, but keeps a uid of which it says nothing.
impl From<AppDraft> for AppChanges {
    fn from(draft: AppDraft) -> Self {
        Self {
            name: Change::Set(draft.name),
            uid: draft.uid,
            throttle_rate: Change::Set(draft.throttle_rate),
            metadata: Change::Set(draft.metadata),
            payload_validation: draft.payload_validation,
        }
    }
}

/// The draft that came along with something else, if it is of the app with this uid. One that is not good is refused
/// even where nobody needs it: it would be refused on another day.
fn draft_of(uid: &str, draft: Option<AppDraft>) -> ControlResult<Option<AppDraft>> {
    let Some(draft) = draft else { return Ok(None) };
    check(draft.clone().into()).map_err(|error| match error {
        ControlError::Invalid { field, message, .. } => {
            ControlError::Refused(vec![Fault::at(["application", field], message)])
        }
        error => error,
    })?;
    Ok(Some(draft).filter(|draft| matches!(&draft.uid, Change::Set(Some(own)) if own == uid)))
}

fn check(changes: AppChanges) -> ControlResult<CheckedChanges> {
    if let Change::Set(name) = &changes.name
        && (name.trim().is_empty() || name.chars().count() > NAME_CHARACTERS_MOST)
    {
        let sentence = format!("must be 1 to {NAME_CHARACTERS_MOST} characters and not blank");
        return Err(ControlError::body("name", sentence));
    }
    if let Change::Set(metadata) = &changes.metadata {
        check_metadata(metadata).map_err(in_body("metadata"))?;
    }
    Ok(CheckedChanges {
        name: changes.name,
        uid: changes.uid.try_map(|uid| check_uid(uid, AppKind::PREFIX))?,
        throttle_rate: changes.throttle_rate.try_map(check_throttle_rate)?,
        metadata: changes.metadata,
        payload_validation: changes.payload_validation,
    })
}

/// A uid that cannot be taken for an id of the thing it names.
pub(crate) fn check_uid(uid: Option<String>, own_prefix: &str) -> ControlResult<Option<Uid>> {
    let parse = |uid: String| Uid::parse_beside_ids(&uid, own_prefix).map_err(in_body("uid"));
    uid.map(parse).transpose()
}

/// A limit in messages per second that a limiter can keep.
pub(crate) fn check_throttle_rate(rate: Option<u32>) -> ControlResult<Option<u32>> {
    match rate {
        Some(0) => Err(ControlError::body("throttleRate", "must be at least 1")),
        Some(rate) if rate > THROTTLE_RATE_MOST => {
            let sentence = format!("must be at most {THROTTLE_RATE_MOST}");
            Err(ControlError::body("throttleRate", sentence))
        }
        rate => Ok(rate),
    }
}
