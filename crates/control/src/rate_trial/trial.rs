//! A trial where those who run it, watch it and stop it meet. All of it is in memory: it ends with the process.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::watch;
use tokio::time::Instant;
use wirepost_model::ids::EndpointId;
use wirepost_model::rate_trial::{Conclusion, Cut, Ending, Figures, Next, Search, Step, Tally, TrialBounds};

/// A trial.
pub(crate) struct Trial {
    pub(crate) id: String,
    pub(crate) endpoint: EndpointId,
    pub(crate) event_type: String,
    progress: Mutex<Progress>,
    /// Those who watch it now.
    watchers: watch::Sender<usize>,
    halt: watch::Sender<Option<Ending>>,
    changed: watch::Sender<()>,
}

struct Progress {
    search: Search,
    running: Option<Running>,
    phase: TrialPhase,
    failure: Option<String>,
}

/// The step that runs.
struct Running {
    tally: Tally,
    sent: u32,
    began_at: Instant,
    /// How long it ran, once it was broken off.
    lasted: Option<Duration>,
}

/// How far a trial has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrialPhase {
    /// Nobody watches it yet, and nothing is sent before somebody does.
    Waiting,
    /// It sends.
    Running,
    /// The receiver is left alone for a moment.
    Resting,
    /// Nothing more is sent.
    Over(Conclusion),
}

/// A trial at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct TrialView {
    /// Its id.
    pub id: String,
    /// The event type whose example is sent.
    pub event_type: String,
    /// What it is allowed.
    pub bounds: TrialBounds,
    /// The steps that ended, in their order.
    pub steps: Vec<Figures>,
    /// The step that runs, or that was broken off and so was not judged.
    pub running: Option<Figures>,
    /// How far it has come.
    pub phase: TrialPhase,
    /// What went wrong first, in words.
    pub failure: Option<String>,
}

/// Somebody who watches a trial. When the last one leaves, the trial stops.
pub struct Watching {
    trial: Arc<Trial>,
    changed: watch::Receiver<()>,
    is_first: bool,
    saw_end: bool,
}

impl Trial {
    pub(crate) fn new(id: String, endpoint: EndpointId, event_type: String, bounds: TrialBounds) -> Self {
        let search = Search::new(bounds);
        let progress = Progress { search, running: None, phase: TrialPhase::Waiting, failure: None };
        Self {
            id,
            endpoint,
            event_type,
            progress: Mutex::new(progress),
            watchers: watch::Sender::new(0),
            halt: watch::Sender::new(None),
            changed: watch::Sender::new(()),
        }
    }

    /// Ends it like this, unless something else did before.
    pub(crate) fn halt(&self, ending: Ending) {
        self.halt.send_if_modified(|halted| {
            let is_new = halted.is_none();
            halted.get_or_insert(ending);
            is_new
        });
    }

    /// Waits until somebody ends it.
    pub(crate) async fn halted(&self) -> Ending {
        let mut halt = self.halt.subscribe();
        let ending = halt.wait_for(Option::is_some).await.map(|ending| *ending);
        ending.ok().flatten().unwrap_or(Ending::Stopped)
    }

    /// Waits until somebody watches.
    pub(crate) async fn watched(&self) {
        // The sender is in `self`, so that it cannot be gone.
        let _ = self.watchers.subscribe().wait_for(|watchers| *watchers > 0).await;
    }

    pub(crate) fn is_over(&self) -> bool {
        matches!(self.progress.lock().phase, TrialPhase::Over(_))
    }

    /// Whether nobody came to watch yet.
    pub(crate) fn is_waiting(&self) -> bool {
        self.progress.lock().phase == TrialPhase::Waiting
    }

    pub(crate) fn bounds(&self) -> TrialBounds {
        self.progress.lock().search.bounds()
    }

    pub(crate) fn view(&self) -> TrialView {
        let progress = self.progress.lock();
        let figures_of = |step: &Running| {
            let lasted = step.lasted.unwrap_or_else(|| step.began_at.elapsed());
            let sending = lasted.min(step.tally.step().lasts());
            let figures = step.tally.figures(step.sent, sending, lasted, None);
            // Nothing is said of it before its end.
            Figures { rate: figures.step.rate, cut: None, ..figures }
        };
        TrialView {
            id: self.id.clone(),
            event_type: self.event_type.clone(),
            bounds: progress.search.bounds(),
            steps: progress.search.figures().to_vec(),
            running: progress.running.as_ref().map(figures_of),
            phase: progress.phase,
            failure: progress.failure.clone(),
        }
    }

