//! An endpoint's own rules of delivery on the wire.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wirepost_control::delivery_rules::ScheduleDraft;
use wirepost_model::delivery_rules::RulesInForce;
use wirepost_model::retry_schedule::RetrySchedule;

/// A retry schedule as it is sent to us: the name of a preset, or the waits.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "must be `default`, `svix`, `none`, or a list of waits")]
#[schemars(rename = "RetryScheduleIn")]
pub(crate) enum ScheduleIn {
    /// `default` (9 attempts over 28 hours), `svix` (8) or `none` (one attempt); or waits such as `5s,5m,2h`.
    Words(String),
    /// At most 20 waits between attempts, each at most 24 hours, 5 days in all.
    Waits(#[schemars(length(max = 20))] Vec<WaitIn>),
}

/// A wait as it is sent to us.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "must be a number of seconds or a wait such as `5m`")]
#[schemars(rename = "RetryWaitIn")]
pub(crate) enum WaitIn {
    /// Seconds.
    Seconds(u32),
    /// A whole number with `s`, `m`, `h` or `d`.
    Words(String),
}

/// What applies now, where the endpoint leaves it to the operator.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RulesInForceOut {
    /// The waits between attempts, in seconds.
    retry_schedule: Vec<u64>,
    /// How long a request may take.
    request_timeout_seconds: u64,
    /// Most requests open at a time.
    in_flight_most: usize,
}

impl From<ScheduleIn> for ScheduleDraft {
    fn from(schedule: ScheduleIn) -> Self {
        match schedule {
            ScheduleIn::Words(words) => Self::Words(words),
            ScheduleIn::Waits(waits) => Self::Waits(waits.into_iter().map(String::from).collect()),
        }
    }
}

impl From<WaitIn> for String {
    fn from(wait: WaitIn) -> Self {
        match wait {
            WaitIn::Seconds(seconds) => format!("{seconds}s"),
            WaitIn::Words(words) => words,
        }
    }
}

impl From<RulesInForce<'_>> for RulesInForceOut {
    fn from(rules: RulesInForce<'_>) -> Self {
        Self {
            retry_schedule: seconds_of(rules.retry_schedule),
            request_timeout_seconds: rules.request_timeout.as_secs(),
            in_flight_most: rules.in_flight_most,
        }
    }
}

/// The waits of a schedule in seconds.
pub(crate) fn seconds_of(schedule: &RetrySchedule) -> Vec<u64> {
    schedule.waits().iter().map(Duration::as_secs).collect()
}
