//! Messages: accepted, found, listed; their payloads removed. Accepting is the path that every message walks, so
//! it reads no database and copies no payload.

use wirepost_model::capability::Capability;
use wirepost_model::id_source::first_key_at;
use wirepost_model::message::{Message, StoredMessage};
use wirepost_model::timestamp::Timestamp;
use wirepost_store::StoreError;
use wirepost_store::messages::{MessageFilter, NewMessage};

use crate::caller::{AppAccess, Caller};
use crate::fault::Fault;
use crate::message_draft::{Identity, MessageDraft};
use crate::page::{From as PageFrom, Look, Order, PageQuery};
use crate::payload_event_id::payload_event_id;
use crate::{Control, ControlError, ControlResult};

/// A message that was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The message.
    pub message: Message,
    /// What keeps its payload from fitting its schema, where somebody asked to be warned.
    pub faults: Vec<Fault>,
}

/// Most messages that are accepted at once.
pub const BATCH_MOST: usize = 1_000;

impl Control {
    /// Accepts a message: once this answers, it is kept and will be attempted.
    ///
    /// # Errors
    /// `Invalid`; `Refused` where its payload must fit a schema and does not; `PayloadTooLarge`; `Conflict(EventId)`; `Unavailable`.
    pub async fn create_message(
        &self,
        access: &AppAccess,
        draft: MessageDraft<'_>,
    ) -> ControlResult<Accepted> {
        let (prepared, faults) = self.prepare_checked(access, &draft).await?;
        let message = prepared.message.clone();
        self.accept(prepared).await?;
        Ok(Accepted { message, faults })
    }

    /// Accepts messages in one transaction; each has a result of its own, in order.
    ///
    /// # Errors
    /// `LimitReached` for more than [`BATCH_MOST`]; `Unavailable`: then none was accepted.
    pub async fn create_messages(
        &self,
        access: &AppAccess,
        drafts: Vec<MessageDraft<'_>>,
    ) -> ControlResult<Vec<ControlResult<Accepted>>> {
        let (prepared, mut results) = self.prepare_all(access, &drafts).await?;
        if !prepared.is_empty() {
            settle(&mut results, self.store().accept_messages(prepared).await?);
        }
        Ok(results)
    }

    /// The message whose id or `eventId` this is, or else the newest with this `event.id` in its payload.
    ///
    /// # Errors
    /// `NotFound`; `Unavailable`.
    pub async fn find_message(
        &self,
        access: &AppAccess,
        id_or_event_id: &str,
        with_content: bool,
    ) -> ControlResult<StoredMessage> {
        let found = self.store().find_message(access.id(), id_or_event_id, with_content);
        Ok(found.await?)
    }

    /// A page of an app's messages, newest first. `after` alone gives the page nearest after it. Where no index fits
    /// the filter, a bounded number of messages is looked at.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn list_messages(
        &self,
        access: &AppAccess,
        filter: MessageFilter,
        page: PageQuery<i64>,
    ) -> ControlResult<Look<StoredMessage>> {
        let page = nearest_after(page, filter.before, filter.after);
        Ok(self.store().list_messages(access.id(), filter, page).await?)
    }

    /// Removes the payload of a message at once.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound`; `Unavailable`.
    pub async fn expunge_content(&self, caller: Caller, app: &str, message: &str) -> ControlResult<()> {
        let access = self.enter_for(caller.clone(), app, Capability::SendMessages).await?;
        caller.require_organisation_for(Capability::SendMessages)?;
        let message = self.find_message(&access, message, false).await?.message.id;
        Ok(self.store().expunge_content(access.id(), message).await?)
    }

    /// The messages of the good drafts, and a result for each draft, as if all that are good were accepted.
    pub(crate) async fn prepare_all(
        &self,
        access: &AppAccess,
        drafts: &[MessageDraft<'_>],
    ) -> ControlResult<(Vec<NewMessage>, Vec<ControlResult<Accepted>>)> {
        if drafts.len() > BATCH_MOST {
            let sentence = format!("A batch may have at most {BATCH_MOST} messages");
            return Err(ControlError::LimitReached(sentence));
        }
        let mut good = Vec::with_capacity(drafts.len());
        let mut results = Vec::with_capacity(drafts.len());
        for draft in drafts {
            match self.prepare_checked(access, draft).await {
                Ok((prepared, faults)) => {
                    results.push(Ok(Accepted { message: prepared.message.clone(), faults }));
                    good.push(prepared);
                }
                Err(error) => results.push(Err(error)),
            }
        }
        Ok((good, results))
    }

    pub(crate) async fn prepare_checked(
        &self,
        access: &AppAccess,
        draft: &MessageDraft<'_>,
    ) -> ControlResult<(NewMessage, Vec<Fault>)> {
        let prepared = self.prepare(access, draft)?;
        let faults = self.check_payload(access, &prepared).await?;
        Ok((prepared, faults))
    }

    fn prepare(&self, access: &AppAccess, draft: &MessageDraft<'_>) -> ControlResult<NewMessage> {
        let now = self.now();
        let identity = Identity { id: self.ids().next(now), app: access.id(), at: now };
        let message = draft.check(identity, self.settings())?;
        let deliveries = access.view().deliveries_of(&message);
        let payload_event_id = payload_event_id(&draft.payload);
        Ok(NewMessage { message, payload: draft.payload.clone(), deliveries, payload_event_id })
    }

    pub(crate) async fn accept(&self, message: NewMessage) -> ControlResult<()> {
        let outcomes = self.store().accept_messages(vec![message]).await?;
        let missing = || ControlError::Internal("the store gave no result for a message".to_owned());
        let outcome = outcomes.into_iter().next().ok_or_else(missing)?;
        Ok(outcome?)
    }
}

/// Puts what the store said of the good ones in its place.
pub(crate) fn settle(results: &mut [ControlResult<Accepted>], outcomes: Vec<Result<(), StoreError>>) {
    let good = results.iter_mut().filter(|result| result.is_ok());
    for (result, outcome) in good.zip(outcomes) {
        if let Err(error) = outcome {
            *result = Err(error.into());
        }
    }
}

/// A first page bounded by `after` alone lies next to it, at the far end of the list.
pub(crate) fn nearest_after(
    mut page: PageQuery<i64>,
    before: Option<Timestamp>,
    after: Option<Timestamp>,
) -> PageQuery<i64> {
    if let (PageFrom::Start, Order::Descending, None, Some(after)) = (&page.from, page.order, before, after) {
        page.from = PageFrom::Before(first_key_at(after) - 1);
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_alone_walks_from_the_far_end() {
        let first = PageQuery::first(10, Order::Descending);
        let noon = Timestamp::from_millis(1_769_860_800_000);
        assert_eq!(nearest_after(first.clone(), Some(noon), Some(noon)), first);
        assert_eq!(nearest_after(first.clone(), None, None), first);
        let nearest = nearest_after(first, None, Some(noon));
        assert_eq!(nearest.from, PageFrom::Before(first_key_at(noon) - 1));
    }
}
