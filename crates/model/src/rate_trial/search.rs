//! Which rate is tried next: twice the last one until the receiver no longer copes, then between the highest that
//! went well and the lowest that did not, and in the end the one that would be proposed, for longer.

use std::time::Duration;

use super::TrialBounds;
use super::conclusion::{Conclusion, Ending};
use super::step::{Figures, Purpose, Step};
use super::tally::Cut;

/// Requests that make a step worth judging.
const REQUESTS_WANTED: u32 = 15;
/// How long a step lasts at least and, where it is slow, at most.
const STEP_LASTS: (Duration, Duration) = (Duration::from_secs(3), Duration::from_secs(6));
/// How long the rate that is to be proposed must be held: limits often forgive a burst of a second or two.
const HOLD_LASTS: Duration = Duration::from_secs(6);
/// A step shorter than this says nothing.
const STEP_LASTS_LEAST: Duration = Duration::from_secs(2);
/// How long the receiver is left alone after it had enough.
const REST: Duration = Duration::from_secs(1);
/// How long this side catches its breath when it was too busy to keep the pace, and how often in a row.
const REST_WHEN_LATE: Duration = Duration::from_secs(3);
const LATE_MOST: usize = 3;
/// Before anything is known, an answer is slow after this long; and however slow the receiver is.
const SLOW_AT_FIRST: Duration = Duration::from_secs(5);
/// So many times the usual latency are slow.
const SLOW_TIMES: u32 = 3;
/// Less than this above the usual latency is never slow: networks and processors have their moods.
const SLOW_ABOVE: Duration = Duration::from_millis(100);

/// What to do now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// This step, after the receiver was left alone for so long.
    Run {
        /// The step.
        step: Step,
        /// How long nothing is sent before it.
        after: Duration,
    },
    /// Nothing more.
    End(Conclusion),
}

/// A trial as far as it has come.
#[derive(Debug, Clone)]
pub struct Search {
    bounds: TrialBounds,
    figures: Vec<Figures>,
    /// Once holding a rate failed, every step lasts as long: the receiver forgives bursts.
    forgives: bool,
}

impl Search {
    /// Nothing was tried yet.
    pub fn new(bounds: TrialBounds) -> Self {
        Self { bounds, figures: Vec::new(), forgives: false }
    }

    /// The bounds.
    pub fn bounds(&self) -> TrialBounds {
        self.bounds
    }

    /// What came of all steps, in their order.
    pub fn figures(&self) -> &[Figures] {
        &self.figures
    }

    /// Requests sent in all steps that ended.
    pub fn sent(&self) -> u32 {
        self.figures.iter().map(|figures| figures.sent).sum()
    }

    /// Learns what came of a step.
    pub fn learn(&mut self, figures: Figures) {
        let refused = matches!(figures.cut, Some(Cut::Slow(_) | Cut::TooFast));
        self.forgives |= figures.step.purpose == Purpose::Hold && refused;
        self.figures.push(figures);
    }

    /// When an answer is slow: a few times the receiver's usual latency.
    pub fn slow_after(&self) -> Duration {
        let usual =
            self.figures.iter().filter(|figures| figures.is_good()).filter_map(|figures| figures.p95).min();
        usual.map_or(SLOW_AT_FIRST, |usual| (usual * SLOW_TIMES).max(usual + SLOW_ABOVE).min(SLOW_AT_FIRST))
    }

    /// What to do after the trial has lasted for `spent`.
    pub fn next(&self, spent: Duration) -> Next {
        if let Some(ending) = self.forced_ending() {
            return Next::End(self.conclude(ending));
        }
        let Some((rate, purpose)) = self.rate_to_try() else {
            let ending = if self.bad().is_none() { Ending::BoundReached } else { Ending::Found };
            return Next::End(self.conclude(ending));
        };
        let after = self.rest();
        let requests_left = self.bounds.requests_most.saturating_sub(self.sent());
        let time_left = self.bounds.lasts_most.saturating_sub(spent + after);
        let lasts = self.step_lasts(rate, purpose);
        let least = STEP_LASTS_LEAST.min(lasts);
        if time_left < least {
            return Next::End(self.conclude(Ending::OutOfTime));
        }
        let requests = requests_in(lasts.min(time_left), rate).min(requests_left);
        if requests < requests_in(least, rate) {
            return Next::End(self.conclude(Ending::OutOfRequests));
        }
        Next::Run { step: Step { rate, requests, purpose }, after }
    }

