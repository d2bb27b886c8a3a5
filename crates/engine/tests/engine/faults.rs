//! What goes wrong between an engine and its disk, by chance or on purpose.

use std::time::Duration;

use parking_lot::Mutex;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// What becomes of one operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is done and answered.
    Done,
    /// It fails, and nothing of it was done.
    FailedBefore,
    /// It is done, but the answer is lost.
    FailedAfter,
    /// It is not done, and no answer ever comes.
    HangsBefore,
    /// It is done, and no answer ever comes.
    HangsAfter,
}

/// How likely what is, and how slow the disk may be.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Odds {
    pub(crate) fails_before: f64,
    pub(crate) fails_after: f64,
    /// Only for an engine that will be killed.
    pub(crate) hangs: f64,
    pub(crate) slowest: Duration,
}

/// Draws fates.
pub(crate) struct Faults {
    state: Mutex<State>,
}

struct State {
    rng: StdRng,
    odds: Odds,
    away: bool,
    writes_away: bool,
    calm: bool,
    operations: u64,
}

impl Faults {
    pub(crate) fn new(seed: u64, odds: Odds) -> Self {
        let state = State {
            rng: StdRng::seed_from_u64(seed),
            odds,
            away: false,
            writes_away: false,
            calm: false,
            operations: 0,
        };
        Self { state: Mutex::new(state) }
    }

    /// From now on every operation fails, or no more than by chance.
    pub(crate) fn set_away(&self, away: bool) {
        self.state.lock().away = away;
    }

    /// From now on every write fails, or no more than by chance.
    pub(crate) fn set_writes_away(&self, away: bool) {
        self.state.lock().writes_away = away;
    }

    /// Whether, for a while, nothing fails.
    pub(crate) fn set_calm(&self, calm: bool) {
        self.state.lock().calm = calm;
    }

    /// From now on nothing fails.
    pub(crate) fn end(&self) {
        let mut state = self.state.lock();
        state.odds = Odds::default();
        state.away = false;
    }

    /// Operations so far.
    pub(crate) fn operations(&self) -> u64 {
        self.state.lock().operations
    }

    /// What becomes of the next write, and how long it takes.
    pub(crate) fn draw_for_write(&self) -> (Fate, Duration) {
        let drawn = self.draw();
        if self.state.lock().writes_away {
            return (Fate::FailedBefore, drawn.1);
        }
        drawn
    }

    /// What becomes of the next operation, and how long it takes.
    pub(crate) fn draw(&self) -> (Fate, Duration) {
        let mut state = self.state.lock();
        state.operations += 1;
        let (odds, draw, slow): (_, f64, f64) = (state.odds, state.rng.random(), state.rng.random());
        let time = odds.slowest.mul_f64(slow * slow);
        if state.calm {
            return (Fate::Done, Duration::ZERO);
        }
        if state.away {
            return (Fate::FailedBefore, time);
        }
        let mut edge = 0.0;
        let fates = [
            (odds.fails_before, Fate::FailedBefore),
            (odds.fails_after, Fate::FailedAfter),
            (odds.hangs / 2.0, Fate::HangsBefore),
            (odds.hangs / 2.0, Fate::HangsAfter),
        ];
        for (likely, fate) in fates {
            edge += likely;
            if draw < edge {
                return (fate, time);
            }
        }
        (Fate::Done, time)
    }
}
