//! The health of an endpoint: since when every attempt failed, and when that has lasted too long. Pure.

use std::time::Duration;

use wirepost_model::endpoint::{Disabled, DisabledReason};
use wirepost_model::ids::{AppId, EndpointId};
use wirepost_model::timestamp::Timestamp;
use wirepost_store::deliveries::HealthChange;
use wirepost_store::directory::EndpointView;

/// What is known of an endpoint's health. The database holds the same; this only saves reading it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Health {
    /// The revision of the endpoint that `failing_since` was last read with. A person who changes the endpoint
    /// may have cleared it.
    revision: Option<i64>,
    failing_since: Option<Timestamp>,
    /// The last part of the time allowed, in percent, that a warning was asked for. The database knows which were
    /// given before.
    warned: u8,
    /// Whether something was learned since that the view of that revision does not say.
    ahead: bool,
}

/// What an attempt says of its endpoint.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sign {
    /// Whether it was delivered.
    pub(crate) succeeded: bool,
    /// Whether the endpoint answered 410 Gone.
    pub(crate) gone: bool,
    /// When the attempt began and ended.
    pub(crate) started_at: Timestamp,
    pub(crate) ended_at: Timestamp,
}

/// How long an endpoint may fail.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FailingRules<'a> {
    /// When it is disabled.
    pub(crate) disable_after: Duration,
    /// The parts of that time, in percent, at which somebody is warned; none where there is nobody.
    pub(crate) warn_at: &'a [u8],
}

/// What an attempt taught of its endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lesson {
    /// What is to be written.
    pub(crate) change: HealthChange,
    /// What is to be warned of.
    pub(crate) warning: Option<Warning>,
}

/// An endpoint has failed for a good part of the time allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Warning {
    pub(crate) since: Timestamp,
    pub(crate) percent: u8,
    /// From when on the next failure disables it.
    pub(crate) disable_at: Timestamp,
}

impl Lesson {
    /// Whether an operator wants to hear of it.
    pub(crate) fn is_told(&self) -> bool {
        self.warning.is_some() || self.change.disable.is_some()
    }
}

impl Health {
    /// Learns from an attempt made with `view`; answers what is to be written, if anything.
    pub(crate) fn learn(
        &mut self,
        view: &EndpointView,
        sign: Sign,
        rules: FailingRules<'_>,
    ) -> Option<Lesson> {
        let endpoint = &view.endpoint;
        if self.revision.is_none_or(|known| known < endpoint.revision) {
            *self = Self {
                revision: Some(endpoint.revision),
                failing_since: endpoint.failing_since,
                ..Self::default()
            };
        }
        if sign.succeeded {
            let was_failing = self.failing_since.take().is_some();
            self.ahead |= was_failing;
            self.warned = 0;
            let change = change(endpoint.app, endpoint.id, None, None);
            return was_failing.then_some(Lesson { change, warning: None });
        }
        let begins = self.failing_since.is_none();
        self.ahead |= begins;
        let since = *self.failing_since.get_or_insert(sign.started_at);
        let reason = if sign.gone {
            Some(DisabledReason::Gone)
        } else if sign.ended_at.since(since) >= rules.disable_after {
            Some(DisabledReason::Failing)
        } else {
            None
        };
        let disable = reason.map(|reason| Disabled { reason, at: sign.ended_at });
        let warning = match disable {
            Some(_) => None,
            None => self.warning(since, sign.ended_at, rules),
        };
        let change = change(endpoint.app, endpoint.id, Some(since), disable);
        (begins || disable.is_some() || warning.is_some()).then_some(Lesson { change, warning })
    }

    /// Of the parts that are over, the last one, where no warning was asked for yet.
    fn warning(&mut self, since: Timestamp, now: Timestamp, rules: FailingRules<'_>) -> Option<Warning> {
        let lasted = now.since(since);
        let is_over = |percent: &&u8| lasted >= rules.disable_after * u32::from(**percent) / 100;
        let percent = *rules.warn_at.iter().filter(is_over).max()?;
        if percent <= self.warned {
            return None;
        }
        self.warned = percent;
        Some(Warning { since, percent, disable_at: since.plus(rules.disable_after) })
    }

    /// Whether the view that was last learned from is out of date.
    pub(crate) fn is_ahead(&self) -> bool {
        self.ahead
    }
}

