//! What became of an endpoint's deliveries, from counters that are kept with every attempt.

use std::time::Duration;

use wirepost_model::ids::EndpointId;
use wirepost_model::lane::{LaneView, Throttled};
use wirepost_model::timestamp::Timestamp;

use crate::caller::AppAccess;
use crate::{Control, ControlError, ControlResult};

const DAY: Duration = Duration::from_secs(86_400);
/// Longest period that may be asked for: 28 days.
const PERIOD_MOST: Duration = Duration::from_secs(28 * 86_400);

/// How many deliveries of an endpoint stand how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EndpointStats {
    /// Ended delivered in the period.
    pub success: u64,
    /// Waiting now.
    pub pending: u64,
    /// Being attempted now.
    pub sending: u64,
    /// Ended failed in the period.
    pub fail: u64,
    /// Ended canceled in the period.
    pub canceled: u64,
    /// How the endpoint is spared now, where it does not take all that is sent.
    pub throttled: Option<Throttled>,
}

/// How an endpoint's attempts came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SuccessRate {
    /// So many succeeded.
    pub succeeded: u64,
    /// So many failed.
    pub failed: u64,
}

impl Control {
    /// An endpoint's figures for a period, by default the last 28 days.
    ///
    /// # Errors
    /// `NotFound`; `Invalid`; `Unavailable`.
    pub async fn endpoint_stats(
        &self,
        access: &AppAccess,
        endpoint: &str,
        since: Option<Timestamp>,
        until: Option<Timestamp>,
    ) -> ControlResult<EndpointStats> {
        let (since, until) = check_period(["since", "until"], since, until, self.now())?;
        let endpoint = self.find_endpoint(access, endpoint).await?.id;
        let waiting = self.store().count_pending(endpoint).await?;
        let lane = self.lane(endpoint).unwrap_or_default();
        let in_flight = (lane.in_flight as u64).min(waiting);
        let mut stats = EndpointStats {
            pending: waiting - in_flight,
            sending: in_flight,
            throttled: lane.throttled,
            ..EndpointStats::default()
        };
        for counts in self.store().endpoint_counts(endpoint, since, until).await? {
            stats.success += counts.delivered;
            stats.fail += counts.failed;
            stats.canceled += counts.canceled;
        }
        Ok(stats)
    }

    /// How the attempts of each of these endpoints of the app came out in the last 24 hours, in their order.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn success_rates(
        &self,
        access: &AppAccess,
        endpoints: Vec<EndpointId>,
    ) -> ControlResult<Vec<SuccessRate>> {
        let now = self.now();
        let mut rates = Vec::with_capacity(endpoints.len());
        for endpoint in endpoints {
            let own = access.view().endpoints.iter().any(|view| view.endpoint.id == endpoint);
            let mut rate = SuccessRate::default();
            if own {
                for counts in self.store().endpoint_counts(endpoint, now.minus(DAY), now).await? {
                    rate.succeeded += counts.attempts_succeeded;
                    rate.failed += counts.attempts_failed;
                }
            }
            rates.push(rate);
        }
        Ok(rates)
    }

    /// What is being sent to an endpoint at this moment, where anything of it is in memory.
    pub(crate) fn lane(&self, endpoint: EndpointId) -> Option<LaneView> {
        self.0.parts.lanes.as_ref()?.view(endpoint)
    }
}

/// The period between two parameters of these names, each with its default.
pub(crate) fn check_period(
    [since_name, until_name]: [&'static str; 2],
    since: Option<Timestamp>,
    until: Option<Timestamp>,
    now: Timestamp,
) -> ControlResult<(Timestamp, Timestamp)> {
    let until = until.unwrap_or(now);
    let since = since.unwrap_or_else(|| until.minus(PERIOD_MOST));
    if since > until {
        return Err(ControlError::query(since_name, format!("must not be after {until_name}")));
    }
    if until.since(since) > PERIOD_MOST {
        return Err(ControlError::query(since_name, format!("must be at most 28 days before {until_name}")));
    }
    Ok((since, until))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(
        since: Option<Timestamp>,
        until: Option<Timestamp>,
        now: Timestamp,
    ) -> ControlResult<(Timestamp, Timestamp)> {
        check_period(["since", "until"], since, until, now)
    }

    #[test]
    fn a_period_is_at_most_28_days() {
        let now = Timestamp::from_millis(1_769_860_800_000);
        let longest = now.minus(PERIOD_MOST);
        assert_eq!(check(None, None, now), Ok((longest, now)));
        assert_eq!(check(Some(longest), None, now), Ok((longest, now)));
        let too_long = Timestamp::from_millis(longest.as_millis() - 1);
        assert!(check(Some(too_long), None, now).is_err());
        assert!(check(Some(now), Some(longest), now).is_err());
    }
}
