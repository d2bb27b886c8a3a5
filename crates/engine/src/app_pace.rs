//! The rate limit of a whole app, shared by its lanes in turn: who waited longest goes next. Pure.
//!
//! Every answer that names a lane and an instant asks the caller to wake that lane then. As each call arms the
//! lane at the head anew, the chain of turns cannot break.

use std::collections::VecDeque;

use wirepost_model::ids::EndpointId;
use wirepost_model::timestamp::Timestamp;

use crate::pace::Pace;

/// The lane that is next, and when to look at it.
pub(crate) type Wake = Option<(EndpointId, Timestamp)>;

/// A limit, and the lanes that wait for it.
#[derive(Debug, Default)]
pub(crate) struct AppPace {
    pace: Pace,
    turns: VecDeque<EndpointId>,
}

impl AppPace {
    /// No limit yet, in a process that has been there since this instant.
    pub(crate) fn since(process_began: Timestamp) -> Self {
        Self { pace: Pace::since(process_began), turns: VecDeque::new() }
    }

    /// Sets the limit. Whoever changes it sees to it that all lanes of the app are looked at.
    pub(crate) fn set_limit(&mut self, per_second: Option<u32>, now: Timestamp) {
        self.pace.set_limit(per_second, now);
        if per_second.is_none() {
            self.turns.clear();
        }
    }

    /// When this lane may try: `None` means now.
    pub(crate) fn wait_until(&self, lane: EndpointId, now: Timestamp) -> Option<Timestamp> {
        let others_first = self.turns.front().is_some_and(|first| *first != lane);
        self.pace.wait_until(now).or(others_first.then_some(now))
    }

    /// Puts the lane at the end of the queue, unless it stands in it.
    pub(crate) fn queue(&mut self, lane: EndpointId, now: Timestamp) -> Wake {
        if !self.turns.contains(&lane) {
            self.turns.push_back(lane);
        }
        self.first(now)
    }

    /// The lane does not wait for the app: it has nothing to send, or something else holds it up.
    pub(crate) fn leave(&mut self, lane: EndpointId, now: Timestamp) -> Wake {
        if self.turns.is_empty() {
            return None;
        }
        self.turns.retain(|waiting| *waiting != lane);
        self.first(now)
    }

    /// Uses the limit for one message of this lane that goes now.
    pub(crate) fn take(&mut self, lane: EndpointId, now: Timestamp) -> Wake {
        self.pace.take(now);
        self.leave(lane, now)
    }

    /// Whether forgetting it would let nobody go earlier.
    pub(crate) fn is_quiet(&self, now: Timestamp) -> bool {
        self.turns.is_empty() && self.pace.is_quiet(now)
    }

    fn first(&self, now: Timestamp) -> Wake {
        let first = self.turns.front()?;
        Some((*first, self.pace.wait_until(now).unwrap_or(now)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lane(number: i64) -> EndpointId {
        EndpointId::from_parts(number, [0; 12])
    }

    #[test]
    fn lanes_with_much_waiting_take_turns() {
        let mut app = AppPace::default();
        let mut now = Timestamp::from_millis(1_000_000);
        app.set_limit(Some(2), now);
        assert_eq!(app.wait_until(lane(1), now), None);
        app.take(lane(1), now);
        app.queue(lane(1), now);
        let mut went = Vec::new();
        let mut wake = app.queue(lane(2), now);
        for _ in 0..6 {
            let (first, at) = wake.expect("two lanes wait");
            now = at;
            assert_eq!(app.wait_until(first, now), None);
            app.take(first, now);
            went.push(first.key());
            wake = app.queue(first, now);
        }
        assert_eq!(went, [1, 2, 1, 2, 1, 2]);
    }

    #[test]
    fn a_lane_that_leaves_lets_the_next_one_go() {
        let mut app = AppPace::default();
        let now = Timestamp::from_millis(1_000_000);
        app.set_limit(Some(1), now);
        app.take(lane(9), now);
        app.queue(lane(1), now);
        let later = app.queue(lane(2), now).expect("the first is armed").1;
        assert_eq!(app.wait_until(lane(2), later), Some(later));
        assert_eq!(app.leave(lane(1), later), Some((lane(2), later)));
        assert_eq!(app.wait_until(lane(2), later), None);
        assert_eq!(app.leave(lane(2), later), None);
    }

    #[test]
    fn without_a_limit_nobody_waits() {
        let mut app = AppPace::default();
        let now = Timestamp::from_millis(1_000_000);
        app.set_limit(Some(1), now);
        app.take(lane(1), now);
        app.queue(lane(1), now);
        app.set_limit(None, now);
        assert_eq!(app.wait_until(lane(2), now), None);
        assert!(app.is_quiet(now));
    }
}
