//! An endpoint's own rules of delivery, beside what applies where it has none.

use std::time::Duration;

use serde::Deserialize;
use wirepost_control::ControlResult;
use wirepost_control::change::Change;
use wirepost_control::delivery_rules::{DeliveryRulesChanges, ScheduleDraft};
use wirepost_control::endpoint_draft::EndpointChanges;
use wirepost_model::delivery_rules::{DeliveryRules, FailingHead, HttpVersion, OperatorRules, SuccessRule};
use wirepost_model::retry_schedule::RetrySchedule;

use super::Here;
use super::rate_limit::whole_number;
use crate::wrong::{ShowsWrong, Wrong};

/// The part of the page.
pub(super) struct Rules {
    /// As they are set or were filled in.
    pub(super) set: Sent,
    /// In words, what applies where nothing is set.
    pub(super) default_schedule: String,
    pub(super) default_timeout: u64,
    pub(super) default_in_flight: usize,
    /// What applies in the end, for those who may only look.
    pub(super) schedule: String,
    pub(super) is_any_set: bool,
    wrong: Option<Wrong>,
}

/// What a person filled in. Empty leaves a rule to the operator.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub(super) struct Sent {
    #[serde(default)]
    pub(super) retry_schedule: String,
    #[serde(default)]
    pub(super) request_timeout_seconds: String,
    #[serde(default)]
    pub(super) in_flight_most: String,
    #[serde(default)]
    pub(super) http_version: String,
    #[serde(default)]
    pub(super) success_rule: String,
    /// There when the box is ticked.
    #[serde(default)]
    pub(super) fifo: Option<String>,
    #[serde(default)]
    pub(super) fifo_failing_head: String,
}

impl Rules {
    pub(super) fn of(rules: &DeliveryRules, operators: &OperatorRules) -> Self {
        let set = Sent::of(rules);
        let in_force = rules.in_force(operators);
        Self {
            is_any_set: *rules != DeliveryRules::default(),
            set,
            default_schedule: told(&operators.retry_schedule),
            default_timeout: operators.request_timeout.as_secs(),
            default_in_flight: operators.in_flight_most,
            schedule: told(in_force.retry_schedule),
            wrong: None,
        }
    }

    pub(super) fn refuse(&mut self, sent: Sent, wrong: Wrong) {
        self.set = sent;
        self.wrong = Some(wrong);
    }

    pub(super) fn is_refused(&self) -> bool {
        self.wrong.is_some()
    }
}

impl ShowsWrong for Rules {
    const FIELDS: &'static [&'static str] = &["retrySchedule", "requestTimeoutSeconds", "inFlightMost"];

    fn wrong(&self) -> Option<&Wrong> {
        self.wrong.as_ref()
    }
}

impl Sent {
    fn of(rules: &DeliveryRules) -> Self {
        let seconds = |timeout: Duration| timeout.as_secs().to_string();
        Self {
            retry_schedule: rules.retry_schedule.as_ref().map(written).unwrap_or_default(),
            request_timeout_seconds: rules.request_timeout.map(seconds).unwrap_or_default(),
            in_flight_most: rules.in_flight_most.map(|most| most.to_string()).unwrap_or_default(),
            http_version: rules.http_version.as_str().to_owned(),
            success_rule: rules.success_rule.as_str().to_owned(),
            fifo: rules.fifo.then(|| "yes".to_owned()),
            fifo_failing_head: rules.fifo_failing_head.as_str().to_owned(),
        }
    }

    pub(super) async fn save(&self, here: &Here<'_>) -> ControlResult<()> {
        let schedule = Some(self.retry_schedule.trim()).filter(|words| !words.is_empty());
        let schedule = schedule.map(|words| ScheduleDraft::Words(words.to_owned()));
        let seconds = whole_number("requestTimeoutSeconds", &self.request_timeout_seconds)?;
        let in_flight = whole_number("inFlightMost", &self.in_flight_most)?;
        let delivery_rules = DeliveryRulesChanges {
            retry_schedule: Change::Set(schedule),
            request_timeout_seconds: Change::Set(seconds),
            in_flight_most: Change::Set(in_flight),
            http_version: Change::Set(HttpVersion::parse(&self.http_version)),
            success_rule: Change::Set(SuccessRule::parse(&self.success_rule)),
            fifo: Change::Set(Some(self.fifo.is_some())),
            fifo_failing_head: Change::Set(FailingHead::parse(&self.fifo_failing_head)),
        };
        let changes = EndpointChanges { delivery_rules, ..EndpointChanges::default() };
        here.state.control.change_endpoint(&here.access, &here.id(), changes).await.map(drop)
    }
}

/// A schedule as people write it: `5s, 5m, 2h`.
fn written(schedule: &RetrySchedule) -> String {
    if schedule.waits().is_empty() {
        return "none".to_owned();
    }
    let waits: Vec<String> = schedule.waits().iter().map(|wait| written_wait(*wait)).collect();
    waits.join(", ")
}

/// In the largest unit that tells it to the letter.
fn written_wait(wait: Duration) -> String {
    const UNITS: [(u64, char); 3] = [(86_400, 'd'), (3_600, 'h'), (60, 'm')];
    let seconds = wait.as_secs();
    let unit = UNITS.into_iter().find(|(length, _)| seconds >= *length && seconds.is_multiple_of(*length));
    let (length, letter) = unit.unwrap_or((1, 's'));
    format!("{}{letter}", seconds / length)
}

/// A schedule with how many attempts it makes.
fn told(schedule: &RetrySchedule) -> String {
    match schedule.attempts() {
        1 => "one attempt and no retry".to_owned(),
        attempts => format!("{attempts} attempts, with these waits between them: {}", written(schedule)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_is_written_as_it_may_be_read() {
        for text in ["none", "0s, 5s, 5m, 30m, 2h, 1d", "90s, 36h", "61s"] {
            let schedule = RetrySchedule::parse(text).expect("a good schedule");
            assert_eq!(written(&schedule), text);
        }
        assert_eq!(told(&RetrySchedule::parse("none").expect("a preset")), "one attempt and no retry");
        assert!(
            told(&RetrySchedule::default()).starts_with("9 attempts, with these waits between them: 0s, 5s")
        );
    }

    #[test]
    fn rules_are_filled_in_as_they_are_set() {
        let rules = DeliveryRules {
            request_timeout: Some(Duration::from_secs(7)),
            success_rule: SuccessRule::Only200,
            fifo: true,
            ..DeliveryRules::default()
        };
        let sent = Sent::of(&rules);
        assert_eq!((sent.request_timeout_seconds.as_str(), sent.success_rule.as_str()), ("7", "200"));
        assert_eq!((sent.retry_schedule.as_str(), sent.fifo.is_some()), ("", true));
    }
}
