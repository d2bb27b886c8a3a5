//! What became of a message, told endpoint by endpoint: whether it goes there and why not, how it stands, when it is
//! tried next, what went wrong last, and a command that repeats the last request.

use std::collections::HashMap;

use wirepost_model::attempt::Attempt;
use wirepost_model::delivery::DeliveryState;
use wirepost_model::endpoint::Endpoint;
use wirepost_model::failure_words::FailureWords;
use wirepost_model::ids::{EndpointId, MessageId};
use wirepost_model::lane::Throttled;
use wirepost_model::message::{Message, Payload, StoredMessage};
use wirepost_store::attempts::{AttemptFilter, StoredAttempt};
use wirepost_store::deliveries::DeliveryView;

use crate::caller::AppAccess;
use crate::deliveries::cut;
use crate::matching::Matching;
use crate::next_try::NextTry;
use crate::page::{Order, Page, PageQuery};
use crate::repeated_request::{Repeat, repeat_of};
use crate::{Control, ControlError, ControlResult};

/// At which endpoints it is told what became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExplainedAt<'a> {
    /// At all of the app's, and at deleted ones that it went to.
    All,
    /// At the one of this id or uid. Only here a command may hold a large payload.
    One(&'a str),
    /// At those that it goes or went to.
    Reached,
    /// At those that it does not go to.
    Missed,
}

/// A message, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The message.
    pub message: Message,
    /// Whether its payload is still kept.
    pub has_payload: bool,
    /// What became of it, by endpoint; deleted ones that it went to too.
    pub endpoints: Page<EndpointExplanation>,
}

/// What became of a message at one endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointExplanation {
    /// Its id.
    pub id: EndpointId,
    /// The endpoint as it is now; `None` once it was deleted.
    pub endpoint: Option<Endpoint>,
    /// Whether the message goes there, or why not.
    pub matching: Matching,
    /// The same in a sentence.
    pub why: String,
    /// How it stands, where it goes there.
    pub state: Option<DeliveryState>,
    /// Attempts on the schedule so far.
    pub tries: u32,
    /// When it is tried next, if it is.
    pub next: Option<NextTry>,
    /// How the endpoint is slowed down for, while it is overloaded or down.
    pub throttled: Option<Throttled>,
    /// The message that has to end before this one may go, where they go in order.
    pub behind: Option<MessageId>,
    /// The last attempt.
    pub last_attempt: Option<Attempt>,
    /// What its failure means, if it failed.
    pub failure: Option<FailureWords>,
    /// How its request can be repeated.
    pub repeat: Repeat,
}

/// An endpoint of the app, or one that has a delivery, before anything else is known of it.
struct Candidate<'a> {
    id: EndpointId,
    endpoint: Option<&'a Endpoint>,
    delivery: Option<DeliveryView>,
}

impl Control {
    /// What became of a message at each of these endpoints.
    ///
    /// # Errors
    /// `NotFound` also for an endpoint that neither is there nor was sent to; `Unavailable`.
    pub async fn explain_message(
        &self,
        access: &AppAccess,
        message: &str,
        at: ExplainedAt<'_>,
        page: PageQuery<i64>,
    ) -> ControlResult<Explanation> {
        let stored = self.find_message(access, message, true).await?;
        let mut candidates = self.candidates(access, stored.message.id).await?;
        candidates.retain(|candidate| at.takes(candidate));
        let is_alone = matches!(at, ExplainedAt::One(_));
        if is_alone && candidates.is_empty() {
            return Err(ControlError::NotFound);
        }
        let page = cut(candidates, |candidate| candidate.id.key(), &page);
        let mut rows = Vec::with_capacity(page.rows.len());
        for candidate in page.rows {
            rows.push(self.explain_at(access, &stored, candidate, is_alone).await?);
        }
        let has_payload = matches!(stored.payload, Payload::Present(_));
        let endpoints = Page { rows, done: page.done };
        Ok(Explanation { message: stored.message, has_payload, endpoints })
    }

    async fn candidates<'a>(
        &self,
        access: &'a AppAccess,
        message: MessageId,
    ) -> ControlResult<Vec<Candidate<'a>>> {
        let deliveries = self.store().deliveries_of_message(access.id(), message).await?;
        let mut deliveries: HashMap<EndpointId, DeliveryView> =
            deliveries.into_iter().map(|delivery| (delivery.key.endpoint, delivery)).collect();
        let mut candidates: Vec<_> = self
            .all_endpoints(access)
            .map(|endpoint| Candidate {
                id: endpoint.id,
                endpoint: Some(endpoint),
                delivery: deliveries.remove(&endpoint.id),
            })
            .collect();
        let deleted = |(id, delivery)| Candidate { id, endpoint: None, delivery: Some(delivery) };
        candidates.extend(deliveries.into_iter().map(deleted));
        Ok(candidates)
    }

    async fn explain_at(
        &self,
        access: &AppAccess,
        stored: &StoredMessage,
        candidate: Candidate<'_>,
        alone: bool,
    ) -> ControlResult<EndpointExplanation> {
        let Candidate { id, endpoint, delivery } = candidate;
        let last = match delivery {
            None => None,
            Some(_) => self.last_attempt(access, stored.message.id, id).await?,
        };
        let state = delivery.map(|delivery| delivery.state);
        let tries = delivery.map_or(0, |delivery| delivery.tries);
        let matching = Matching::of(endpoint, state, &stored.message);
        let lane = endpoint.and_then(|endpoint| self.lane(endpoint.id));
        let head = lane.and_then(|lane| lane.head).filter(|head| *head != stored.message.id);
        let wants_token = access.view().endpoint(id).is_some_and(|view| view.oauth.is_some());
        Ok(EndpointExplanation {
            id,
            endpoint: endpoint.cloned(),
            matching,
            why: matching.words(endpoint, &stored.message),
            state,
            tries,
            next: state.and_then(|state| {
                NextTry::of(state, tries, endpoint, lane.and_then(|lane| lane.waiting), self.now())
            }),
            throttled: lane.and_then(|lane| lane.throttled),
            behind: head.filter(|_| state.is_some_and(|state| state.due_at().is_some())),
            failure: last.as_ref().and_then(|last| last.attempt.failure_words()),
            repeat: repeat_of(last.as_ref(), endpoint, wants_token, &stored.payload, alone),
            last_attempt: last.map(|last| last.attempt),
        })
    }

    async fn last_attempt(
        &self,
        access: &AppAccess,
        message: MessageId,
        endpoint: EndpointId,
    ) -> ControlResult<Option<StoredAttempt>> {
        let page = PageQuery::first(1, Order::Descending);
        let filter = AttemptFilter::default();
        let found = self.store().list_attempts_of_message(access.id(), message, Some(endpoint), filter, page);
        Ok(found.await?.rows.into_iter().next())
    }
}

impl ExplainedAt<'_> {
    fn takes(self, candidate: &Candidate<'_>) -> bool {
        match self {
            Self::All => true,
            Self::One(wanted) => candidate.is_called(wanted),
            Self::Reached => candidate.delivery.is_some(),
            Self::Missed => candidate.delivery.is_none(),
        }
    }
}

impl Candidate<'_> {
    fn is_called(&self, id_or_uid: &str) -> bool {
        let uid = self.endpoint.and_then(|endpoint| endpoint.uid.as_ref());
        uid.is_some_and(|uid| uid.as_str() == id_or_uid) || EndpointId::parse(id_or_uid) == Ok(self.id)
    }
}
