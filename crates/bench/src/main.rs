//! `bench`: measures the release binary `wirepost` from outside, beside what the machine could do without
//! it. Load generator, sink and raw limit are this one program; the server is another process. Speed never
//! decides the exit code; a lost message does.

mod api;
mod arguments;
mod client;
mod clock;
mod error;
mod expired_contents;
mod figure;
mod latency;
mod load;
mod month_of_traffic;
mod pacing;
mod payload;
mod process_reading;
mod raw;
mod receiver;
mod report;
mod scenarios;
mod server_process;
mod sink;
mod surroundings;
mod visitor;
mod workbench;

use std::process::ExitCode;

use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};

use crate::arguments::Arguments;
use crate::error::{BenchError, Result};
use crate::workbench::Threads;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match measure(arguments) {
        Ok(Verdict::NothingLost) => ExitCode::SUCCESS,
        Ok(Verdict::MessagesLost) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

enum Verdict {
    NothingLost,
    MessagesLost,
}

fn measure(arguments: Arguments) -> Result<Verdict> {
    let threads = Threads::start()?;
    let conductor = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    // Whoever loses the race is dropped, and with it the server that it had started.
    let verdict = conductor.block_on(async {
        tokio::select! {
            verdict = run_scenarios(&threads, arguments) => verdict,
            () = interrupted() => Err(BenchError::Interrupted),
        }
    });
    threads.stop();
    verdict
}

async fn run_scenarios(threads: &Threads, arguments: Arguments) -> Result<Verdict> {
    let bench = threads.workbench(arguments).await?;
    report::print_opening(&surroundings::describe(&bench.arguments.directory));
    let (mut sections, mut verdict) = (Vec::new(), Verdict::NothingLost);
    for scenario in bench.arguments.scenarios() {
        let outcome = scenarios::run(&bench, scenario).await?;
        report::print(&outcome.section);
        sections.push(outcome.section);
        if outcome.lost {
            verdict = Verdict::MessagesLost;
        }
        if let Some(path) = &bench.arguments.json {
            report::write_json(&sections, path)?;
        }
    }
    Ok(verdict)
}

/// Returns on Ctrl-C or SIGTERM.
async fn interrupted() {
    let mut terminate = signal(SignalKind::terminate()).expect("a handler for SIGTERM can be set");
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}
