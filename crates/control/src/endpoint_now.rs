//! How an endpoint stands at this moment: what waits for it, for what the next attempt waits, and what becomes of an
//! endpoint that fails.

use std::time::Duration;

use wirepost_model::capability::Capability;
use wirepost_model::delivery::DeliveryState;
use wirepost_model::endpoint::Endpoint;
use wirepost_model::ids::MessageId;
use wirepost_model::lane::{LaneView, Waiting};
use wirepost_model::timestamp::Timestamp;
use wirepost_store::stats::Backlog;

use crate::caller::AppAccess;
use crate::next_try::NextTry;
use crate::stats::EndpointStats;
use crate::{Control, ControlResult};

/// Due deliveries that are counted: some milliseconds of a reader's time.
const DUE_COUNTED_MOST: usize = 100_000;

/// An endpoint at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EndpointNow {
    /// What became of its deliveries in the last 28 days, and what waits.
    pub stats: EndpointStats,
    /// The attempt that comes next, where anything waits.
    pub next: Option<NextAttempt>,
    /// The rate limit that what is due waits for, where one does.
    pub limited: Option<Limited>,
    /// When it is disabled if its attempts go on failing.
    pub disable_at: Option<Timestamp>,
}

/// The attempt that an endpoint is sent next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NextAttempt {
    /// The message.
    pub message: MessageId,
    /// Attempts of it on the schedule so far.
    pub tries: u32,
    /// Attempts that the schedule has in all.
    pub tries_most: usize,
    /// When, and for what it waits.
    pub next: NextTry,
}

/// What is due waits for a rate limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limited {
    /// Messages per second.
    pub rate: u32,
    /// Whether the limit is the app's, which its endpoints share.
    pub of_app: bool,
    /// Deliveries that are due and wait.
    pub waiting: u64,
    /// How long it takes until none of them waits any more, if nothing else comes; told for the endpoint's own limit.
    pub clear_in: Option<Duration>,
}

impl Control {
    /// How an endpoint of the app stands.
    ///
    /// # Errors
    /// `NotFound` when it was just deleted; `Unavailable`.
    pub async fn endpoint_now(&self, access: &AppAccess, endpoint: &Endpoint) -> ControlResult<EndpointNow> {
        access.require(Capability::ViewBase)?;
        let now = self.now();
        let stats = self.endpoint_stats(access, &endpoint.id.to_string(), None, None).await?;
        let mut backlog = self.store().backlog(endpoint.id, now, DUE_COUNTED_MOST).await?;
        if backlog.due >= DUE_COUNTED_MOST as u64 {
            // So many are due that hardly any of them is not.
            backlog.due = stats.pending + stats.sending;
        }
        let lane = self.lane(endpoint.id).unwrap_or_default();
        let fails_on = endpoint.failing_since.filter(|_| endpoint.disabled.is_none());
        Ok(EndpointNow {
            stats,
            next: self.next_attempt(endpoint, &backlog, lane.waiting, now),
            limited: limited(endpoint, access.app().throttle_rate, &backlog, &lane),
            disable_at: fails_on.map(|since| since.plus(self.settings().disable_after)),
        })
    }

    fn next_attempt(
        &self,
        endpoint: &Endpoint,
        backlog: &Backlog,
        waiting: Option<Waiting>,
        now: Timestamp,
    ) -> Option<NextAttempt> {
        let first = backlog.first?;
        let state = DeliveryState::Pending { due_at: first.due_at };
        let rules = endpoint.delivery_rules.in_force(&self.settings().operator_rules);
        Some(NextAttempt {
            message: first.message,
            tries: first.tries,
            tries_most: rules.retry_schedule.attempts(),
            next: NextTry::of(state, first.tries, Some(endpoint), waiting, now)?,
        })
    }
}

/// The limit that what is due waits for. A lane at its limit sends and waits by turns, so more than a second's worth
/// of waiting is as good a sign as finding it waiting.
fn limited(
    endpoint: &Endpoint,
    rate_of_app: Option<u32>,
    backlog: &Backlog,
    lane: &LaneView,
) -> Option<Limited> {
    if endpoint.disabled.is_some() || backlog.due == 0 {
        return None;
    }
    let waiting = backlog.due;
    if let (Some(rate), Some(Waiting::AppRateLimit(_))) = (rate_of_app, lane.waiting) {
        return Some(Limited { rate, of_app: true, waiting, clear_in: None });
    }
    let rate = endpoint.throttle_rate?;
    let is_sign = match lane.waiting {
        Some(Waiting::RateLimit(_)) => true,
        None => waiting > u64::from(rate),
        Some(_) => false,
    };
    let clear_in = Some(Duration::from_secs(waiting.div_ceil(u64::from(rate.max(1)))));
    is_sign.then_some(Limited { rate, of_app: false, waiting, clear_in })
}

#[cfg(test)]
mod tests {
    use wirepost_model::app::Metadata;
    use wirepost_model::delivery_rules::DeliveryRules;
    use wirepost_model::endpoint::{CustomHeaders, Disabled, DisabledReason};
    use wirepost_model::ids::{AppId, EndpointId};

    use super::*;

    const NOON: Timestamp = Timestamp::from_millis(1_769_860_800_000);

    fn endpoint(throttle_rate: Option<u32>) -> Endpoint {
        Endpoint {
            id: EndpointId::from_parts(1, [0; 12]),
            app: AppId::from_parts(1, [0; 12]),
            uid: None,
            url: "https://example.com/".into(),
            description: String::new(),
            event_types: Vec::new(),
            channels: Vec::new(),
            disabled: None,
            throttle_rate,
            metadata: Metadata::new(),
            headers: CustomHeaders::default(),
            delivery_rules: DeliveryRules::default(),
            failing_since: None,
            created_at: NOON,
            updated_at: NOON,
            revision: 0,
        }
    }

    fn told(endpoint: &Endpoint, due: u64, waiting: Option<Waiting>) -> Option<Limited> {
        let lane = LaneView { waiting, ..LaneView::default() };
        limited(endpoint, Some(7), &Backlog { due, first: None }, &lane)
    }

    #[test]
    fn what_waits_for_a_limit_is_clear_after_as_many_seconds() {
        let waits = Some(Waiting::RateLimit(NOON));
        let clear_in = Some(Duration::from_secs(25));
        let expected = Limited { rate: 50, of_app: false, waiting: 1_204, clear_in };
        assert_eq!(told(&endpoint(Some(50)), 1_204, waits), Some(expected));
        // Just then it sends.
        assert_eq!(told(&endpoint(Some(50)), 1_204, None), Some(expected));
        assert_eq!(told(&endpoint(Some(50)), 50, None), None, "that is gone within the second");
    }

    #[test]
    fn the_limit_of_the_app_is_told_without_an_end() {
        let expected = Limited { rate: 7, of_app: true, waiting: 3, clear_in: None };
        assert_eq!(told(&endpoint(None), 3, Some(Waiting::AppRateLimit(NOON))), Some(expected));
    }

    #[test]
    fn what_waits_for_anything_else_is_not_limited() {
        assert_eq!(told(&endpoint(Some(1)), 9, Some(Waiting::BackOff(NOON))), None);
        assert_eq!(told(&endpoint(Some(1)), 0, Some(Waiting::RateLimit(NOON))), None);
        assert_eq!(told(&endpoint(None), 9, None), None);
        let disabled = Some(Disabled { reason: DisabledReason::ByHand, at: NOON });
        let disabled = Endpoint { disabled, ..endpoint(Some(1)) };
        assert_eq!(told(&disabled, 9, Some(Waiting::RateLimit(NOON))), None);
    }
}
