//! Latency and errors against rate, as a drawing. Rates double from step to step, so the axis of rates is
//! logarithmic. Lines lie in a space that is stretched; marks and words are placed in percent and keep their size.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use wirepost_control::rate_trial::TrialView;
use wirepost_model::rate_trial::Figures;

use super::steps::millis;
use crate::activity::scale::{Scale, brief};
use crate::show::lasting;

/// Where the space of latencies begins and how high it is, in pixels.
const TOP: f64 = 10.0;
const HIGH: f64 = 180.0;
/// The same of errors.
const ERRORS_TOP: f64 = 222.0;
const ERRORS_HIGH: f64 = 50.0;
/// Rates that are named where they are within the bound.
const NAMED: [u32; 10] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000];

/// What a template draws.
pub(super) struct Plot {
    /// Lines across the space of latencies, with their numbers.
    pub(super) lines: Vec<(String, String)>,
    pub(super) names: Vec<Name>,
    pub(super) marks: Vec<Mark>,
    /// The course of p95 and of p50, as paths.
    pub(super) most: String,
    pub(super) half: String,
    /// Where the proposal stands, in percent.
    pub(super) proposal: Option<(String, u32)>,
    /// What it shows, in a sentence.
    pub(super) sentence: String,
}

/// A rate's name below.
pub(super) struct Name {
    pub(super) at: String,
    pub(super) text: u32,
    /// Whether a narrow screen does without it.
    pub(super) is_spare: bool,
}

/// What was seen at one rate.
pub(super) struct Mark {
    /// Percent of the width.
    pub(super) at: String,
    /// Where p95 stands, in pixels.
    pub(super) most: String,
    pub(super) is_good: bool,
    /// Where the bar of errors begins, and how high it is.
    pub(super) errors_from: String,
    pub(super) errors_high: String,
    /// All of it in words.
    pub(super) text: String,
}

impl Plot {
    pub(super) fn of(view: &TrialView) -> Self {
        // The last word on each rate.
        let seen: BTreeMap<u32, &Figures> =
            view.steps.iter().filter(|step| step.p95.is_some()).map(|step| (step.rate, step)).collect();
        let bound = view.bounds.rate_most;
        let scale = Scale::up_to(highest(&seen));
        let conclusion = view.conclusion();
        let proposal = conclusion.and_then(|conclusion| conclusion.proposal());
        Self {
            lines: scale.lines().map(|millis| (pixels(height(millis, scale)), brief(millis))).collect(),
            names: names(bound),
            marks: seen.values().map(|figures| mark(figures, bound, scale)).collect(),
            most: path(seen.values().map(|figures| (figures.rate, figures.p95)), bound, scale),
            half: path(seen.values().map(|figures| (figures.rate, figures.p50)), bound, scale),
            proposal: proposal.map(|rate| (percent(rate, bound), rate)),
            sentence: sentence(&seen, proposal),
        }
    }
}

/// What has to fit: all that went well, and of the rest so much that it does not press that to the ground.
fn highest(seen: &BTreeMap<u32, &Figures>) -> u64 {
    let latency = |figures: &&Figures| figures.p95.map(millis);
    let good = seen.values().filter(|figures| figures.is_good()).filter_map(latency).max().unwrap_or(25);
    let all = seen.values().filter_map(latency).max().unwrap_or(0);
    all.min(good.saturating_mul(4)).max(20)
}

fn names(bound: u32) -> Vec<Name> {
    let within = NAMED.iter().copied().filter(|rate| *rate <= bound);
    let name = |rate: u32| Name {
        at: percent(rate, bound),
        text: rate,
        is_spare: bound > 20 && !rate.to_string().starts_with('1'),
    };
    within.map(name).collect()
}

fn mark(figures: &Figures, bound: u32, scale: Scale) -> Mark {
    let high = figures.errors_percent() / 100.0 * ERRORS_HIGH;
    let told = |latency: Option<Duration>| latency.map_or_else(|| "–".to_owned(), lasting);
    Mark {
        at: percent(figures.rate, bound),
        most: pixels(height(figures.p95.map_or(0, millis), scale)),
        is_good: figures.is_good(),
        errors_from: pixels(ERRORS_TOP + ERRORS_HIGH - high),
        errors_high: pixels(high),
        text: format!(
            "{}/s: p50 {}, p95 {}, {:.1} % errors, {}",
            figures.rate,
            told(figures.p50),
            told(figures.p95),
            figures.errors_percent(),
            if figures.is_good() { "went well" } else { "too much" }
        ),
    }
}

/// A line through these points, in a space of 1,000 by the height in tenths of pixels.
fn path(points: impl Iterator<Item = (u32, Option<Duration>)>, bound: u32, scale: Scale) -> String {
    let mut path = String::new();
    for (rate, latency) in points {
        let letter = if path.is_empty() { 'M' } else { 'L' };
        let y = (height(latency.map_or(0, millis), scale) - TOP) * 10.0;
        write!(path, "{letter}{:.0} {y:.0}", share(rate, bound) * 1_000.0)
            .expect("a text takes all that is written");
    }
    path
}

/// How far right a rate stands, of one.
fn share(rate: u32, bound: u32) -> f64 {
    if bound <= 1 { 0.5 } else { f64::from(rate.max(1)).ln() / f64::from(bound).ln() }
}

fn percent(rate: u32, bound: u32) -> String {
    format!("{:.2}", share(rate, bound) * 100.0)
}

/// How far down a latency stands; what is higher than the scale stands at its top.
fn height(millis: u64, scale: Scale) -> f64 {
    let share = millis.min(scale.top) as f64 / scale.top as f64;
    TOP + HIGH * (1.0 - share)
}

fn pixels(number: f64) -> String {
    format!("{number:.1}")
}

fn sentence(seen: &BTreeMap<u32, &Figures>, proposal: Option<u32>) -> String {
    let Some((lowest, _)) = seen.first_key_value() else { return "Nothing was measured yet.".to_owned() };
    let mut text = format!("Measured at {} rates, from {lowest}/s", seen.len());
    let words: [(bool, &str); 2] = [(true, "went well up to"), (false, "was too much from")];
    for (is_good, words) in words {
        let mut rates =
            seen.values().filter(|figures| figures.is_good() == is_good).map(|figures| figures.rate);
        let rate = if is_good { rates.next_back() } else { rates.next() };
        if let Some(rate) = rate {
            write!(text, "; it {words} {rate}/s").expect("a text takes all that is written");
        }
    }
    if let Some(proposal) = proposal {
        write!(text, "; {proposal}/s are proposed").expect("a text takes all that is written");
    }
    text + ". The table below has all figures."
}
