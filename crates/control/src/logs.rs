//! The log of an app: its messages with how each stands at its endpoints, and the way to one by its name.

use wirepost_model::message::{Message, StoredMessage};
use wirepost_model::timestamp::Timestamp;
use wirepost_store::logs::MessageOutcomes;

use crate::caller::AppAccess;
use crate::status::ShownStatus;
use crate::{Control, ControlResult};

/// Endpoints that are asked how the messages of one page stand there.
pub const ENDPOINTS_ASKED_MOST: usize = 200;
/// Messages that a name may mean, as many as are told.
pub const CALLED_MOST: usize = 50;

/// A message in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// The message.
    pub message: Message,
    /// The `event.id` inside its payload.
    pub payload_event_id: Option<String>,
    /// How it stands at its endpoints, by their ids.
    pub outcomes: Vec<Outcome>,
    /// Whether these are all.
    pub complete: bool,
}

/// How a message stands at an endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Where.
    pub url: String,
    /// How.
    pub status: ShownStatus,
    /// Attempts on the schedule so far.
    pub tries: u32,
    /// When it is attempted next, if it is.
    pub next_attempt_at: Option<Timestamp>,
}

impl Control {
    /// How these messages of one page stand at the app's endpoints: at the oldest 200, where there are more.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn log_entries(
        &self,
        access: &AppAccess,
        messages: Vec<StoredMessage>,
    ) -> ControlResult<Vec<LogEntry>> {
        let ids = messages.iter().map(|stored| stored.message.id).collect();
        let mut found = self.store().outcomes(access.id(), ids, ENDPOINTS_ASKED_MOST).await?;
        let entries = messages.into_iter().filter_map(|stored| {
            let at = found.iter().position(|outcomes| outcomes.message == stored.message.id)?;
            Some(entry(access, stored.message, found.swap_remove(at)))
        });
        Ok(entries.collect())
    }

    /// The `event.id` inside a message's payload, as it was when the message came.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn payload_event_id(
        &self,
        access: &AppAccess,
        message: &Message,
    ) -> ControlResult<Option<String>> {
        let found = self.store().outcomes(access.id(), vec![message.id], 1).await?;
        Ok(found.into_iter().next().and_then(|outcomes| outcomes.payload_event_id))
    }

    /// The messages that somebody may mean by this: an id, an `eventId`, or the `event.id` of payloads; the newest
    /// of these, where many share it.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn messages_called(&self, access: &AppAccess, name: &str) -> ControlResult<Vec<StoredMessage>> {
        Ok(self.store().messages_called(access.id(), name, CALLED_MOST).await?)
    }
}

fn entry(access: &AppAccess, message: Message, found: MessageOutcomes) -> LogEntry {
    let outcomes = found.deliveries.iter().filter_map(|delivery| {
        let endpoint = &access.view().endpoint(delivery.key.endpoint)?.endpoint;
        Some(Outcome {
            url: endpoint.url.clone(),
            status: delivery.state.into(),
            tries: delivery.tries,
            next_attempt_at: delivery.state.due_at(),
        })
    });
    let outcomes = outcomes.collect();
    LogEntry { message, payload_event_id: found.payload_event_id, outcomes, complete: found.complete }
}
