//! What the program can be asked to do, one file each.

mod catalog;
mod demo;
mod keys;
mod serve;
mod token;

use clap::Subcommand;

use crate::config::Flags;

/// A sentence for whoever started the program.
pub(crate) type Sentence = String;

/// The commands.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Run the server.
    Serve(Flags),
    /// Run the server with a receiver, a sample app and sample events, and show what happens.
    Demo(Flags),
    /// Take event types in and give them out.
    #[command(subcommand)]
    Catalog(catalog::CatalogCommand),
    /// Make, list and revoke access tokens.
    #[command(subcommand)]
    Token(token::TokenCommand),
    /// Change the main key that secrets are sealed with.
    #[command(subcommand)]
    Keys(keys::KeysCommand),
}

/// Runs a command to its end.
pub(crate) fn run(command: Command) -> Result<(), Sentence> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(worker_threads())
        .enable_all()
        .thread_name("wirepost")
        .build()
        .map_err(|error| format!("cannot start its threads: {error}"))?;
    runtime.block_on(async {
        match command {
            Command::Serve(flags) => serve::run(&flags).await,
            Command::Demo(flags) => demo::run(&flags).await,
            Command::Catalog(command) => catalog::run(command).await,
            Command::Token(command) => token::run(command).await,
            Command::Keys(command) => keys::run(command),
        }
    })
}

/// One core is the store's: its writer is busy whenever much is sent, and a worker too many only takes turns with
/// it (measured on two cores: 9 % more CPU per delivery).
fn worker_threads() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| cores.get().saturating_sub(1).max(1))
}
