//! The headers of one attempt, put together again from what is kept: the signature, the instant and the ids are on
//! record; the endpoint's own headers are known only as long as the endpoint is what it was.

use std::collections::BTreeMap;

use wirepost_model::attempt::USER_AGENT;
use wirepost_model::endpoint::Endpoint;
use wirepost_store::attempts::StoredAttempt;

use crate::caller::AppAccess;
use crate::headers::is_sensitive;
use crate::{Control, ControlResult};

/// The headers of an attempt as they may be shown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AttemptHeaders {
    /// What was sent, credentials left out.
    pub sent: BTreeMap<String, String>,
    /// Names of what was sent and looks like a credential.
    pub sensitive: Vec<String>,
    /// Names and values of the answer, in order; `None` without an answer, or once its content was removed.
    pub received: Option<Vec<(String, String)>>,
}

impl Control {
    /// The headers of an attempt. The endpoint's own are left out when it was changed or deleted since: what they
    /// were then is not kept. `user-agent` is the one of the running version.
    ///
    /// # Errors
    /// `NotFound`; `Unavailable`.
    pub async fn attempt_headers(
        &self,
        access: &AppAccess,
        message: &str,
        attempt: &str,
    ) -> ControlResult<AttemptHeaders> {
        let stored = self.find_attempt(access, message, attempt).await?;
        let view = access.view().endpoint(stored.attempt.delivery.endpoint);
        Ok(AttemptHeaders::of(&stored, view.map(|view| &view.endpoint)))
    }
}

impl AttemptHeaders {
    /// What an attempt carried to this endpoint, as it is now, and what came back.
    pub(crate) fn of(stored: &StoredAttempt, endpoint: Option<&Endpoint>) -> Self {
        let mut headers = Self { received: received(stored), ..Self::default() };
        if !stored.attempt.was_asked() {
            return headers;
        }
        if let Some(endpoint) = endpoint.filter(|endpoint| is_as_it_was(endpoint, stored)) {
            for (name, value) in &endpoint.headers.0 {
                if is_sensitive(name) {
                    headers.sensitive.push(name.clone());
                } else {
                    headers.sent.insert(name.clone(), value.clone());
                }
            }
        }
        headers.sent.extend(ours(stored));
        headers
    }
}

/// Whether an endpoint is now what it was for an attempt.
pub(crate) fn is_as_it_was(endpoint: &Endpoint, stored: &StoredAttempt) -> bool {
    endpoint.updated_at <= stored.attempt.started_at
}

/// What every request of ours carries.
fn ours(stored: &StoredAttempt) -> impl Iterator<Item = (String, String)> {
    let attempt = &stored.attempt;
    let signature = stored.content.as_ref().map(|content| content.signature.clone());
    let signature = signature.filter(|signature| !signature.is_empty());
    [
        ("content-type", Some("application/json".to_owned())),
        ("user-agent", Some(USER_AGENT.to_owned())),
        ("webhook-id", Some(attempt.delivery.message.to_string())),
        ("webhook-timestamp", Some(attempt.started_at.as_seconds().to_string())),
        ("webhook-signature", signature),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name.to_owned(), value?)))
}

fn received(stored: &StoredAttempt) -> Option<Vec<(String, String)>> {
    let lines = &stored.content.as_ref()?.response_headers;
    if lines.is_empty() {
        return None;
    }
    let lines = String::from_utf8_lossy(lines);
    let pairs = lines.lines().filter_map(|line| line.split_once(": "));
    Some(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}
