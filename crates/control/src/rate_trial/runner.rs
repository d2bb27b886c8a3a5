//! Runs a trial: sends each step's requests when they are due, never faster than its rate, and listens to what comes
//! of them. Whatever ends it drops all that is under way.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use wirepost_model::attempt::{AttemptOutcome, FailureCause};
use wirepost_model::clock::Clock;
use wirepost_model::id_source::IdSource;
use wirepost_model::rate_trial::{Answer, Cut, Ending, Next, Step};

use super::sender::{TrialReply, TrialSender};
use super::trial::Trial;

/// Somebody has to watch within this time of the start.
const WATCHED_WITHIN: Duration = Duration::from_secs(10);
/// What is not answered so long after a step counts as timed out.
const DRAIN: Duration = Duration::from_secs(10);
/// Those who watch are told this often while a step runs.
const TOLD_EVERY: Duration = Duration::from_millis(500);
/// By so much may two requests be closer than the highest rate allows, to make up for timers.
const JITTER: Duration = Duration::from_millis(1);
/// Who wakes up later than this is too busy to judge others by their latency.
const HICCUP: Duration = Duration::from_millis(25);
/// What is late by more than this is not made up for: all that follow are due later.
const LATE: Duration = Duration::from_millis(250);

/// All that a trial is run with.
pub(crate) struct Runner {
    pub(crate) trial: Arc<Trial>,
    pub(crate) sender: Arc<dyn TrialSender>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<IdSource>,
    pub(crate) payload: Bytes,
    /// Most requests open at a time.
    pub(crate) open_most: usize,
}

/// A request that ended, by its number.
type Ended = (u32, Instant, Option<TrialReply>);

/// A step under way.
struct Pacing {
    step: Step,
    began_at: Instant,
    /// The shortest distance that the highest rate allows.
    distance_least: Duration,
    /// How much later than planned everything is due, by our own fault.
    late_for: Duration,
    sent: u32,
    last_sent_at: Option<Instant>,
    /// From when on the latency of each open request counts.
    open: BTreeMap<u32, Instant>,
    open_most: usize,
    /// Whether those that are due had to wait because as many as may be were open.
    is_full: bool,
    requests: JoinSet<Ended>,
}

impl Runner {
    /// Runs the trial to its end.
    pub(crate) async fn run(self) {
        let ending = match timeout(WATCHED_WITHIN, self.trial.watched()).await {
            Err(_) => Ending::Unwatched,
            Ok(()) => {
                let lasts_most = self.trial.bounds().lasts_most;
                tokio::select! {
                    biased;
                    ending = self.trial.halted() => ending,
                    () = sleep(lasts_most) => Ending::OutOfTime,
                    ending = self.search() => ending,
                }
            }
        };
        let conclusion = self.trial.conclude(ending);
        let (endpoint, sent, proposal) = (self.trial.endpoint, self.trial.sent(), conclusion.proposal());
        tracing::info!(%endpoint, sent, ?ending, ?proposal, "a rate trial ended");
    }

    async fn search(&self) -> Ending {
        let began_at = Instant::now();
        loop {
            match self.trial.next(began_at) {
                Next::End(conclusion) => return conclusion.ending,
                Next::Run { step, after } => {
                    if !after.is_zero() {
                        self.trial.rest();
                        sleep(after).await;
                    }
                    if !self.run_step(step).await {
                        return Ending::EndpointChanged;
                    }
                }
            }
        }
    }

    /// Answers whether the endpoint is still what it was.
    async fn run_step(&self, step: Step) -> bool {
        self.trial.begin(step);
        let mut pacing = Pacing::new(step, self.trial.bounds().rate_most, self.open_most);
        let mut told_at = Instant::now();
        let cut = loop {
            self.send_due(&mut pacing);
            let cut = self.cut(&pacing);
            if cut.is_some() || pacing.is_done() {
                break cut;
            }
            if told_at.elapsed() >= TOLD_EVERY {
                told_at = Instant::now();
                self.trial.tell();
            }
            let slow_after = self.trial.with_step(|tally, _| tally.slow_after()).unwrap_or_default();
            let wake_at = pacing.wake_at(slow_after).min(told_at + TOLD_EVERY);
            tokio::select! {
                Some(ended) = pacing.requests.join_next() => if !self.note(&mut pacing, ended.ok()) {
                    return false;
                },
                () = sleep_until(wake_at) => {}
            }
        };
        if !self.drain(&mut pacing).await {
            return false;
        }
        self.trial.end_step(pacing.sending(), pacing.lasted(), self.cut(&pacing).or(cut));
        true
    }

    fn send_due(&self, pacing: &mut Pacing) {
        while let Some(due) = pacing.take_due(|late, is_lost| {
            self.trial.with_step(|tally, _| {
                tally.note_hiccup();
                if is_lost {
                    tally.note_late(late);
                }
            });
        }) {
            let (sender, payload, number) = (self.sender.clone(), self.payload.clone(), pacing.sent - 1);
            let message = self.ids.next(self.clock.now());
            pacing.requests.spawn(async move { (number, due, sender.send(message, payload).await) });
            self.trial.with_step(|_, sent| *sent += 1);
        }
    }

