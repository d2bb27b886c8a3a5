//! What an operator may set of the engine.

use std::time::Duration;

use wirepost_model::delivery_rules::OperatorRules;
use wirepost_model::message::RETENTION_DAYS_DEFAULT;
use wirepost_model::names::Uid;
use wirepost_model::retry_schedule::RetrySchedule;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Bounds and rules of sending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineSettings {
    /// The waits between attempts.
    pub retry_schedule: RetrySchedule,
    /// How long a request may take, head and body.
    pub request_timeout: Duration,
    /// Most requests open at a time, over all endpoints.
    pub sockets_most: usize,
    /// Most requests open at a time to one endpoint.
    pub in_flight_most: usize,
    /// Deliveries one lane holds in memory; the rest wait in the database.
    pub lane_ready_most: usize,
    /// Payload bytes that lanes hold in memory, about.
    pub lane_bytes_most: usize,
    /// How long every attempt to an endpoint must have failed before it is disabled.
    pub disable_after: Duration,
    /// The parts of that time, in percent, at which the operator is warned.
    pub warn_at_percent: Vec<u8>,
    /// The uid of the app by which the operator is told; nobody is where it is not said.
    pub operational_app: Option<Uid>,
    /// How long payloads and answers are kept, where a message does not say less.
    pub contents_kept_for: Duration,
    /// The `user-agent` header.
    pub user_agent: &'static str,
}

impl EngineSettings {
    /// What applies to endpoints without rules of their own.
    pub fn operator_rules(&self) -> OperatorRules {
        OperatorRules {
            retry_schedule: self.retry_schedule.clone(),
            request_timeout: self.request_timeout,
            in_flight_most: self.in_flight_most,
        }
    }
}

impl Default for EngineSettings {
    fn default() -> Self {
        let rules = OperatorRules::default();
        Self {
            retry_schedule: rules.retry_schedule,
            request_timeout: rules.request_timeout,
            sockets_most: 8_192,
            in_flight_most: rules.in_flight_most,
            // At full load nothing need be read back: ten endpoints took 33 µs of CPU a delivery instead of 40 with
            // an eighth of it.
            lane_ready_most: 4_096,
            lane_bytes_most: 48 * 1_024 * 1_024,
            disable_after: Duration::from_secs(5 * 24 * 60 * 60),
            warn_at_percent: vec![50, 80],
            operational_app: None,
            contents_kept_for: DAY * u32::from(RETENTION_DAYS_DEFAULT),
            user_agent: wirepost_model::attempt::USER_AGENT,
        }
    }
}
