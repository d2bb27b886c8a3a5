//! When a delivery is tried next, and why not sooner.

use wirepost_model::delivery::DeliveryState;
use wirepost_model::endpoint::Endpoint;
use wirepost_model::lane::Waiting;
use wirepost_model::timestamp::Timestamp;

/// What a delivery waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitsFor {
    /// The instant that its producer asked for.
    DeliverAt,
    /// The instant that the retry schedule, or its receiver, asked for.
    Schedule,
    /// Somebody who enables the endpoint.
    Enabling,
    /// The rate limit of the endpoint.
    RateLimit,
    /// The rate limit of the app, which its endpoints share.
    AppRateLimit,
    /// The end of the message before it: this endpoint's go in order.
    Order,
    /// The end of the time for which the receiver asked to be left alone.
    RetryAfter,
    /// The end of the time for which an endpoint that fails is left alone.
    BackOff,
    /// The end of one of the requests that are open.
    InFlight,
    /// A free socket.
    Sockets,
    /// Nothing: it goes next.
    Turn,
}

/// When and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NextTry {
    /// Not before this; `None` where no instant is known.
    pub at: Option<Timestamp>,
    /// What it waits for.
    pub waits_for: WaitsFor,
}

impl NextTry {
    /// When a delivery in this state, tried so often, goes next; `None` where it never does.
    pub(crate) fn of(
        state: DeliveryState,
        tries: u32,
        endpoint: Option<&Endpoint>,
        waiting: Option<Waiting>,
        now: Timestamp,
    ) -> Option<Self> {
        let due_at = state.due_at()?;
        let enabled = endpoint?.disabled.is_none();
        let (at, waits_for) = if !enabled {
            (None, WaitsFor::Enabling)
        } else if due_at > now {
            (Some(due_at), if tries == 0 { WaitsFor::DeliverAt } else { WaitsFor::Schedule })
        } else {
            waits_in_lane(waiting)
        };
        Some(Self { at, waits_for })
    }
}

/// What a delivery waits for that is due: the same as its lane.
fn waits_in_lane(waiting: Option<Waiting>) -> (Option<Timestamp>, WaitsFor) {
    match waiting {
        Some(Waiting::RateLimit(at)) => (Some(at), WaitsFor::RateLimit),
        Some(Waiting::AppRateLimit(at)) => (Some(at), WaitsFor::AppRateLimit),
        Some(Waiting::Head(at)) => (Some(at), WaitsFor::Order),
        Some(Waiting::RetryAfter(at)) => (Some(at), WaitsFor::RetryAfter),
        Some(Waiting::BackOff(at)) => (Some(at), WaitsFor::BackOff),
        Some(Waiting::InFlightFull) => (None, WaitsFor::InFlight),
        Some(Waiting::Sockets) => (None, WaitsFor::Sockets),
        Some(Waiting::Disabled) => (None, WaitsFor::Enabling),
        Some(Waiting::Due(_) | Waiting::Loading | Waiting::Empty) | None => (None, WaitsFor::Turn),
    }
}

impl WaitsFor {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::DeliverAt,
        Self::Schedule,
        Self::Enabling,
        Self::RateLimit,
        Self::AppRateLimit,
        Self::Order,
        Self::RetryAfter,
        Self::BackOff,
        Self::InFlight,
        Self::Sockets,
        Self::Turn,
    ];

    /// The stable word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DeliverAt => "deliverAt",
            Self::Schedule => "schedule",
            Self::Enabling => "enabling",
            Self::RateLimit => "rateLimit",
            Self::AppRateLimit => "appRateLimit",
            Self::Order => "order",
            Self::RetryAfter => "retryAfter",
            Self::BackOff => "backOff",
            Self::InFlight => "inFlight",
            Self::Sockets => "sockets",
            Self::Turn => "turn",
        }
    }

    /// The same in a sentence.
    pub fn words(self) -> &'static str {
        match self {
            Self::DeliverAt => "It is not to be sent before then: the producer asked for it.",
            Self::Schedule => {
                "The attempts so far failed; the next one is when the retry schedule has it, or as late as the \
                 receiver asked."
            }
            Self::Enabling => {
                "Nothing is sent while the endpoint is disabled. It goes on when it is enabled."
            }
            Self::RateLimit => {
                "It is due, and waits for the rate limit of the endpoint. Waiting costs no attempt."
            }
            Self::AppRateLimit => {
                "It is due, and waits for the rate limit of the app, which its endpoints share. Waiting costs no \
                 attempt."
            }
            Self::Order => {
                "It is due, and waits for an earlier message to end: this endpoint's go in order of acceptance."
            }
            Self::RetryAfter => {
                "It is due, and the receiver asked to be left alone until then (Retry-After)."
            }
            Self::BackOff => {
                "It is due, and the receiver is down or overloaded: it is left alone until then."
            }
            Self::InFlight => {
                "It is due, and waits for the end of others: as many requests are open as the receiver copes with."
            }
            Self::Sockets => "It is due, and waits for a free socket: the whole server is busy.",
            Self::Turn => "It is due, and goes out in its turn.",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const NOON: Timestamp = Timestamp::from_millis(1_769_860_800_000);

    #[test]
    fn what_is_due_waits_for_what_its_lane_waits_for() {
        let later = NOON.plus(Duration::from_secs(5));
        assert_eq!(waits_in_lane(Some(Waiting::RateLimit(later))), (Some(later), WaitsFor::RateLimit));
        assert_eq!(waits_in_lane(Some(Waiting::InFlightFull)), (None, WaitsFor::InFlight));
        assert_eq!(waits_in_lane(None), (None, WaitsFor::Turn));
    }

    #[test]
    fn what_has_ended_is_tried_no_more() {
        for state in
            [DeliveryState::Delivered, DeliveryState::Failed, DeliveryState::Canceled, DeliveryState::Skipped]
        {
            assert_eq!(NextTry::of(state, 1, None, None, NOON), None);
        }
        let pending = DeliveryState::Pending { due_at: NOON };
        assert_eq!(NextTry::of(pending, 0, None, None, NOON), None, "its endpoint was deleted");
    }

    #[test]
    fn words_and_sentences_differ() {
        let count = |mut all: Vec<&str>| {
            all.sort_unstable();
            all.dedup();
            all.len()
        };
        assert_eq!(count(WaitsFor::ALL.map(WaitsFor::as_str).to_vec()), WaitsFor::ALL.len());
        assert_eq!(count(WaitsFor::ALL.map(WaitsFor::words).to_vec()), WaitsFor::ALL.len());
    }
}
