//! What somebody wants of an endpoint's deliveries, and the check that turns it into rules that may be stored.

use std::ops::RangeInclusive;
use std::time::Duration;

use wirepost_model::delivery_rules::{
    DeliveryRules, FailingHead, HttpVersion, IN_FLIGHT, SuccessRule, TIMEOUT_SECONDS, WAITS_MOST,
    check_schedule,
};
use wirepost_model::retry_schedule::{RetrySchedule, parse_wait};

use crate::change::Change;
use crate::error::in_body;
use crate::fault::Fault;
use crate::{ControlError, ControlResult};

/// The field of a schedule, as callers write it.
const RETRY_SCHEDULE: &str = "retrySchedule";

/// What is to change of an endpoint's own rules. `None` leaves a rule to the operator or to its default.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeliveryRulesChanges {
    /// The waits between attempts.
    pub retry_schedule: Change<Option<ScheduleDraft>>,
    /// How long a request may take.
    pub request_timeout_seconds: Change<Option<u32>>,
    /// Most requests open at a time.
    pub in_flight_most: Change<Option<u32>>,
    /// Which HTTP is spoken.
    pub http_version: Change<Option<HttpVersion>>,
    /// Which answers deliver.
    pub success_rule: Change<Option<SuccessRule>>,
    /// Whether messages go one by one, in order of acceptance.
    pub fifo: Change<Option<bool>>,
    /// What happens to those behind a message that fails, where order matters.
    pub fifo_failing_head: Change<Option<FailingHead>>,
}

/// A retry schedule as somebody writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScheduleDraft {
    /// The name of a preset, or all waits in one text.
    Words(String),
    /// Wait by wait, each as `5s`, `5m` or `2h`.
    Waits(Vec<String>),
}

/// Changes of rules that were found good.
pub(crate) struct CheckedRules {
    retry_schedule: Change<Option<RetrySchedule>>,
    request_timeout: Change<Option<Duration>>,
    in_flight_most: Change<Option<u32>>,
    http_version: Change<HttpVersion>,
    success_rule: Change<SuccessRule>,
    fifo: Change<bool>,
    fifo_failing_head: Change<FailingHead>,
}

impl DeliveryRulesChanges {
    /// The same as a replacement: what it says nothing of is left to the operator.
    pub(crate) fn replacing(self) -> Self {
        Self {
            retry_schedule: self.retry_schedule.or(Change::Set(None)),
            request_timeout_seconds: self.request_timeout_seconds.or(Change::Set(None)),
            in_flight_most: self.in_flight_most.or(Change::Set(None)),
            http_version: self.http_version.or(Change::Set(None)),
            success_rule: self.success_rule.or(Change::Set(None)),
            fifo: self.fifo.or(Change::Set(None)),
            fifo_failing_head: self.fifo_failing_head.or(Change::Set(None)),
        }
    }

    pub(crate) fn check(self) -> ControlResult<CheckedRules> {
        let seconds = self.request_timeout_seconds;
        let seconds =
            seconds.try_map(|seconds| check_count("requestTimeoutSeconds", seconds, TIMEOUT_SECONDS))?;
        let in_flight = |most| check_count("inFlightMost", most, IN_FLIGHT);
        Ok(CheckedRules {
            retry_schedule: self.retry_schedule.try_map(|draft| draft.map(read_schedule).transpose())?,
            request_timeout: seconds.map(|seconds| seconds.map(|count| Duration::from_secs(count.into()))),
            in_flight_most: self.in_flight_most.try_map(in_flight)?,
            http_version: self.http_version.map(Option::unwrap_or_default),
            success_rule: self.success_rule.map(Option::unwrap_or_default),
            fifo: self.fifo.map(Option::unwrap_or_default),
            fifo_failing_head: self.fifo_failing_head.map(Option::unwrap_or_default),
        })
    }
}

impl CheckedRules {
    pub(crate) fn apply_to(&self, rules: &mut DeliveryRules) {
        self.retry_schedule.apply(&mut rules.retry_schedule);
        self.request_timeout.apply(&mut rules.request_timeout);
        self.in_flight_most.apply(&mut rules.in_flight_most);
        self.http_version.apply(&mut rules.http_version);
        self.success_rule.apply(&mut rules.success_rule);
        self.fifo.apply(&mut rules.fifo);
        self.fifo_failing_head.apply(&mut rules.fifo_failing_head);
    }
}

