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

impl Health {
    /// Learns from an attempt made with `view`; answers what is to be written, if anything.
    pub(crate) fn learn(
        &mut self,
        view: &EndpointView,
        sign: Sign,
        disable_after: Duration,
    ) -> Option<HealthChange> {
        let endpoint = &view.endpoint;
        if self.revision.is_none_or(|known| known < endpoint.revision) {
            *self = Self {
                revision: Some(endpoint.revision),
                failing_since: endpoint.failing_since,
                ahead: false,
            };
        }
        if sign.succeeded {
            let was_failing = self.failing_since.take().is_some();
            self.ahead |= was_failing;
            return was_failing.then(|| change(endpoint.app, endpoint.id, None, None));
        }
        let begins = self.failing_since.is_none();
        self.ahead |= begins;
        let since = *self.failing_since.get_or_insert(sign.started_at);
        let reason = if sign.gone {
            Some(DisabledReason::Gone)
        } else if sign.ended_at.since(since) >= disable_after {
            Some(DisabledReason::Failing)
        } else {
            None
        };
        let disable = reason.map(|reason| Disabled { reason, at: sign.ended_at });
        (begins || disable.is_some()).then(|| change(endpoint.app, endpoint.id, Some(since), disable))
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

    const FIVE_DAYS: Duration = Duration::from_secs(5 * 24 * 60 * 60);

    fn failed(at_hours: i64) -> Sign {
        let at = Timestamp::from_millis(at_hours * 3_600_000);
        Sign { succeeded: false, gone: false, started_at: at, ended_at: at }
    }

    #[test]
    fn five_days_of_failures_disable_and_not_an_hour_less() {
        let view = sample::endpoint_view(1);
        let mut health = Health::default();
        let first = health.learn(&view, failed(0), FIVE_DAYS).expect("the first failure is noted");
        assert_eq!((first.failing_since, first.disable), (Some(Timestamp::from_millis(0)), None));
        assert_eq!(health.learn(&view, failed(119), FIVE_DAYS), None);
        let last = health.learn(&view, failed(120), FIVE_DAYS).expect("five days are over");
        assert_eq!(last.disable.map(|disabled| disabled.reason), Some(DisabledReason::Failing));
    }

    #[test]
    fn one_success_starts_the_count_again() {
        let view = sample::endpoint_view(1);
        let mut health = Health::default();
        health.learn(&view, failed(0), FIVE_DAYS);
        let success = health.learn(&view, Sign { succeeded: true, ..failed(100) }, FIVE_DAYS);
        assert_eq!(success.map(|change| change.failing_since), Some(None));
        assert_eq!(health.learn(&view, Sign { succeeded: true, ..failed(101) }, FIVE_DAYS), None);
        let again = health.learn(&view, failed(130), FIVE_DAYS).expect("a failure after a success is noted");
        assert_eq!(again.disable, None);
    }

    #[test]
    fn gone_disables_at_once() {
        let mut health = Health::default();
        let gone = health.learn(&sample::endpoint_view(1), Sign { gone: true, ..failed(0) }, FIVE_DAYS);
        let reason = gone.and_then(|change| change.disable).map(|disabled| disabled.reason);
        assert_eq!(reason, Some(DisabledReason::Gone));
    }

    #[test]
    fn a_change_by_a_person_is_believed() {
        let mut view = sample::endpoint_view(1);
        let mut health = Health::default();
        health.learn(&view, failed(0), FIVE_DAYS);
        view.endpoint.revision += 1;
        let after = health.learn(&view, failed(121), FIVE_DAYS).expect("a first failure again");
        assert_eq!(after.disable, None);
    }
}
