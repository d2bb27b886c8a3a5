//! The binary `wirepost`: reads settings, builds the rooms, starts and stops them. It holds no logic of its own.

mod assembly;
mod commands;
mod config;
mod faces;
mod listener;
mod main_key;
mod open_files;
mod shutdown;
mod system;
mod telemetry;
mod trial_sender;

use std::process::ExitCode;

use clap::Parser;

use crate::commands::Command;

/// mimalloc spends less time than the system's allocator on many small short-lived pieces.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Webhooks from one binary: accepts what happened, tells every endpoint that asked, and shows what became of it.
#[derive(Parser)]
#[command(name = "wirepost", version, propagate_version = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

fn main() -> ExitCode {
    match commands::run(Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("wirepost: {sentence}");
            ExitCode::FAILURE
        }
    }
}