    fn cut(&self, pacing: &Pacing) -> Option<Cut> {
        let now = Instant::now();
        self.trial.with_step(|tally, _| {
            let slow = pacing.open.values().take_while(|due| now - **due > tally.slow_after());
            tally.cut(u32::try_from(slow.count()).unwrap_or(u32::MAX))
        })?
    }

    /// Answers whether the endpoint is still what it was.
    fn note(&self, pacing: &mut Pacing, ended: Option<Ended>) -> bool {
        // A request that broke down in here has told nothing.
        let Some((number, due, reply)) = ended else { return true };
        pacing.open.remove(&number);
        let Some(TrialReply { outcome, succeeded }) = reply else { return false };
        self.trial.with_step(|tally, _| tally.note(Answer::of(&outcome, succeeded, due.elapsed())));
        true
    }

    /// Waits for what is open, so that the next step meets a receiver without any of this one.
    async fn drain(&self, pacing: &mut Pacing) -> bool {
        let end = Instant::now() + DRAIN;
        loop {
            tokio::select! {
                ended = pacing.requests.join_next() => match ended {
                    Some(ended) => if !self.note(pacing, ended.ok()) {
                        return false;
                    },
                    None => return true,
                },
                () = sleep_until(end) => break,
            }
        }
        pacing.requests.abort_all();
        for due in std::mem::take(&mut pacing.open).into_values() {
            let cause = FailureCause { code: "timeout", text: "the receiver did not answer".to_owned() };
            let outcome = AttemptOutcome::NoAnswer(cause);
            self.trial.with_step(|tally, _| tally.note(Answer::of(&outcome, false, due.elapsed())));
        }
        true
    }
}

impl Pacing {
    fn new(step: Step, rate_most: u32, open_most: usize) -> Self {
        Self {
            step,
            distance_least: Duration::from_secs(1) / rate_most.max(1),
            began_at: Instant::now(),
            late_for: Duration::ZERO,
            sent: 0,
            last_sent_at: None,
            open: BTreeMap::new(),
            open_most,
            is_full: false,
            requests: JoinSet::new(),
        }
    }

    fn is_done(&self) -> bool {
        self.sent == self.step.requests && self.open.is_empty()
    }

    /// How long it took to send, the distance behind the last one included.
    fn sending(&self) -> Duration {
        let last = self.last_sent_at.map_or(Duration::ZERO, |last| last - self.began_at);
        last + self.step.due_after(1)
    }

    /// How long it took, to the last answer.
    fn lasted(&self) -> Duration {
        self.began_at.elapsed().max(self.step.due_after(self.sent))
    }

    /// When the next request may go: when it is due, and never much sooner after the one before than its rate allows.
    fn next_at(&self) -> Option<(Instant, Instant)> {
        if self.sent == self.step.requests {
            return None;
        }
        let due = self.began_at + self.step.due_after(self.sent) + self.late_for;
        // What this side was late with it makes up for, within the bound; what had to wait for the receiver goes no
        // faster for that.
        let distance = match self.is_full {
            true => self.step.due_after(1),
            false => self.distance_least.max(self.step.due_after(1) * 3 / 4),
        };
        let distance = distance - JITTER.min(distance / 20);
        let may = self.last_sent_at.map_or(due, |last| due.max(last + distance));
        Some((due, may))
    }

    /// Takes the next request if it may go now. Answers from when on its latency counts: from when it was due where
    /// it had to wait for the receiver, and from now where this side was late. `late` hears by how much this
    /// side was late, and whether all that follows is later by as much.
    fn take_due(&mut self, late: impl FnOnce(Duration, bool)) -> Option<Instant> {
        let (due, may) = self.next_at()?;
        let now = Instant::now();
        if may > now {
            self.is_full &= may > due;
            return None;
        }
        if self.open.len() >= self.open_most {
            self.is_full = true;
            return None;
        }
        let by = now - due;
        let is_lost = by > LATE;
        if !self.is_full && (is_lost || now - may > HICCUP) {
            if is_lost {
                self.late_for += by;
            }
            late(by, is_lost);
        }
        let counts_from = if self.is_full { due } else { now };
        self.open.insert(self.sent, counts_from);
        self.last_sent_at = Some(now);
        self.sent += 1;
        Some(counts_from)
    }

    /// When there is something to do, whatever is answered: to send, or to find the oldest open request slow.
    fn wake_at(&self, slow_after: Duration) -> Instant {
        let far = Instant::now() + TOLD_EVERY;
        let send_at = self.next_at().map(|(_, may)| may).filter(|_| self.open.len() < self.open_most);
        // A millisecond later it is slow beyond doubt: timers know no less.
        let slow_at = |due: &Instant| *due + slow_after + Duration::from_millis(1);
        let slow_at = self.open.values().map(slow_at).find(|at| *at > Instant::now());
        [send_at, slow_at].into_iter().flatten().min().unwrap_or(far)
    }
}
