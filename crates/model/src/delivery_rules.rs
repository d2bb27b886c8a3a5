//! What an endpoint wants of its deliveries: when to try again, how long to wait for an answer, how many requests at
//! once, which HTTP, what counts as success, and whether order matters. What it leaves open is as the operator set it.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::invalid::Invalid;
use crate::retry_schedule::RetrySchedule;

/// Most waits of an endpoint's own schedule.
pub const WAITS_MOST: usize = 20;
/// Longest wait of an endpoint's own schedule.
pub const WAIT_MOST: Duration = Duration::from_secs(24 * 60 * 60);
/// Longest that all waits of an endpoint's own schedule may last together: as long as an endpoint may fail.
pub const SCHEDULE_MOST: Duration = Duration::from_secs(5 * 24 * 60 * 60);
/// Shortest and longest time-out of an endpoint's own, in seconds.
pub const TIMEOUT_SECONDS: std::ops::RangeInclusive<u32> = 1..=60;
/// Fewest and most requests that an endpoint may allow at once.
pub const IN_FLIGHT: std::ops::RangeInclusive<u32> = 1..=1_000;

/// An endpoint's own rules. The default is to have none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeliveryRules {
    /// The waits between attempts; `None` for the operator's.
    pub retry_schedule: Option<RetrySchedule>,
    /// How long a request may take, head and body, in whole seconds; `None` for the operator's.
    pub request_timeout: Option<Duration>,
    /// Most requests open at a time; `None` for the operator's bound.
    pub in_flight_most: Option<u32>,
    /// How requests are made.
    pub http_version: HttpVersion,
    /// Which answers deliver.
    pub success_rule: SuccessRule,
    /// Whether messages go one by one, in the order in which they were accepted.
    pub fifo: bool,
    /// What happens to those behind a message that fails, where order matters.
    pub fifo_failing_head: FailingHead,
}

/// What applies to endpoints without rules of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperatorRules {
    /// The waits between attempts.
    pub retry_schedule: RetrySchedule,
    /// How long a request may take, head and body.
    pub request_timeout: Duration,
    /// Most requests open at a time to one endpoint.
    pub in_flight_most: usize,
}

/// What applies to one endpoint in the end, where an operator has a say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RulesInForce<'a> {
    /// The waits between attempts.
    pub retry_schedule: &'a RetrySchedule,
    /// How long a request may take, head and body.
    pub request_timeout: Duration,
    /// Most requests open at a time.
    pub in_flight_most: usize,
}

/// Which HTTP an endpoint is spoken to in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
pub enum HttpVersion {
    /// Over TLS the newest that both sides know; without it HTTP/1.1.
    #[default]
    #[serde(rename = "auto")]
    Auto,
    /// HTTP/1.1 alone.
    #[serde(rename = "1.1")]
    Http1,
    /// HTTP/2 alone; without TLS spoken at once, without asking (RFC 9113, section 3.3).
    #[serde(rename = "2")]
    Http2,
}

/// Which answers count as delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
pub enum SuccessRule {
    /// Any status from 200 to 299.
    #[default]
    #[serde(rename = "2xx")]
    Any2xx,
    /// 200 alone.
    #[serde(rename = "200")]
    Only200,
}

/// What happens to those behind a message that fails, where order matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FailingHead {
    /// They wait until it is delivered, or ended by a person: after the schedule it is tried on at the last wait.
    #[default]
    Block,
    /// They wait as long as its schedule lasts; then it has failed, and the next one goes.
    Skip,
}

impl Default for OperatorRules {
    fn default() -> Self {
        Self {
            retry_schedule: RetrySchedule::default(),
            request_timeout: Duration::from_secs(30),
            in_flight_most: 64,
        }
    }
}

impl DeliveryRules {
    /// What applies, where these are the operator's rules.
    pub fn in_force<'a>(&'a self, operators: &'a OperatorRules) -> RulesInForce<'a> {
        RulesInForce {
            retry_schedule: self.retry_schedule.as_ref().unwrap_or(&operators.retry_schedule),
            request_timeout: self.request_timeout.unwrap_or(operators.request_timeout),
            in_flight_most: self.in_flight_most(operators.in_flight_most),
        }
    }

    /// Most requests open at a time, where `operators` is the operator's bound. Order allows but one.
    pub fn in_flight_most(&self, operators: usize) -> usize {
        if self.fifo {
            return 1;
        }
        self.in_flight_most.and_then(|most| usize::try_from(most).ok()).unwrap_or(operators)
    }
}

