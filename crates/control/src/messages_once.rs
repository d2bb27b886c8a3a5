//! Messages that are accepted once: the answer is committed with them, so that nothing lies between the two that a
//! crash could part. The happy path reads nothing; what is kept of an answer is what the request does not say
//! itself.

use std::collections::HashSet;

use bytes::Bytes;
use wirepost_model::ids::MessageId;
use wirepost_model::message::Message;
use wirepost_store::StoreError;
use wirepost_store::error::Conflict;
use wirepost_store::messages::NewMessage;

use crate::caller::AppAccess;
use crate::idempotency::RequestOnce;
use crate::message_draft::MessageDraft;
use crate::messages::{Accepted, settle};
use crate::{Control, ControlError, ControlResult};

/// What became of messages that are accepted once.
pub enum BatchOnce {
    /// They were accepted now, each with a result of its own.
    Accepted(Vec<ControlResult<Accepted>>),
    /// They had been accepted before; this was to be answered then, if all that were good had been accepted.
    Answered(Bytes),
}

/// What the store did.
enum Outcome {
    Accepted(Vec<Result<(), StoreError>>),
    Answered(Bytes),
}

impl Control {
    /// As [`Self::create_message`]; the same request again gives the message of the first.
    ///
    /// # Errors
    /// As there; `Conflict(Idempotency)` when the key was used for another request.
    pub async fn create_message_once(
        &self,
        access: &AppAccess,
        draft: MessageDraft<'_>,
        once: &RequestOnce,
    ) -> ControlResult<Accepted> {
        let (prepared, faults) = match self.prepare_checked(access, &draft).await {
            Ok(prepared) => prepared,
            // What was good when it was accepted need not be so any more: the rules may have changed.
            Err(refusal) => {
                let kept = self.recall(once).await?.ok_or(refusal)?;
                let message = self.accepted_before(access, &kept).await?;
                return Ok(Accepted { message, faults: Vec::new() });
            }
        };
        let message = prepared.message.clone();
        let answer = Bytes::copy_from_slice(message.id.to_string().as_bytes());
        match self.accept_once(vec![prepared], once, answer).await? {
            Outcome::Answered(kept) => {
                let message = self.accepted_before(access, &kept).await?;
                Ok(Accepted { message, faults })
            }
            Outcome::Accepted(outcomes) => {
                outcomes.into_iter().collect::<Result<(), _>>()?;
                Ok(Accepted { message, faults })
            }
        }
    }

    /// As [`Self::create_messages`]; the same request again gives what `answer` made of the results.
    ///
    /// # Errors
    /// As there; `Conflict(Idempotency)` when the key was used for another request.
    pub async fn create_messages_once(
        &self,
        access: &AppAccess,
        drafts: Vec<MessageDraft<'_>>,
        once: &RequestOnce,
        answer: impl FnOnce(&[ControlResult<Accepted>]) -> Bytes,
    ) -> ControlResult<BatchOnce> {
        let (prepared, mut results) = self.prepare_all(access, &drafts).await?;
        if prepared.is_empty() {
            return Ok(BatchOnce::Accepted(results));
        }
        let answer = answer(&results);
        Ok(match self.accept_once(prepared, once, answer).await? {
            Outcome::Answered(kept) => BatchOnce::Answered(kept),
            Outcome::Accepted(outcomes) => {
                settle(&mut results, outcomes);
                BatchOnce::Accepted(results)
            }
        })
    }

    /// Which of these messages the app has.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn existing_messages(
        &self,
        access: &AppAccess,
        ids: Vec<MessageId>,
    ) -> ControlResult<HashSet<MessageId>> {
        let found = self.store().find_messages(access.id(), ids, false).await?;
        Ok(found.into_iter().map(|stored| stored.message.id).collect())
    }

    async fn accept_once(
        &self,
        messages: Vec<NewMessage>,
        once: &RequestOnce,
        answer: Bytes,
    ) -> ControlResult<Outcome> {
        match self.store().accept_messages_once(messages, once.with_answer(answer)).await {
            Ok(outcomes) => Ok(Outcome::Accepted(outcomes)),
            Err(StoreError::Conflict(Conflict::Idempotency)) => {
                // Between the two looks its time may have run out; asked again, it is accepted.
                let gone = || ControlError::Unavailable("a kept answer ran out at this moment".to_owned());
                self.recall(once).await?.map(Outcome::Answered).ok_or_else(gone)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The message whose id was kept as an answer.
    async fn accepted_before(&self, access: &AppAccess, kept: &[u8]) -> ControlResult<Message> {
        let id = std::str::from_utf8(kept).ok().and_then(|text| MessageId::parse(text).ok());
        let id = id.ok_or_else(|| ControlError::Internal("a kept answer is not an id".to_owned()))?;
        let found = self.store().find_messages(access.id(), vec![id], false).await?;
        found.into_iter().next().map(|stored| stored.message).ok_or(ControlError::NotFound)
    }
}
