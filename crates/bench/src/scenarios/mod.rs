//! The scenarios, a file each. Each takes one round and returns its figures; none prints or repeats itself.

mod backlog;
mod crash;
mod idle;
mod isolation;
mod latency;
mod limited_app;
mod pages;
mod rate_limits;
mod raw_limit;
mod recovery;
mod retention;
mod steady;
mod throughput;

use crate::arguments::Scenario;
use crate::error::Result;
use crate::figure::{Figure, summarize};
use crate::report::{self, Section};
use crate::surroundings::Disturbance;
use crate::workbench::Workbench;

/// What one round brought.
pub(crate) struct Round {
    figures: Vec<Figure>,
    notes: Vec<String>,
    /// An accepted message was lost, which no speed excuses.
    lost: bool,
}

impl From<Vec<Figure>> for Round {
    fn from(figures: Vec<Figure>) -> Self {
        Self { figures, notes: Vec::new(), lost: false }
    }
}

/// All rounds of a scenario.
pub(crate) struct Outcome {
    /// Their medians.
    pub(crate) section: Section,
    /// Whether an accepted message was lost.
    pub(crate) lost: bool,
}

/// Takes all rounds of one scenario.
pub(crate) async fn run(bench: &Workbench, scenario: Scenario) -> Result<Outcome> {
    let (letter, title) = heading(bench, scenario);
    // A crash run repeats itself by its kills.
    let rounds = if scenario == Scenario::F { 1 } else { bench.arguments.rounds };
    let (mut figures, mut notes, mut lost) = (Vec::new(), Vec::new(), false);
    for round in 1..=rounds {
        report::progress(&format!("({letter}) round {round} of {rounds}"));
        let disturbance = Disturbance::watch()?;
        let round = take_round(bench, scenario).await?;
        notes.extend(disturbance.warning()?);
        figures.push(round.figures);
        notes.extend(round.notes);
        lost |= round.lost;
    }
    let section = Section { scenario: letter, title, figures: summarize(&figures), notes };
    Ok(Outcome { section, lost })
}

async fn take_round(bench: &Workbench, scenario: Scenario) -> Result<Round> {
    match scenario {
        Scenario::All | Scenario::Raw => raw_limit::run(bench).await.map(Round::from),
        Scenario::Idle => idle::run(bench).await.map(Round::from),
        Scenario::A => throughput::run(bench, 1).await.map(Round::from),
        Scenario::B => throughput::run(bench, 10).await.map(Round::from),
        Scenario::C => latency::run(bench).await.map(Round::from),
        Scenario::D => isolation::run(bench).await.map(Round::from),
        Scenario::E => backlog::run(bench).await.map(Round::from),
        Scenario::F => crash::run(bench).await,
        Scenario::G => recovery::run(bench).await,
        Scenario::H => rate_limits::run(bench).await,
        Scenario::P => pages::run(bench).await.map(Round::from),
        Scenario::R => retention::run(bench).await.map(Round::from),
    }
}

fn heading(bench: &Workbench, scenario: Scenario) -> (&'static str, String) {
    let seconds = bench.arguments.seconds;
    match scenario {
        Scenario::All | Scenario::Raw => {
            ("raw", "the raw limit: sign, post to the sink, keep nothing".to_owned())
        }
        Scenario::Idle => ("idle", "start and rest".to_owned()),
        Scenario::A => ("a", format!("1 endpoint, 64 connections, 1 KiB, {seconds} s")),
        Scenario::B => ("b", format!("10 endpoints, 64 connections, 1 KiB, {seconds} s")),
        Scenario::C => ("c", format!("{} messages/s offered, {seconds} s", steady::RATE)),
        Scenario::D => {
            ("d", format!("one of two endpoints hangs 30 s, {} messages/s offered", isolation::RATE))
        }
        Scenario::E => {
            let waiting = bench.arguments.waiting;
            (
                "e",
                format!(
                    "{waiting} deliveries wait for a dead endpoint, {} messages/s for another",
                    steady::RATE
                ),
            )
        }
        Scenario::H => {
            let seconds = rate_limits::measured(bench).as_secs_f64();
            ("h", format!("endpoint and app limits of 1, 10, 200 and 1,000/s at once, {seconds} s"))
        }
        Scenario::P => {
            let messages = bench.arguments.messages;
            let attempts = messages * pages::ENDPOINTS;
            ("p", format!("every page with {messages} messages and {attempts} attempts in the store"))
        }
        Scenario::R => {
            let expired = bench.arguments.expired;
            ("r", format!("{expired} expired contents removed, {} messages/s offered", retention::RATE))
        }
        Scenario::G => {
            let failed = bench.arguments.failed;
            ("g", format!("{failed} failed messages recovered, {} live messages/s beside", recovery::RATE))
        }
        Scenario::F => ("f", format!("{} × kill -9 under load, 20 % of answers fail", bench.arguments.kills)),
    }
}
