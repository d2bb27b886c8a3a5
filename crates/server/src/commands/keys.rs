//! `wirepost keys`: changes the main key that secrets are sealed with, in a store on which no server runs.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use wirepost_store::sealing::MainKey;
use wirepost_store_sqlite::SqliteStore;

use super::Sentence;
use crate::config::{Flags, Settings};
use crate::main_key::{key_file, sealing};

/// What can be done with the main key.
#[derive(Subcommand)]
pub(crate) enum KeysCommand {
    /// Seal all secrets with a new main key, while no server runs
    Rotate(RotateFlags),
}

/// Where the store is, and where the new key comes from.
#[derive(Args)]
pub(crate) struct RotateFlags {
    /// The store, while no server runs on it [default: sqlite:wirepost.db]
    #[arg(long, value_name = "sqlite:FILE")]
    store: Option<String>,
    /// Settings as TOML, for the store and the key in force
    #[arg(long, value_name = "FILE", env = "WIREPOST_CONFIG")]
    config: Option<PathBuf>,
    /// The variable that holds the new key [default: one is made, and kept in the key file]
    #[arg(long, value_name = "NAME")]
    new_key_from_env: Option<String>,
}

/// Does what is asked.
#[expect(clippy::print_stdout, reason = "what was done is told on standard output")]
pub(crate) fn run(command: KeysCommand) -> Result<(), Sentence> {
    let KeysCommand::Rotate(flags) = command;
    println!("{}", rotate(flags)?);
    Ok(())
}

fn rotate(flags: RotateFlags) -> Result<String, Sentence> {
    let settings = Settings::read(&Flags::of_store(flags.config, flags.store))?;
    let store = settings.store.display();
    if !settings.store.exists() {
        return Err(format!("there is no store at {store}: say where it is by --store sqlite:FILE"));
    }
    let new = flags.new_key_from_env.as_deref().map(key_in).transpose()?;
    if settings.main_key.is_some() && new.is_none() {
        let sentence = "WIREPOST_MAIN_KEY gives the key in force: \
                        give the new one in a variable, too, and name that by --new-key-from-env";
        return Err(sentence.to_owned());
    }
    let sealing = sealing(&settings, new);
    let rotated =
        SqliteStore::rotate_main_key(&settings.store, &wirepost_store_sqlite::Settings::default(), &sealing);
    let key = rotated.map_err(|error| error.to_string())?;
    let place = match flags.new_key_from_env {
        Some(name) => format!("from now on it must be given by WIREPOST_MAIN_KEY, as it is in {name}"),
        None => format!(
            "it is in {}; keep a copy of that file apart from the store's",
            key_file(&settings).display()
        ),
    };
    Ok(format!("all secrets in {store} are sealed with the main key {key}: {place}"))
}

fn key_in(name: &str) -> Result<MainKey, Sentence> {
    let text = std::env::var(name).map_err(|_| format!("--new-key-from-env: there is no variable {name}"))?;
    MainKey::parse(&text).map_err(|invalid| format!("{name}: {}", invalid.reason))
}