/// A schedule that an endpoint may have of its own.
///
/// # Errors
/// When it has too many waits, one that is too long, or lasts too long.
pub fn check_schedule(schedule: RetrySchedule) -> Result<RetrySchedule, Invalid> {
    let waits = schedule.waits();
    if waits.len() > WAITS_MOST {
        return Err(Invalid::new(format!("may hold at most {WAITS_MOST} waits")));
    }
    if waits.iter().any(|wait| *wait > WAIT_MOST) {
        return Err(Invalid::new(format!("may hold no wait over {} hours", WAIT_MOST.as_secs() / 3_600)));
    }
    if waits.iter().sum::<Duration>() > SCHEDULE_MOST {
        let days = SCHEDULE_MOST.as_secs() / 86_400;
        return Err(Invalid::new(format!("may last at most {days} days in all")));
    }
    Ok(schedule)
}

impl HttpVersion {
    /// The version as the database spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Http1 => "1.1",
            Self::Http2 => "2",
        }
    }

    /// Reads what [`Self::as_str`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Auto, Self::Http1, Self::Http2].into_iter().find(|version| version.as_str() == text)
    }
}

impl SuccessRule {
    /// Whether an answer of this status delivers.
    pub fn allows(self, status: u16) -> bool {
        match self {
            Self::Any2xx => (200..300).contains(&status),
            Self::Only200 => status == 200,
        }
    }

    /// The rule as the database spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Any2xx => "2xx",
            Self::Only200 => "200",
        }
    }

    /// Reads what [`Self::as_str`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Any2xx, Self::Only200].into_iter().find(|rule| rule.as_str() == text)
    }
}

impl FailingHead {
    /// The choice as the database spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Block => "block",
            Self::Skip => "skip",
        }
    }

    /// Reads what [`Self::as_str`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Block, Self::Skip].into_iter().find(|choice| choice.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn json(value: impl Serialize) -> String {
        serde_json::to_string(&value).expect("a word")
    }

    #[test]
    fn words_are_read_as_they_were_written_and_are_the_same_everywhere() {
        for version in [HttpVersion::Auto, HttpVersion::Http1, HttpVersion::Http2] {
            assert_eq!(HttpVersion::parse(version.as_str()), Some(version));
            assert_eq!(json(version), format!("\"{}\"", version.as_str()));
        }
        for rule in [SuccessRule::Any2xx, SuccessRule::Only200] {
            assert_eq!(SuccessRule::parse(rule.as_str()), Some(rule));
            assert_eq!(json(rule), format!("\"{}\"", rule.as_str()));
        }
        for choice in [FailingHead::Block, FailingHead::Skip] {
            assert_eq!(FailingHead::parse(choice.as_str()), Some(choice));
            assert_eq!(json(choice), format!("\"{}\"", choice.as_str()));
        }
        assert_eq!((HttpVersion::parse("3"), SuccessRule::parse("204")), (None, None));
        assert_eq!(FailingHead::parse(""), None);
    }

    #[test]
    fn a_rule_says_which_answers_deliver() {
        for status in 100..600 {
            assert_eq!(SuccessRule::Any2xx.allows(status), (200..=299).contains(&status), "{status}");
            assert_eq!(SuccessRule::Only200.allows(status), status == 200, "{status}");
        }
    }

    #[test]
    fn what_an_endpoint_leaves_open_is_as_the_operator_set_it() {
        let operators = OperatorRules { in_flight_most: 9, ..OperatorRules::default() };
        let none = DeliveryRules::default();
        let in_force = none.in_force(&operators);
        assert_eq!((in_force.retry_schedule, in_force.in_flight_most), (&operators.retry_schedule, 9));
        assert_eq!(in_force.request_timeout, Duration::from_secs(30));
        let own = DeliveryRules {
            retry_schedule: RetrySchedule::parse("none").ok(),
            request_timeout: Some(Duration::from_secs(3)),
            in_flight_most: Some(70),
            ..none
        };
        let in_force = own.in_force(&operators);
        assert_eq!((in_force.retry_schedule.attempts(), in_force.in_flight_most), (1, 70));
        assert_eq!(in_force.request_timeout, Duration::from_secs(3));
    }

    #[test]
    fn order_allows_but_one_request_at_a_time() {
        let rules = DeliveryRules { in_flight_most: Some(7), ..DeliveryRules::default() };
        assert_eq!((rules.in_flight_most(64), DeliveryRules::default().in_flight_most(64)), (7, 64));
        assert_eq!(DeliveryRules { fifo: true, ..rules }.in_flight_most(64), 1);
    }

    proptest! {
        #[test]
        fn a_schedule_within_the_bounds_is_good_and_no_other(
            waits in proptest::collection::vec(0_u64..100_000, 0..25),
        ) {
            let fits = waits.len() <= 20
                && waits.iter().all(|wait| *wait <= 86_400)
                && waits.iter().sum::<u64>() <= 5 * 86_400;
            let schedule = RetrySchedule::try_new(waits.into_iter().map(Duration::from_secs).collect());
            prop_assert_eq!(check_schedule(schedule.expect("at most 50 waits")).is_ok(), fits);
        }
    }
}
