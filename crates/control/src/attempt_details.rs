//! All that can be told of one attempt: what was sent, what came back, and a command that repeats it.

use wirepost_model::message::Message;
use wirepost_store::attempts::StoredAttempt;

use crate::attempt_headers::AttemptHeaders;
use crate::caller::AppAccess;
use crate::repeated_request::{Repeat, repeat_of};
use crate::{Control, ControlResult};

/// An attempt with everything around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptDetails {
    /// What was sent.
    pub message: Message,
    /// The attempt, with what is kept of its answer.
    pub stored: StoredAttempt,
    /// The headers of both ways.
    pub headers: AttemptHeaders,
    /// How its request can be repeated, however large.
    pub repeat: Repeat,
}

impl Control {
    /// An attempt of a message with everything around it.
    ///
    /// # Errors
    /// `NotFound`; `Unavailable`.
    pub async fn attempt_details(
        &self,
        access: &AppAccess,
        message: &str,
        attempt: &str,
    ) -> ControlResult<AttemptDetails> {
        let stored = self.find_attempt(access, message, attempt).await?;
        let message = self.find_message(access, message, true).await?;
        let view = access.view().endpoint(stored.attempt.delivery.endpoint);
        let endpoint = view.map(|view| &view.endpoint);
        let wants_token = view.is_some_and(|view| view.oauth.is_some());
        let repeat = repeat_of(Some(&stored), endpoint, wants_token, &message.payload, true);
        let headers = AttemptHeaders::of(&stored, endpoint);
        Ok(AttemptDetails { message: message.message, stored, headers, repeat })
    }
}