    /// What follows from the steps when the trial ends like this.
    pub fn conclude(&self, ending: Ending) -> Conclusion {
        let good = self.good();
        let held = good.is_some_and(|rate| self.was_held(rate));
        Conclusion { ending, good, held, bad: self.bad(), bound: self.bounds.rate_most }
    }

    /// Where the last step alone says that nothing more may be sent.
    fn forced_ending(&self) -> Option<Ending> {
        let last = self.figures.last()?;
        match last.cut? {
            Cut::Failing => Some(Ending::Failing),
            Cut::Gone => Some(Ending::Gone),
            Cut::Late => (self.late_in_a_row() >= LATE_MOST).then_some(Ending::Late),
            Cut::OwnFault => Some(Ending::OwnFault),
            Cut::Slow(_) | Cut::TooFast if last.step.rate == 1 => Some(Ending::NotEvenOne),
            Cut::Slow(_) | Cut::TooFast => None,
        }
    }

    /// The next rate; none when the rate looked for is known.
    fn rate_to_try(&self) -> Option<(u32, Purpose)> {
        if let Some(rate) = self.wants_second_look() {
            return Some((rate, Purpose::SecondLook));
        }
        let most = self.bounds.rate_most;
        let (good, bad) = (self.good(), self.bad());
        match (good, bad) {
            (None, None) => Some((1, Purpose::Climb)),
            (None, Some((bad, _))) => Some(((bad / 2).max(1), Purpose::Narrow)),
            (Some(good), None) if good < most => Some((good.saturating_mul(2).min(most), Purpose::Climb)),
            (Some(good), Some((bad, _))) if !is_close(good, bad) => {
                let middle = (f64::from(good) * f64::from(bad)).sqrt().round() as u32;
                Some((middle.clamp(good + 1, bad - 1), Purpose::Narrow))
            }
            (Some(good), _) => (!self.was_held(good)).then_some((good, Purpose::Hold)),
        }
    }

    fn late_in_a_row(&self) -> usize {
        self.figures.iter().rev().take_while(|figures| figures.cut == Some(Cut::Late)).count()
    }

    /// A rate at which the receiver was slow, or this side late, and which was not looked at again.
    fn wants_second_look(&self) -> Option<u32> {
        let last = self.figures.last()?;
        let looks_again = match last.cut? {
            Cut::Slow(_) => matches!(last.step.purpose, Purpose::Climb | Purpose::Narrow),
            Cut::Late => true,
            _ => false,
        };
        looks_again.then_some(last.step.rate)
    }

    /// The highest rate that went well, below all that did not.
    fn good(&self) -> Option<u32> {
        let below = self.bad().map_or(u32::MAX, |(rate, _)| rate);
        let good = self.verdicts().filter(|(_, cut)| cut.is_none()).map(|(rate, _)| rate);
        good.filter(|rate| *rate < below).max()
    }

    /// The lowest rate that did not go well, and why.
    fn bad(&self) -> Option<(u32, Cut)> {
        self.verdicts().filter_map(|(rate, cut)| Some((rate, cut?))).min_by_key(|(rate, _)| *rate)
    }

    /// Each rate with the last word on it, where the receiver has said one.
    fn verdicts(&self) -> impl Iterator<Item = (u32, Option<Cut>)> {
        let is_last =
            |at: usize, rate: u32| self.figures[at + 1..].iter().all(|later| later.step.rate != rate);
        let figures = self.figures.iter().enumerate();
        figures
            .filter(move |(at, figures)| is_last(*at, figures.step.rate))
            .filter(|(_, figures)| !matches!(figures.cut, Some(Cut::Late | Cut::OwnFault)))
            .map(|(_, figures)| (figures.rate, figures.cut))
    }