    pub(crate) fn watch(self: Arc<Self>) -> Watching {
        self.watchers.send_modify(|watchers| *watchers += 1);
        let changed = self.changed.subscribe();
        Watching { trial: self, changed, is_first: true, saw_end: false }
    }

    /// What to do next, after it has lasted since `began_at`.
    pub(crate) fn next(&self, began_at: Instant) -> Next {
        self.progress.lock().search.next(began_at.elapsed())
    }

    pub(crate) fn rest(&self) {
        self.progress.lock().phase = TrialPhase::Resting;
        self.tell();
    }

    /// Begins a step.
    pub(crate) fn begin(&self, step: Step) {
        let mut progress = self.progress.lock();
        let search = &progress.search;
        let tally = Tally::new(step, search.slow_after(), search.bounds().errors_percent_most);
        progress.running = Some(Running { tally, sent: 0, began_at: Instant::now(), lasted: None });
        progress.phase = TrialPhase::Running;
        drop(progress);
        self.tell();
    }

    /// Does something with the step that runs; nothing where none does.
    pub(crate) fn with_step<T>(&self, action: impl FnOnce(&mut Tally, &mut u32) -> T) -> Option<T> {
        let mut progress = self.progress.lock();
        progress.running.as_mut().map(|step| action(&mut step.tally, &mut step.sent))
    }

    /// Ends the step that runs, which took so long to be sent, and so long to its last answer.
    pub(crate) fn end_step(&self, sending: Duration, lasted: Duration, cut: Option<Cut>) {
        let mut progress = self.progress.lock();
        if let Some(Running { tally, sent, .. }) = progress.running.take() {
            if progress.failure.is_none() {
                progress.failure = tally.failure().map(str::to_owned);
            }
            progress.search.learn(tally.figures(sent, sending, lasted, cut));
        }
        drop(progress);
        self.tell();
    }

    /// Ends the trial. A step that runs is broken off.
    pub(crate) fn conclude(&self, ending: Ending) -> Conclusion {
        let mut progress = self.progress.lock();
        if let Some(step) = &mut progress.running {
            step.lasted = Some(step.began_at.elapsed());
        }
        let conclusion = progress.search.conclude(ending);
        progress.phase = TrialPhase::Over(conclusion);
        drop(progress);
        self.tell();
        conclusion
    }

    /// Requests sent so far.
    pub(crate) fn sent(&self) -> u32 {
        let progress = self.progress.lock();
        progress.search.sent() + progress.running.as_ref().map_or(0, |step| step.sent)
    }

    /// Tells those who watch that there is something to see.
    pub(crate) fn tell(&self) {
        self.changed.send_replace(());
    }
}

impl TrialView {
    /// Requests sent so far.
    pub fn sent(&self) -> u32 {
        self.steps.iter().chain(&self.running).map(|figures| figures.sent).sum()
    }

    /// What it came to, once it is over.
    pub fn conclusion(&self) -> Option<Conclusion> {
        match self.phase {
            TrialPhase::Over(conclusion) => Some(conclusion),
            TrialPhase::Waiting | TrialPhase::Running | TrialPhase::Resting => None,
        }
    }
}

impl Watching {
    /// How the trial stands: at once the first time, then whenever there is something to see. `None` after its end.
    pub async fn next(&mut self) -> Option<TrialView> {
        if self.saw_end {
            return None;
        }
        if !std::mem::take(&mut self.is_first) && self.changed.changed().await.is_err() {
            return None;
        }
        self.changed.borrow_and_update();
        let view = self.trial.view();
        self.saw_end = view.conclusion().is_some();
        Some(view)
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let mut is_last = false;
        self.trial.watchers.send_modify(|watchers| {
            *watchers -= 1;
            is_last = *watchers == 0;
        });
        if is_last {
            self.trial.halt(Ending::Unwatched);
        }
    }
}
