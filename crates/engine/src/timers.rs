//! Wakes lanes at their instants. One instant per lane: the earliest it asked for.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;
use wirepost_model::clock::Clock;
use wirepost_model::ids::EndpointId;
use wirepost_model::timestamp::Timestamp;

/// A clock that is set back or a machine that slept is noticed after this long.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);

/// Instants at which lanes want to be looked at.
#[derive(Default)]
pub(crate) struct Timers {
    state: Mutex<State>,
    earlier: Notify,
}

#[derive(Default)]
struct State {
    by_instant: BTreeSet<(Timestamp, EndpointId)>,
    by_lane: HashMap<EndpointId, Timestamp>,
}

impl Timers {
    /// Asks for the lane to be woken at `at`, or earlier if it asked so before.
    pub(crate) fn set(&self, lane: EndpointId, at: Timestamp) {
        let mut state = self.state.lock();
        match state.by_lane.get(&lane).copied() {
            Some(set) if set <= at => return,
            Some(set) => {
                state.by_instant.remove(&(set, lane));
            }
            None => {}
        }
        state.by_lane.insert(lane, at);
        state.by_instant.insert((at, lane));
        let is_first = state.by_instant.first() == Some(&(at, lane));
        drop(state);
        if is_first {
            self.earlier.notify_one();
        }
    }

    /// Waits until lanes are due, and takes them.
    pub(crate) async fn due(&self, clock: &Arc<dyn Clock>) -> Vec<EndpointId> {
        loop {
            let now = clock.now();
            let due = self.take_due(now);
            if !due.is_empty() {
                return due;
            }
            let sleep = self.first().map_or(LONGEST_SLEEP, |at| at.since(now).min(LONGEST_SLEEP));
            // Woken early or by the bound: look again.
            let _ = tokio::time::timeout(sleep, self.earlier.notified()).await;
        }
    }

    fn first(&self) -> Option<Timestamp> {
        self.state.lock().by_instant.first().map(|(at, _)| *at)
    }

    fn take_due(&self, now: Timestamp) -> Vec<EndpointId> {
        let mut state = self.state.lock();
        let mut due = Vec::new();
        while let Some((at, lane)) = state.by_instant.first().copied()
            && at <= now
        {
            state.by_instant.pop_first();
            state.by_lane.remove(&lane);
            due.push(lane);
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lane(number: i64) -> EndpointId {
        EndpointId::from_parts(number, [0; 12])
    }

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn a_lane_is_woken_once_at_its_earliest_instant() {
        let timers = Timers::default();
        timers.set(lane(1), at(30));
        timers.set(lane(1), at(10));
        timers.set(lane(1), at(20));
        timers.set(lane(2), at(15));
        assert_eq!(timers.take_due(at(9)), []);
        assert_eq!(timers.take_due(at(15)), [lane(1), lane(2)]);
        assert_eq!(timers.take_due(at(100)), []);
    }
}
