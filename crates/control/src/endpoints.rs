//! Endpoints: made, found, changed, deleted and listed.

use wirepost_model::app::Metadata;
use wirepost_model::capability::Capability;
use wirepost_model::delivery_rules::DeliveryRules;
use wirepost_model::endpoint::{CustomHeaders, Endpoint, EndpointSecret};
use wirepost_model::ids::{EndpointKind, Kind};
use wirepost_model::operational::{OperationalEvent, Place};
use wirepost_model::timestamp::Timestamp;
use wirepost_store::StoreError;
use wirepost_store::endpoints::EndpointChange;

use crate::apps::Written;
use crate::caller::AppAccess;
use crate::change::Change;
use crate::endpoint_draft::{CheckedEndpoint, EndpointChanges, EndpointDraft};
use crate::error::Conflict;
use crate::page::{Page, PageQuery};
use crate::{Control, ControlError, ControlResult, ROUNDS_MOST};

impl Control {
    /// Makes an endpoint.
    ///
    /// # Errors
    /// `Invalid`; `Conflict(Uid)`; `LimitReached`; `Unavailable`.
    pub async fn create_endpoint(&self, access: &AppAccess, draft: EndpointDraft) -> ControlResult<Endpoint> {
        access.require(Capability::ManageEndpoint)?;
        if draft.secret.is_some() {
            access.require(Capability::ManageEndpointSecret)?;
        }
        self.check_endpoint_count(access, 1)?;
        let secret = self.first_secret(draft.secret.as_deref())?;
        let checked = self.check_endpoint(access, None, draft.into_changes()?).await?;
        let now = self.now();
        let mut endpoint = self.blank_endpoint(access, now);
        checked.apply_to(&mut endpoint, now);
        let secret = EndpointSecret { secret, created_at: now, expires_at: None };
        let events = [OperationalEvent::created(Place::of(access.app().uid.as_ref(), &endpoint))];
        let change = EndpointChange::Create(vec![(endpoint.clone(), secret)]);
        self.write_endpoints(access, change, &events).await?;
        Ok(endpoint)
    }

    /// The endpoint whose id or uid this is.
    ///
    /// # Errors
    /// `NotFound`; `Unavailable`.
    pub async fn find_endpoint(&self, access: &AppAccess, id_or_uid: &str) -> ControlResult<Endpoint> {
        Ok(self.store().find_endpoint(access.id(), id_or_uid).await?)
    }

    /// Replaces an endpoint, or makes it under the uid it was asked for by.
    ///
    /// # Errors
    /// `NotFound` for an unknown id; `Invalid`; `Conflict`; `LimitReached`; `Unavailable`.
    pub async fn put_endpoint(
        &self,
        access: &AppAccess,
        id_or_uid: &str,
        draft: EndpointDraft,
    ) -> ControlResult<(Endpoint, Written)> {
        access.require(Capability::ManageEndpoint)?;
        match self.store().find_endpoint(access.id(), id_or_uid).await {
            Ok(_) => {
                let changes = draft.into_changes()?;
                let endpoint = self.change_endpoint(access, id_or_uid, changes).await?;
                Ok((endpoint, Written::Existed))
            }
            Err(StoreError::NotFound) if !id_or_uid.starts_with(EndpointKind::PREFIX) => {
                let uid = draft.uid.or(Change::Set(Some(id_or_uid.to_owned())));
                let endpoint = self.create_endpoint(access, EndpointDraft { uid, ..draft });
                Ok((endpoint.await?, Written::Created))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Changes an endpoint.
    ///
    /// # Errors
    /// `NotFound`; `Invalid`; `Conflict`; `LimitReached` while too many old secrets sign; `Unavailable`.
    pub async fn change_endpoint(
        &self,
        access: &AppAccess,
        id_or_uid: &str,
        changes: EndpointChanges,
    ) -> ControlResult<Endpoint> {
        access.require(Capability::ManageEndpoint)?;
        let secret = self.wanted_secret(access, &changes.secret)?;
        let checked: CheckedEndpoint = self.check_endpoint(access, Some(id_or_uid), changes).await?;
        let edit = |endpoint: &mut Endpoint, now| {
            checked.apply_to(endpoint, now);
            Ok(())
        };
        let endpoint = self.rewrite_endpoint(access, id_or_uid, edit).await?;
        if let Some(secret) = secret {
            // Two steps: who hears that the second failed asks again, and then the first changes nothing.
            self.sign_with(access, endpoint.id, secret).await?;
        }
        Ok(endpoint)
    }

    /// Deletes an endpoint; its pending deliveries end.
    ///
    /// # Errors
    /// `NotFound`; `Unavailable`.
    pub async fn delete_endpoint(&self, access: &AppAccess, id_or_uid: &str) -> ControlResult<()> {
        access.require(Capability::ManageEndpoint)?;
        let app = access.id();
        let endpoint = self.store().find_endpoint(app, id_or_uid).await?;
        let events = [OperationalEvent::deleted(Place::of(access.app().uid.as_ref(), &endpoint))];
        let change = EndpointChange::Delete { app, endpoint: endpoint.id, at: self.now() };
        self.write_endpoints(access, change, &events).await?;
        Ok(())
    }

    /// A page of an app's endpoints.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn list_endpoints(
        &self,
        access: &AppAccess,
        page: PageQuery<i64>,
    ) -> ControlResult<Page<Endpoint>> {
        Ok(self.store().list_endpoints(access.id(), page).await?)
    }

    /// All endpoints of an app, oldest first, from memory.
    pub fn all_endpoints<'a>(&self, access: &'a AppAccess) -> impl Iterator<Item = &'a Endpoint> + use<'a> {
        access.view().endpoints.iter().map(|view| &view.endpoint)
    }

    /// Reads an endpoint, edits it and writes it back; begins again when somebody else was faster.
    pub(crate) async fn rewrite_endpoint(
        &self,
        access: &AppAccess,
        id_or_uid: &str,
        edit: impl Fn(&mut Endpoint, Timestamp) -> ControlResult<()>,
    ) -> ControlResult<Endpoint> {
        let app = access.id();
        for _ in 0..ROUNDS_MOST {
            let before = self.store().find_endpoint(app, id_or_uid).await?;
            let mut endpoint = before.clone();
            edit(&mut endpoint, self.now())?;
            let events = OperationalEvent::of_change(access.app().uid.as_ref(), &before, &endpoint);
            let change = EndpointChange::Update(Box::new(endpoint.clone()));
            match self.write_endpoints(access, change, &events).await {
                Ok(()) => return Ok(endpoint),
                Err(StoreError::Conflict(Conflict::Revision)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(ControlError::Conflict(Conflict::Revision))
    }

    pub(crate) fn check_endpoint_count(&self, access: &AppAccess, more: usize) -> ControlResult<()> {
        let most = self.settings().endpoints_per_app_most;
        if access.view().endpoints.len() + more <= most {
            return Ok(());
        }
        let sentence = format!("An app may have at most {most} endpoints");
        Err(ControlError::LimitReached(sentence))
    }

    pub(crate) fn blank_endpoint(&self, access: &AppAccess, now: Timestamp) -> Endpoint {
        Endpoint {
            id: self.ids().next(now),
            app: access.id(),
            uid: None,
            url: String::new(),
            description: String::new(),
            event_types: Vec::new(),
            channels: Vec::new(),
            disabled: None,
            throttle_rate: None,
            metadata: Metadata::new(),
            headers: CustomHeaders::default(),
            delivery_rules: DeliveryRules::default(),
            failing_since: None,
            created_at: now,
            updated_at: now,
            revision: 0,
        }
    }
}