    fn was_held(&self, rate: u32) -> bool {
        let is_long = |step: Step| step.requests >= requests_in(HOLD_LASTS, step.rate);
        // A step that kept nine tenths of its rate was judged; less would be late.
        let is_near = |kept: u32| kept <= rate && u64::from(kept) * 10 >= u64::from(rate) * 9;
        self.figures.iter().any(|figures| is_near(figures.rate) && is_long(figures.step) && figures.is_good())
    }

    /// How long nothing is to be sent before the next step.
    fn rest(&self) -> Duration {
        let Some(last) = self.figures.last() else { return Duration::ZERO };
        let rest = match last.cut {
            None => Duration::ZERO,
            Some(Cut::Late) => REST_WHEN_LATE,
            Some(_) => REST,
        };
        rest.max(last.retry_after.unwrap_or_default())
    }

    fn step_lasts(&self, rate: u32, purpose: Purpose) -> Duration {
        if self.forgives || purpose == Purpose::Hold {
            return HOLD_LASTS;
        }
        let (least, most) = STEP_LASTS;
        (Duration::from_secs(REQUESTS_WANTED.into()) / rate).clamp(least, most)
    }
}

/// Requests that fall due within this time.
fn requests_in(time: Duration, rate: u32) -> u32 {
    let requests = time.as_secs_f64() * f64::from(rate);
    (requests.floor() as u32).max(1)
}

/// Whether looking further between these would tell nothing that matters.
fn is_close(good: u32, bad: u32) -> bool {
    bad - good <= 1 || u64::from(bad) * 10 <= u64::from(good) * 11
}

#[cfg(test)]
mod tests {
    use super::super::tally::Tally;
    use super::*;

    fn search() -> Search {
        let lasts_most = Duration::from_secs(180);
        let bounds =
            TrialBounds { rate_most: 100, requests_most: 20_000, lasts_most, errors_percent_most: 5 };
        Search::new(bounds)
    }

    /// The next step, which then ends like this.
    fn step(search: &mut Search, cut: Option<Cut>) -> (u32, Purpose) {
        let Next::Run { step, .. } = search.next(Duration::ZERO) else { panic!("it has ended") };
        let tally = Tally::new(step, search.slow_after(), 5);
        let figures = tally.figures(step.requests, step.lasts(), step.lasts(), cut);
        search.learn(figures);
        (step.rate, step.purpose)
    }

    #[test]
    fn slowness_is_believed_when_it_is_seen_twice() {
        let mut search = search();
        let slow = Some(Cut::Slow(Duration::from_millis(100)));
        assert_eq!(step(&mut search, None), (1, Purpose::Climb));
        assert_eq!(step(&mut search, slow), (2, Purpose::Climb));
        assert_eq!(step(&mut search, None), (2, Purpose::SecondLook));
        assert_eq!(step(&mut search, slow), (4, Purpose::Climb));
        assert_eq!(step(&mut search, slow), (4, Purpose::SecondLook));
        assert_eq!(step(&mut search, None), (3, Purpose::Narrow));
        assert_eq!(step(&mut search, None), (3, Purpose::Hold));
        assert!(matches!(search.next(Duration::ZERO), Next::End(Conclusion { ending: Ending::Found, .. })));
    }

    #[test]
    fn a_server_that_is_late_again_and_again_says_nothing_of_the_receiver() {
        let mut search = search();
        assert_eq!(step(&mut search, None), (1, Purpose::Climb));
        assert_eq!(step(&mut search, Some(Cut::Late)), (2, Purpose::Climb));
        assert_eq!(step(&mut search, Some(Cut::Late)), (2, Purpose::SecondLook));
        assert_eq!(step(&mut search, Some(Cut::Late)), (2, Purpose::SecondLook));
        let Next::End(conclusion) = search.next(Duration::ZERO) else { panic!("it goes on") };
        assert_eq!((conclusion.ending, conclusion.good, conclusion.bad), (Ending::Late, Some(1), None));
    }
}
