//! What sending again and canceling look like on the wire.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wirepost_control::ControlError;
use wirepost_control::recovery::{ReplayCount, ReplayDraft, ReplayFilter};
use wirepost_control::status::ShownStatus;
use wirepost_model::background_task::TaskWork;
use wirepost_model::delivery::DeliveryStatus;
use wirepost_model::invalid::Invalid;
use wirepost_model::names::{Channel, EventTypeName};
use wirepost_model::timestamp::Timestamp;

use crate::error::ApiResult;

/// A window of messages to send again.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct ReplayIn {
    /// Only messages accepted at this instant or later.
    since: Timestamp,
    /// Only messages accepted until this instant; until now where none is given.
    until: Option<Timestamp>,
    /// Most messages per second; the server's own where none is given.
    #[schemars(range(min = 1, max = 100_000))]
    rate: Option<u32>,
}

/// A window of messages to send again, narrowed.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BulkReplayIn {
    #[serde(flatten)]
    window: ReplayIn,
    /// Only these; null, absent or none means all.
    event_types: Option<Vec<String>>,
    channel: Option<String>,
    tag: Option<String>,
    /// Only what stands so: 0 success, 2 fail, 4 canceled; all that ended where none is given.
    status: Option<u8>,
    /// Only where the last attempt was answered like this: 0 for no answer, 200 for 2xx, and so on.
    status_code_class: Option<u16>,
}

/// Which pending deliveries to cancel.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CancelMessagesIn {
    /// Only messages accepted before this instant.
    pub(crate) created_before: Timestamp,
}

/// A number of messages as we show it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReplayCountOut {
    /// How many it would send.
    count: u64,
    /// Whether there may be more: not all were looked at.
    approximated: bool,
}

impl ReplayIn {
    /// As a draft of this work.
    pub(crate) fn draft(self, work: TaskWork) -> ReplayDraft {
        let filter = ReplayFilter::default();
        ReplayDraft { work, since: self.since, until: self.until, filter, rate: self.rate }
    }
}

impl BulkReplayIn {
    /// As a draft of a bulk replay.
    pub(crate) fn draft(self) -> ApiResult<ReplayDraft> {
        let names = self.event_types.unwrap_or_default();
        let names: Result<Vec<_>, _> = names.iter().map(|name| EventTypeName::parse(name)).collect();
        let channel = self.channel.as_deref().map(Channel::parse).transpose();
        let filter = ReplayFilter {
            event_types: names.map_err(in_field("eventTypes"))?,
            channel: channel.map_err(in_field("channel"))?,
            tag: self.tag,
            statuses: self.status.map(statuses).transpose()?.unwrap_or_default(),
            status_class: self.status_code_class.map(status_class).transpose()?,
        };
        Ok(ReplayDraft { filter, ..self.window.draft(TaskWork::EndpointBulkReplay) })
    }
}

impl From<ReplayCount> for ReplayCountOut {
    fn from(found: ReplayCount) -> Self {
        Self { count: found.count, approximated: !found.complete }
    }
}

fn in_field(field: &'static str) -> impl Fn(Invalid) -> ControlError {
    move |invalid| ControlError::body(field, invalid.reason)
}

/// What is being sent is pending until it ended.
fn statuses(number: u8) -> ApiResult<Vec<DeliveryStatus>> {
    let refused = || ControlError::body("status", "must be 0, 1, 2, 3 or 4");
    Ok(match ShownStatus::from_number(number).ok_or_else(refused)? {
        ShownStatus::Success => vec![DeliveryStatus::Delivered],
        ShownStatus::Pending | ShownStatus::Sending => vec![DeliveryStatus::Pending],
        ShownStatus::Fail => vec![DeliveryStatus::Failed],
        ShownStatus::Canceled => vec![DeliveryStatus::Canceled, DeliveryStatus::Skipped],
    })
}

fn status_class(number: u16) -> ApiResult<u8> {
    let class = u8::try_from(number / 100).ok().filter(|class| number.is_multiple_of(100) && *class <= 5);
    let refused = || ControlError::body("statusCodeClass", "must be 0, 100, 200, 300, 400 or 500");
    Ok(class.ok_or_else(refused)?)
}
