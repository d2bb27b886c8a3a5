//! Attempts: what was sent, and what came back.

use std::collections::HashMap;

use wirepost_model::capability::Capability;
use wirepost_model::ids::{AttemptId, EndpointId, MessageId};
use wirepost_model::message::StoredMessage;
use wirepost_store::attempts::{AttemptCount, AttemptFilter, StoredAttempt};

use crate::caller::{AppAccess, Caller};
use crate::messages::nearest_after;
use crate::page::{Look, Page, PageQuery};
use crate::status::ShownStatus;
use crate::{Control, ControlError, ControlResult};

/// Of an endpoint's attempts, the newest so many are counted one by one; of more than that a count is a lower bound.
const COUNTED_MOST: usize = 100_000;

/// Which attempts a list shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AttemptSelection {
    /// Only attempts of this status. An attempt has only ever succeeded or failed, so the others match none.
    pub status: Option<ShownStatus>,
    /// All else.
    pub filter: AttemptFilter,
}

impl Control {
    /// A page of an endpoint's attempts, newest first. `after` alone gives the page nearest after it. Where no index
    /// fits the filter, a bounded number of attempts is looked at.
    ///
    /// # Errors
    /// `NotFound`; `Unavailable`.
    pub async fn list_attempts_of_endpoint(
        &self,
        access: &AppAccess,
        endpoint: &str,
        selection: AttemptSelection,
        page: PageQuery<i64>,
    ) -> ControlResult<Look<StoredAttempt>> {
        let endpoint = self.find_endpoint(access, endpoint).await?.id;
        let Some(filter) = selection.into_filter() else {
            return Ok(Look { page: nothing(), reached: None });
        };
        let page = nearest_after(page, filter.before, filter.after);
        let store = self.store();
        Ok(store.list_attempts_of_endpoint(access.id(), endpoint, filter, page).await?)
    }

    /// How many attempts of an endpoint a list would show. Where only looking tells, no more than the newest
    /// 100,000 are looked at.
    ///
    /// # Errors
    /// `NotFound`; `Unavailable`.
    pub async fn count_attempts_of_endpoint(
        &self,
        access: &AppAccess,
        endpoint: &str,
        selection: AttemptSelection,
    ) -> ControlResult<AttemptCount> {
        let endpoint = self.find_endpoint(access, endpoint).await?.id;
        let Some(filter) = selection.into_filter() else {
            return Ok(AttemptCount { count: 0, complete: true });
        };
        let store = self.store();
        Ok(store.count_attempts_of_endpoint(access.id(), endpoint, filter, COUNTED_MOST).await?)
    }

    /// A page of a message's attempts, newest first, at all endpoints or at one.
    ///
    /// # Errors
    /// `NotFound`; `Unavailable`.
    pub async fn list_attempts_of_message(
        &self,
        access: &AppAccess,
        message: &str,
        endpoint: Option<&str>,
        selection: AttemptSelection,
        page: PageQuery<i64>,
    ) -> ControlResult<Page<StoredAttempt>> {
        let message = self.find_message(access, message, false).await?.message.id;
        let endpoint = match endpoint {
            None => None,
            Some(endpoint) => Some(self.endpoint_of_attempts(access, endpoint).await?),
        };
        let Some(filter) = selection.into_filter() else {
            return Ok(nothing());
        };
        let page = nearest_after(page, filter.before, filter.after);
        let store = self.store();
        let found = store.list_attempts_of_message(access.id(), message, endpoint, filter, page);
        Ok(found.await?)
    }

    /// One attempt of a message.
    ///
    /// # Errors
    /// `NotFound`; `Unavailable`.
    pub async fn find_attempt(
        &self,
        access: &AppAccess,
        message: &str,
        attempt: &str,
    ) -> ControlResult<StoredAttempt> {
        let attempt = AttemptId::parse(attempt).map_err(|_| ControlError::NotFound)?;
        let message = self.find_message(access, message, false).await?.message.id;
        Ok(self.store().find_attempt(access.id(), message, attempt).await?)
    }

    /// Removes what is kept of an attempt's signature and answer, at once.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound`; `Unavailable`.
    pub async fn expunge_attempt_content(
        &self,
        caller: Caller,
        app: &str,
        message: &str,
        attempt: &str,
    ) -> ControlResult<()> {
        let access = self.enter_for(caller.clone(), app, Capability::SendMessages).await?;
        caller.require_organisation_for(Capability::SendMessages)?;
        let attempt = self.find_attempt(&access, message, attempt).await?.attempt;
        let message = attempt.delivery.message;
        Ok(self.store().expunge_attempt_content(access.id(), message, attempt.id).await?)
    }

    /// The messages that these attempts were of.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn messages_of_attempts(
        &self,
        access: &AppAccess,
        attempts: &[StoredAttempt],
        with_content: bool,
    ) -> ControlResult<HashMap<MessageId, StoredMessage>> {
        let mut ids: Vec<MessageId> = attempts.iter().map(|stored| stored.attempt.delivery.message).collect();
        ids.sort_unstable();
        ids.dedup();
        let found = self.store().find_messages(access.id(), ids, with_content).await?;
        Ok(found.into_iter().map(|stored| (stored.message.id, stored)).collect())
    }

    /// Attempts outlive their endpoint, so that an id is taken as it is.
    async fn endpoint_of_attempts(&self, access: &AppAccess, id_or_uid: &str) -> ControlResult<EndpointId> {
        match EndpointId::parse(id_or_uid) {
            Ok(id) => Ok(id),
            Err(_) => Ok(self.find_endpoint(access, id_or_uid).await?.id),
        }
    }
}

impl AttemptSelection {
    /// `None` when nothing can match.
    fn into_filter(self) -> Option<AttemptFilter> {
        let succeeded = match self.status {
            None => self.filter.succeeded,
            Some(ShownStatus::Success) => Some(true),
            Some(ShownStatus::Fail) => Some(false),
            Some(ShownStatus::Pending | ShownStatus::Sending | ShownStatus::Canceled) => return None,
        };
        Some(AttemptFilter { succeeded, ..self.filter })
    }
}

fn nothing() -> Page<StoredAttempt> {
    Page { rows: Vec::new(), done: true }
}
