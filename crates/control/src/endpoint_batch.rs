//! Many endpoints made at once, all or none.

use wirepost_model::capability::Capability;
use wirepost_model::endpoint::{Endpoint, EndpointSecret};
use wirepost_model::operational::{OperationalEvent, Place};
use wirepost_store::endpoints::EndpointChange;

use crate::caller::AppAccess;
use crate::endpoint_draft::EndpointDraft;
use crate::{Control, ControlError, ControlResult};

/// Most endpoints made at once.
pub const ENDPOINTS_AT_ONCE_MOST: usize = 50;

impl Control {
    /// Makes endpoints, in order, in one transaction.
    ///
    /// # Errors
    /// As for one endpoint, for any of them: then none is made. Of several, the refused one is named by its place,
    /// counted from one.
    pub async fn create_endpoints(
        &self,
        access: &AppAccess,
        drafts: Vec<EndpointDraft>,
    ) -> ControlResult<Vec<Endpoint>> {
        access.require(Capability::ManageEndpoint)?;
        let count = drafts.len();
        if !(1..=ENDPOINTS_AT_ONCE_MOST).contains(&count) {
            let sentence = format!("must be 1 to {ENDPOINTS_AT_ONCE_MOST} endpoints");
            return Err(ControlError::body("list", sentence));
        }
        self.check_endpoint_count(access, count)?;
        let mut rows = Vec::with_capacity(count);
        for (place, draft) in (1..).zip(drafts) {
            let row = self.check_new_endpoint(access, draft).await;
            rows.push(row.map_err(|error| if count > 1 { at_place(place, error) } else { error })?);
        }
        let endpoints: Vec<_> = rows.iter().map(|(endpoint, _)| endpoint.clone()).collect();
        let uid = access.app().uid.as_ref();
        let created = |endpoint| OperationalEvent::created(Place::of(uid, endpoint));
        let events: Vec<_> = endpoints.iter().map(created).collect();
        self.write_endpoints(access, EndpointChange::Create(rows), &events).await?;
        Ok(endpoints)
    }

    async fn check_new_endpoint(
        &self,
        access: &AppAccess,
        draft: EndpointDraft,
    ) -> ControlResult<(Endpoint, EndpointSecret)> {
        let secret = self.first_secret(draft.secret.as_deref())?;
        let checked = self.check_endpoint(access, None, draft.into_changes()?).await?;
        let now = self.now();
        let mut endpoint = self.blank_endpoint(access, now);
        checked.apply_to(&mut endpoint, now);
        Ok((endpoint, EndpointSecret { secret, created_at: now, expires_at: None }))
    }
}

fn at_place(place: usize, error: ControlError) -> ControlError {
    match error {
        ControlError::Invalid { location, field, message } => {
            ControlError::Invalid { location, field, message: format!("{message} (endpoint {place})") }
        }
        error => error,
    }
}
