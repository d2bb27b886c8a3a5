//! Attempts on the wire, and the filters of their lists.

use schemars::JsonSchema;
use serde::Serialize;
use wirepost_control::attempts::AttemptSelection;
use wirepost_control::status::ShownStatus;
use wirepost_control::{AttemptFilter, StoredAttempt};
use wirepost_model::attempt::Attempt;
use wirepost_model::ids::{AttemptId, EndpointId, MessageId};
use wirepost_model::timestamp::Timestamp;

use crate::error::{ApiError, ApiResult};
use crate::parameters::Parameters;
use crate::v1::message::shapes::MessageOut;

/// An attempt as we show it.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AttemptOut<'a> {
    id: AttemptId,
    url: String,
    /// The start of the body; where no answer came, why.
    response: String,
    /// 0 without an answer.
    response_status_code: u16,
    response_duration_ms: u64,
    /// 0 success, 1 pending, 2 failed, 3 sending.
    status: u8,
    status_text: &'static str,
    /// 0 by the schedule, 1 by hand.
    trigger_type: u8,
    msg_id: MessageId,
    endpoint_id: EndpointId,
    timestamp: Timestamp,
    /// Why no answer came, after a stable short word and a colon.
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    msg: Option<MessageOut<'a>>,
}

impl<'a> AttemptOut<'a> {
    pub(crate) fn new(stored: &StoredAttempt, with_content: bool, msg: Option<MessageOut<'a>>) -> Self {
        let attempt = &stored.attempt;
        let status = ShownStatus::of_attempt(attempt);
        Self {
            id: attempt.id,
            url: attempt.url.to_string(),
            response: if with_content { response_of(stored) } else { String::new() },
            response_status_code: attempt.status.unwrap_or_default(),
            response_duration_ms: u64::try_from(attempt.duration.as_millis()).unwrap_or(u64::MAX),
            status: status.number(),
            status_text: status.as_str(),
            trigger_type: attempt.trigger.number(),
            msg_id: attempt.delivery.message,
            endpoint_id: attempt.delivery.endpoint,
            timestamp: attempt.started_at,
            failure: attempt.failure.clone(),
            msg,
        }
    }
}

impl Parameters {
    /// Which attempts a list is to show.
    pub(crate) fn attempt_selection(&self) -> ApiResult<AttemptSelection> {
        let filter = AttemptFilter {
            succeeded: None,
            status_class: self.status_class()?,
            event_types: self.event_types()?,
            channel: self.channel()?,
            tag: self.text("tag").map(str::to_owned),
            before: self.instant("before")?,
            after: self.instant("after")?,
        };
        Ok(AttemptSelection { status: self.status()?, filter })
    }

    pub(crate) fn status(&self) -> ApiResult<Option<ShownStatus>> {
        let Some(number) = self.number("status")? else {
            return Ok(None);
        };
        let status = u8::try_from(number).ok().and_then(ShownStatus::from_number);
        status.map(Some).ok_or_else(|| ApiError::refused_parameter("status", "must be 0, 1, 2, 3 or 4"))
    }

    /// 200 for 2xx; 0 where no answer came.
    fn status_class(&self) -> ApiResult<Option<u8>> {
        match self.number("status_code_class")? {
            None => Ok(None),
            Some(class) if class % 100 == 0 && class <= 500 => Ok(u8::try_from(class / 100).ok()),
            Some(_) => {
                let sentence = "must be 0, 100, 200, 300, 400 or 500";
                Err(ApiError::refused_parameter("status_code_class", sentence))
            }
        }
    }
}

fn response_of(stored: &StoredAttempt) -> String {
    match (&stored.attempt, &stored.content) {
        (Attempt { failure: Some(failure), status: None, .. }, _) => in_words(failure).to_owned(),
        (_, Some(content)) => String::from_utf8_lossy(&content.response_body).into_owned(),
        (_, None) => String::new(),
    }
}

/// A failure without the short word in front.
fn in_words(failure: &str) -> &str {
    failure.split_once(": ").map_or(failure, |(_, words)| words)
}
