//! The sockets of the process, shared in turn: a lane that waits gets the next free one when its turn comes,
//! however much another lane has waiting. Endpoints that do not answer may hold only half of them, and with those
//! that were never asked no more than three quarters: a new endpoint is heard beside many that hang.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::lane_cell::LaneCell;

/// A bound on open requests, shared by all lanes.
pub(crate) struct Sockets {
    most: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Taken by lanes whose endpoint answers.
    answering: usize,
    /// Taken by lanes whose endpoint is unproved or silent.
    silent: usize,
    turns: VecDeque<Arc<LaneCell>>,
    silent_turns: VecDeque<Arc<LaneCell>>,
    /// Whether the silent go first when both queues wait: they alternate, so that neither starves.
    silent_next: bool,
}

/// What is known of a lane's endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repute {
    /// It answered the last request.
    Answers,
    /// It was never asked, and is not being asked.
    Unproved,
    /// It did not answer, or has yet to.
    Silent,
}

/// One socket, given back by [`Sockets::give_back`].
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub(crate) struct Socket {
    silent: bool,
}

impl Sockets {
    /// `most` sockets in all.
    pub(crate) fn new(most: usize) -> Self {
        Self { most: most.max(2), state: Mutex::default() }
    }

    /// Takes a socket for this lane, or puts the lane into the queue, at whose head it is kicked.
    /// The caller sees to it that a lane stands in the queue only once.
    pub(crate) fn take(&self, lane: &Arc<LaneCell>, repute: Repute) -> Option<Socket> {
        let mut state = self.state.lock();
        let all_taken = state.answering + state.silent >= self.most;
        let refused = match repute {
            Repute::Answers => !state.turns.is_empty(),
            Repute::Unproved => state.silent >= (self.most * 3 / 4).max(1),
            Repute::Silent => state.silent >= self.most / 2 || !state.silent_turns.is_empty(),
        };
        let silent = repute != Repute::Answers;
        if all_taken || refused {
            let turns = if silent { &mut state.silent_turns } else { &mut state.turns };
            turns.push_back(lane.clone());
            return None;
        }
        if silent {
            state.silent += 1;
        } else {
            state.answering += 1;
        }
        Some(Socket { silent })
    }

    /// Takes a socket for something that is no delivery, while half of them are free: it never makes a lane wait long.
    pub(crate) fn take_aside(&self) -> Option<Socket> {
        let mut state = self.state.lock();
        if state.answering + state.silent >= self.most / 2 {
            return None;
        }
        state.answering += 1;
        Some(Socket { silent: false })
    }

    /// Gives a socket back. Answers the lane whose turn it is, with the socket it may use.
    pub(crate) fn give_back(&self, socket: Socket) -> Option<(Arc<LaneCell>, Socket)> {
        let mut state = self.state.lock();
        if socket.silent {
            state.silent -= 1;
        } else {
            state.answering -= 1;
        }
        let silent_may = state.silent < self.most / 2 && !state.silent_turns.is_empty();
        let silent = silent_may && (state.silent_next || state.turns.is_empty());
        let lane = if silent { state.silent_turns.pop_front()? } else { state.turns.pop_front()? };
        state.silent_next = !silent;
        if silent {
            state.silent += 1;
        } else {
            state.answering += 1;
        }
        Some((lane, Socket { silent }))
    }

    /// Sockets taken now.
    pub(crate) fn taken(&self) -> usize {
        let state = self.state.lock();
        state.answering + state.silent
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lane_cell::tests::lane_cell;

    #[test]
    fn lanes_get_their_turns_in_order() {
        let sockets = Sockets::new(2);
        let (first, second) = (lane_cell(1), lane_cell(2));
        let one = sockets.take(&first, Repute::Answers).expect("two are free");
        let _two = sockets.take(&first, Repute::Answers).expect("one is free");
        assert_eq!(sockets.take(&second, Repute::Answers), None);
        assert_eq!(sockets.take(&first, Repute::Answers), None);
        let (lane, socket) = sockets.give_back(one).expect("lanes wait");
        assert!(Arc::ptr_eq(&lane, &second));
        let (lane, socket) = sockets.give_back(socket).expect("a lane waits");
        assert!(Arc::ptr_eq(&lane, &first));
        assert!(sockets.give_back(socket).is_none());
    }

    #[test]
    fn silent_endpoints_leave_half_of_them_free() {
        let sockets = Sockets::new(10);
        let silent: Vec<_> =
            (0..8).map_while(|lane| sockets.take(&lane_cell(lane), Repute::Silent)).collect();
        assert_eq!(silent.len(), 5);
        let answering: Vec<_> =
            (10..20).map_while(|lane| sockets.take(&lane_cell(lane), Repute::Answers)).collect();
        assert_eq!((answering.len(), sockets.taken()), (5, 10));
    }

    #[test]
    fn those_that_answer_and_those_that_do_not_take_turns() {
        let sockets = Sockets::new(4);
        let (answering, silent) = (lane_cell(1), lane_cell(2));
        let mut open: Vec<_> = (0..4).map_while(|_| sockets.take(&answering, Repute::Answers)).collect();
        for _ in 0..3 {
            assert_eq!(sockets.take(&answering, Repute::Answers), None);
            assert_eq!(sockets.take(&silent, Repute::Silent), None);
        }
        let mut turns = Vec::new();
        while let Some(socket) = open.pop() {
            if let Some((lane, socket)) = sockets.give_back(socket) {
                turns.push((lane.endpoint.key(), socket.silent));
                open.insert(0, socket);
            }
        }
        assert_eq!(sockets.taken(), 0);
        let expected = [(1, false), (2, true), (1, false), (2, true), (1, false), (2, true)];
        assert_eq!(turns, expected);
    }

    #[test]
    fn what_is_no_delivery_leaves_half_of_them_free() {
        let sockets = Sockets::new(8);
        let aside: Vec<_> = std::iter::from_fn(|| sockets.take_aside()).collect();
        assert_eq!((aside.len(), sockets.taken()), (4, 4));
        let answering: Vec<_> =
            (0..8).map_while(|lane| sockets.take(&lane_cell(lane), Repute::Answers)).collect();
        assert_eq!((answering.len(), sockets.taken()), (4, 8));
    }

    #[test]
    fn an_unproved_endpoint_is_heard_beside_silent_ones() {
        let sockets = Sockets::new(8);
        let take = |repute| move |lane: i64| (lane_cell(lane), repute);
        let lanes = (0..8).map(take(Repute::Silent)).chain((8..16).map(take(Repute::Unproved)));
        let open: Vec<_> = lanes.filter_map(|(lane, repute)| sockets.take(&lane, repute)).collect();
        assert_eq!((open.len(), sockets.taken()), (6, 6));
        assert!(sockets.take(&lane_cell(16), Repute::Answers).is_some());
    }
}