fn change(
    app: AppId,
    endpoint: EndpointId,
    failing_since: Option<Timestamp>,
    disable: Option<Disabled>,
) -> HealthChange {
    HealthChange { app, endpoint, failing_since, disable }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    const FIVE_DAYS: FailingRules<'_> =
        FailingRules { disable_after: Duration::from_secs(5 * 24 * 60 * 60), warn_at: &[50, 80] };

    fn failed(at_hours: i64) -> Sign {
        let at = Timestamp::from_millis(at_hours * 3_600_000);
        Sign { succeeded: false, gone: false, started_at: at, ended_at: at }
    }

    fn succeeded(at_hours: i64) -> Sign {
        Sign { succeeded: true, ..failed(at_hours) }
    }

    /// The percents that are warned of when an attempt fails at each of these hours.
    fn warned_at(health: &mut Health, hours: &[i64]) -> Vec<(i64, u8)> {
        let view = sample::endpoint_view(1);
        let learn =
            |hour: &i64| Some((*hour, health.learn(&view, failed(*hour), FIVE_DAYS)?.warning?.percent));
        hours.iter().filter_map(learn).collect()
    }

    #[test]
    fn five_days_of_failures_disable_and_not_an_hour_less() {
        let view = sample::endpoint_view(1);
        let mut health = Health::default();
        let first = health.learn(&view, failed(0), FIVE_DAYS).expect("the first failure is noted").change;
        assert_eq!((first.failing_since, first.disable), (Some(Timestamp::from_millis(0)), None));
        let before = health.learn(&view, failed(119), FIVE_DAYS).expect("it is warned of").change;
        assert_eq!(before.disable, None);
        let last = health.learn(&view, failed(120), FIVE_DAYS).expect("five days are over");
        assert_eq!(last.change.disable.map(|disabled| disabled.reason), Some(DisabledReason::Failing));
        assert_eq!(last.warning, None, "being disabled says enough");
    }

    #[test]
    fn one_success_starts_the_count_again() {
        let view = sample::endpoint_view(1);
        let mut health = Health::default();
        health.learn(&view, failed(0), FIVE_DAYS);
        let success = health.learn(&view, succeeded(100), FIVE_DAYS);
        assert_eq!(success.map(|lesson| lesson.change.failing_since), Some(None));
        assert_eq!(health.learn(&view, succeeded(101), FIVE_DAYS), None);
        let again = health.learn(&view, failed(130), FIVE_DAYS).expect("a failure after a success is noted");
        assert_eq!(again.change.disable, None);
    }

    #[test]
    fn each_part_of_the_time_is_warned_of_once() {
        let hours: Vec<i64> = (0..120).collect();
        assert_eq!(warned_at(&mut Health::default(), &hours), [(60, 50), (96, 80)]);
        let mut health = Health::default();
        let warning = |lesson: Option<Lesson>| lesson.and_then(|lesson| lesson.warning);
        let view = sample::endpoint_view(1);
        health.learn(&view, failed(10), FIVE_DAYS);
        let hour = |hour: i64| failed(hour).ended_at;
        let expected = Warning { since: hour(10), percent: 50, disable_at: hour(130) };
        assert_eq!(warning(health.learn(&view, failed(75), FIVE_DAYS)), Some(expected));
    }

    #[test]
    fn where_attempts_are_rare_only_the_last_part_is_warned_of() {
        assert_eq!(warned_at(&mut Health::default(), &[0, 100, 110]), [(100, 80)]);
        assert_eq!(warned_at(&mut Health::default(), &[0, 119]), [(119, 80)]);
    }

    #[test]
    fn another_period_has_warnings_of_its_own() {
        let mut health = Health::default();
        assert_eq!(warned_at(&mut health, &[0, 70]), [(70, 50)]);
        health.learn(&sample::endpoint_view(1), succeeded(80), FIVE_DAYS);
        assert_eq!(warned_at(&mut health, &[100, 130, 160]), [(160, 50)]);
    }

    #[test]
    fn gone_disables_at_once() {
        let mut health = Health::default();
        let gone = health.learn(&sample::endpoint_view(1), Sign { gone: true, ..failed(0) }, FIVE_DAYS);
        let reason = gone.and_then(|lesson| lesson.change.disable).map(|disabled| disabled.reason);
        assert_eq!(reason, Some(DisabledReason::Gone));
    }

    #[test]
    fn a_change_by_a_person_is_believed() {
        let mut view = sample::endpoint_view(1);
        let mut health = Health::default();
        health.learn(&view, failed(0), FIVE_DAYS);
        view.endpoint.revision += 1;
        let after = health.learn(&view, failed(121), FIVE_DAYS).expect("a first failure again");
        assert_eq!(after.change.disable, None);
    }
}