fn read_schedule(draft: ScheduleDraft) -> ControlResult<RetrySchedule> {
    let schedule = match draft {
        ScheduleDraft::Words(words) => RetrySchedule::parse(&words).map_err(in_body(RETRY_SCHEDULE))?,
        ScheduleDraft::Waits(waits) => {
            let parsed = waits.iter().take(WAITS_MOST + 1).enumerate().map(|(place, wait)| {
                let refused = |place: usize, reason: String| {
                    ControlError::Refused(vec![Fault::at([RETRY_SCHEDULE, &place.to_string()], reason)])
                };
                parse_wait(wait).map_err(|invalid| refused(place, invalid.reason))
            });
            let parsed = parsed.collect::<ControlResult<Vec<_>>>()?;
            RetrySchedule::try_new(parsed).map_err(in_body(RETRY_SCHEDULE))?
        }
    };
    check_schedule(schedule).map_err(in_body(RETRY_SCHEDULE))
}

/// A count within these bounds, or none.
fn check_count(
    field: &'static str,
    count: Option<u32>,
    bounds: RangeInclusive<u32>,
) -> ControlResult<Option<u32>> {
    match count {
        Some(count) if !bounds.contains(&count) => {
            let sentence = format!("must be {} to {}", bounds.start(), bounds.end());
            Err(ControlError::body(field, sentence))
        }
        count => Ok(count),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule(draft: ScheduleDraft) -> Result<Vec<u64>, String> {
        let schedule = read_schedule(draft).map_err(|error| error.to_string())?;
        Ok(schedule.waits().iter().map(Duration::as_secs).collect())
    }

    fn words(text: &str) -> Result<Vec<u64>, String> {
        schedule(ScheduleDraft::Words(text.to_owned()))
    }

    fn waits(waits: &[&str]) -> Result<Vec<u64>, String> {
        schedule(ScheduleDraft::Waits(waits.iter().map(|wait| (*wait).to_owned()).collect()))
    }

    #[test]
    fn a_schedule_is_a_preset_or_waits() {
        assert_eq!(words("none"), Ok(vec![]));
        assert_eq!(words("svix").map(|waits| waits.len()), Ok(7));
        assert_eq!(words("default").map(|waits| waits.len()), Ok(8));
        assert_eq!(words("5s, 2m"), Ok(vec![5, 120]));
        assert_eq!(waits(&["5s", "2m", "1d"]), Ok(vec![5, 120, 86_400]));
        assert_eq!(waits(&[]), Ok(vec![]));
    }

    #[test]
    fn what_is_wrong_with_a_schedule_is_told_at_its_place() {
        let told = |refused: Result<Vec<u64>, String>| refused.expect_err("it is refused");
        assert!(told(words("fast")).starts_with("body.retrySchedule: `fast` is not a wait"));
        assert!(told(waits(&["5s", "soon"])).contains("retrySchedule.1: `soon` is not a wait"));
        assert!(told(waits(&["25h"])).contains("no wait over 24 hours"));
        assert!(told(waits(&["1s"; 21])).contains("at most 20 waits"));
        assert!(told(words(&["1s"; 21].join(","))).contains("at most 20 waits"));
        assert!(told(waits(&["1d"; 6])).contains("at most 5 days"));
        assert!(waits(&["1d"; 5]).is_ok() && waits(&["1s"; 20]).is_ok());
    }

    #[test]
    fn a_replacement_drops_what_it_does_not_name_and_a_change_keeps_it() {
        let fresh = || DeliveryRules {
            in_flight_most: Some(3),
            http_version: HttpVersion::Http1,
            fifo: true,
            ..DeliveryRules::default()
        };
        let named = DeliveryRulesChanges { fifo: Change::Set(Some(true)), ..DeliveryRulesChanges::default() };
        let applied = |changes: DeliveryRulesChanges| {
            let mut rules = fresh();
            changes.check().expect("good changes").apply_to(&mut rules);
            rules
        };
        assert_eq!(applied(named.clone()), fresh());
        assert_eq!(applied(named.replacing()), DeliveryRules { fifo: true, ..DeliveryRules::default() });
    }
}
