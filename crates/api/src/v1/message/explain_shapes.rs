//! What became of a message, on the wire. Every reason is a stable word and a sentence.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::Serialize;
use wirepost_control::explain::{EndpointExplanation, Explanation};
use wirepost_control::next_try::NextTry;
use wirepost_control::status::ShownStatus;
use wirepost_model::attempt::Attempt;
use wirepost_model::failure_words::FailureWords;
use wirepost_model::ids::{AttemptId, EndpointId, MessageId};
use wirepost_model::message::Message;
use wirepost_model::names::{Channel, EventTypeName, Uid};
use wirepost_model::timestamp::Timestamp;

use crate::listing::Listing;
use crate::v1::endpoint::throttled::ThrottledOut;

/// A message, and what became of it.
#[derive(Serialize, JsonSchema)]
pub(crate) struct ExplanationOut {
    message: ExplainedMessageOut,
    /// By endpoint; deleted ones that it went to too.
    #[serde(flatten)]
    endpoints: Listing<EndpointExplanationOut>,
}

/// What is to be known of a message to understand where it goes.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ExplainedMessageOut {
    id: MessageId,
    event_id: Option<Uid>,
    event_type: EventTypeName,
    channels: Option<Vec<Channel>>,
    timestamp: Timestamp,
    deliver_at: Option<Timestamp>,
    /// Whether the payload is no longer kept, so that nothing can be sent.
    payload_expired: bool,
}

/// What became of a message at one endpoint.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct EndpointExplanationOut {
    endpoint_id: EndpointId,
    endpoint_uid: Option<Uid>,
    /// Where it is now; `null` once it was deleted.
    url: Option<String>,
    /// Whether the message goes there.
    matched: bool,
    /// `matched`, `disabled`, `deleted`, `createdLater`, `eventType`, `channel`, `changedLater` or `meantForOthers`.
    reason: &'static str,
    /// The same in a sentence.
    why: String,
    /// 0 success, 1 pending, 2 failed, 4 canceled; `null` where it does not go there.
    status: Option<u8>,
    status_text: Option<&'static str>,
    /// Attempts on the schedule so far.
    tries: u32,
    next: Option<NextTryOut>,
    /// How the endpoint is slowed down for; `null` where it is not.
    throttled: Option<ThrottledOut>,
    /// The message that has to end before this one may go, where an endpoint's go in order.
    behind: Option<MessageId>,
    last_attempt: Option<LastAttemptOut>,
    /// A command for a POSIX shell that repeats the last request. Credentials are never in it.
    curl: Option<String>,
    /// What to know of the command, or why there is none.
    curl_note: String,
}

/// When a message is tried next.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct NextTryOut {
    /// Not before this; `null` where no instant is known.
    at: Option<Timestamp>,
    /// `deliverAt`, `schedule`, `enabling`, `rateLimit`, `appRateLimit`, `order`, `retryAfter`, `backOff`,
    /// `inFlight`, `sockets` or `turn`.
    waits_for: &'static str,
    /// The same in a sentence.
    why: &'static str,
}

/// The last attempt, and what its failure means.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct LastAttemptOut {
    id: AttemptId,
    timestamp: Timestamp,
    /// 0 without an answer.
    response_status_code: u16,
    failure: Option<FailureOut>,
}

/// A failure in words.
#[derive(Serialize, JsonSchema)]
struct FailureOut {
    /// `answer`, or the cause: `dns`, `refused`, `tls`, `timeout`, `oauth` ….
    code: Cow<'static, str>,
    /// What happened.
    what: Cow<'static, str>,
    /// What to do about it.
    advice: &'static str,
}

impl From<Explanation> for ExplanationOut {
    fn from(explanation: Explanation) -> Self {
        let Explanation { message, has_payload, endpoints } = explanation;
        Self {
            message: ExplainedMessageOut::new(message, !has_payload),
            endpoints: Listing::new(endpoints, |row| row.id.to_string(), EndpointExplanationOut::from),
        }
    }
}

impl ExplainedMessageOut {
    fn new(message: Message, payload_expired: bool) -> Self {
        Self {
            id: message.id,
            event_id: message.event_id,
            event_type: message.event_type,
            channels: Some(message.channels).filter(|names| !names.is_empty()),
            timestamp: message.created_at,
            deliver_at: message.deliver_at,
            payload_expired,
        }
    }
}

impl From<EndpointExplanation> for EndpointExplanationOut {
    fn from(row: EndpointExplanation) -> Self {
        let status = row.state.map(ShownStatus::from);
        let (uid, url) = row.endpoint.map_or((None, None), |endpoint| (endpoint.uid, Some(endpoint.url)));
        let failure = row.failure.map(FailureOut::from);
        Self {
            endpoint_id: row.id,
            endpoint_uid: uid,
            url,
            matched: row.matching.is_match(),
            reason: row.matching.as_str(),
            why: row.why,
            status: status.map(ShownStatus::number),
            status_text: status.map(ShownStatus::as_str),
            tries: row.tries,
            next: row.next.map(NextTryOut::from),
            throttled: row.throttled.map(ThrottledOut::from),
            behind: row.behind,
            last_attempt: row.last_attempt.map(|attempt| LastAttemptOut::new(&attempt, failure)),
            curl: row.repeat.curl,
            curl_note: row.repeat.note,
        }
    }
}

impl From<NextTry> for NextTryOut {
    fn from(next: NextTry) -> Self {
        Self { at: next.at, waits_for: next.waits_for.as_str(), why: next.waits_for.words() }
    }
}

impl LastAttemptOut {
    fn new(attempt: &Attempt, failure: Option<FailureOut>) -> Self {
        Self {
            id: attempt.id,
            timestamp: attempt.started_at,
            response_status_code: attempt.status.unwrap_or_default(),
            failure,
        }
    }
}

impl From<FailureWords> for FailureOut {
    fn from(words: FailureWords) -> Self {
        Self { code: words.code, what: words.what, advice: words.advice }
    }
}
