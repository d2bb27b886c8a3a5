//! A trial as it stands: the part of the page that is drawn again while it runs.

use askama::Template;
use wirepost_control::rate_trial::{TrialPhase, TrialView};

use super::plot::Plot;
use super::steps::{StepRow, rows};
use crate::show::number::grouped;

/// The part alone, as it is sent while the trial runs.
#[derive(Template)]
#[template(path = "endpoints/rate_trial/progress.html")]
pub(super) struct Part {
    pub(super) progress: Progress,
}

/// What is drawn.
pub(super) struct Progress {
    /// How far it has come, in a sentence.
    pub(super) sentence: String,
    pub(super) sent: String,
    pub(super) is_over: bool,
    pub(super) plot: Option<Plot>,
    pub(super) rows: Vec<StepRow>,
    pub(super) outcome: Option<Outcome>,
}

/// What it came to.
pub(super) struct Outcome {
    pub(super) reason: String,
    /// What went wrong first, in words.
    pub(super) failure: Option<String>,
    pub(super) proposal: Option<u32>,
    /// What the form in which the proposal is taken needs; none for those who may not change the endpoint.
    pub(super) form: Option<ApplyForm>,
}

/// The form in which the proposal is taken.
#[derive(Clone)]
pub(super) struct ApplyForm {
    pub(super) path: String,
    pub(super) form_key: String,
    /// The proposal, or what was filled in.
    pub(super) rate: String,
    pub(super) wrong: Option<String>,
}

impl Progress {
    /// `form` says where the proposal is sent, by those who may.
    pub(super) fn of(view: &TrialView, form: Option<ApplyForm>) -> Self {
        let outcome = view.conclusion().map(|conclusion| {
            let proposal = conclusion.proposal();
            let with_rate = |form: ApplyForm| match (form.rate.is_empty(), proposal) {
                (true, Some(rate)) => Some(ApplyForm { rate: rate.to_string(), ..form }),
                (true, None) => None,
                (false, _) => Some(form),
            };
            Outcome {
                reason: conclusion.reason(),
                failure: view.failure.clone(),
                proposal,
                form: form.and_then(with_rate),
            }
        });
        Self {
            sentence: sentence(view),
            sent: grouped(view.sent().into()),
            is_over: outcome.is_some(),
            plot: view.steps.iter().any(|step| step.p95.is_some()).then(|| Plot::of(view)),
            rows: rows(view),
            outcome,
        }
    }
}

fn sentence(view: &TrialView) -> String {
    match (view.phase, &view.running) {
        (TrialPhase::Waiting, _) => "Waiting for this page to watch. Nothing was sent yet.".to_owned(),
        (TrialPhase::Over(_), _) => "The trial is over. Nothing more is sent.".to_owned(),
        (TrialPhase::Running, Some(step)) => format!("Sending {} requests a second.", step.step.rate),
        (TrialPhase::Running | TrialPhase::Resting, _) => {
            "Leaving the receiver alone for a moment.".to_owned()
        }
    }
}
