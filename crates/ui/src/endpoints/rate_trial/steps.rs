//! The steps of a trial as rows of a table.

use std::time::Duration;

use wirepost_control::rate_trial::TrialView;
use wirepost_model::rate_trial::{Counts, Cut, Figures, Purpose};

use crate::show::lasting;

/// One step in words.
pub(super) struct StepRow {
    pub(super) rate: String,
    pub(super) sent: u32,
    pub(super) achieved: String,
    pub(super) half: String,
    pub(super) most: String,
    pub(super) errors: String,
    /// `good`, `bad` or `calm`: the badge's colour.
    pub(super) tone: &'static str,
    pub(super) word: &'static str,
    pub(super) sentence: String,
}

/// All steps, the one that runs last.
pub(super) fn rows(view: &TrialView) -> Vec<StepRow> {
    let unjudged = if view.conclusion().is_some() { "Broken off" } else { "Running" };
    let running = view.running.iter().map(|figures| (figures, Some(unjudged)));
    view.steps.iter().map(|figures| (figures, None)).chain(running).map(row).collect()
}

fn row((figures, unjudged): (&Figures, Option<&'static str>)) -> StepRow {
    let (tone, word) = match (unjudged, figures.cut) {
        (Some(word), _) => ("calm", word),
        (None, None) => ("good", "Went well"),
        (None, Some(Cut::Late | Cut::OwnFault)) => ("calm", "Not judged"),
        (None, Some(_)) => ("bad", "Too much"),
    };
    StepRow {
        rate: format!("{}/s", figures.rate),
        sent: figures.sent,
        achieved: format!("{:.1}/s", figures.achieved()),
        half: figure(figures.p50),
        most: figure(figures.p95),
        errors: errors(&figures.counts),
        tone,
        word,
        sentence: [purpose(figures.step.purpose), &why(figures.cut)].join(""),
    }
}

fn purpose(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Climb | Purpose::Narrow => "",
        Purpose::SecondLook => "Looked at again. ",
        Purpose::Hold => "Held for longer. ",
    }
}

fn why(cut: Option<Cut>) -> String {
    match cut {
        None => String::new(),
        Some(Cut::Slow(limit)) => format!("Cut short: more than 5 % took over {}.", lasting(limit)),
        Some(Cut::TooFast) => "Cut short: the receiver said “too fast”.".to_owned(),
        Some(Cut::Failing) => "Cut short: requests failed.".to_owned(),
        Some(Cut::Gone) => "Cut short: the receiver is gone.".to_owned(),
        Some(Cut::Late) => "Cut short: this server could not send in time.".to_owned(),
        Some(Cut::OwnFault) => "Cut short: this server could not send.".to_owned(),
    }
}

fn errors(counts: &Counts) -> String {
    let kinds = [
        (counts.too_many, "429"),
        (counts.overloaded, "502–504"),
        (counts.refused, "other answers"),
        (counts.timed_out, "no answer in time"),
        (counts.unreachable, "no connection"),
    ];
    let told: Vec<_> = kinds
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, kind)| format!("{count}\u{a0}×\u{a0}{kind}"))
        .collect();
    if told.is_empty() { "none".to_owned() } else { told.join(", ") }
}

/// A latency that stays on its line; a dash where there is none.
fn figure(latency: Option<Duration>) -> String {
    latency.map_or_else(|| "–".to_owned(), |latency| lasting(latency).replace(' ', "\u{a0}"))
}

/// A latency on a scale, in milliseconds.
pub(super) fn millis(latency: Duration) -> u64 {
    u64::try_from(latency.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_told_by_kind() {
        assert_eq!(errors(&Counts::default()), "none");
        let counts = Counts { too_many: 3, timed_out: 1, succeeded: 9, ..Counts::default() };
        assert_eq!(errors(&counts).replace('\u{a0}', " "), "3 × 429, 1 × no answer in time");
    }
}
