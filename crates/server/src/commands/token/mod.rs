//! `wirepost token`: makes, lists and revokes access tokens, through a running server or in a store that is free.

mod over_api;
mod over_store;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};
use wirepost_model::capability::{Capabilities, Capability};
use wirepost_model::retry_schedule::parse_wait;

use super::Sentence;
use crate::config::{Flags, Settings};
use over_api::OverApi;
use over_store::OverStore;

/// What can be done with tokens.
#[derive(Subcommand)]
pub(crate) enum TokenCommand {
    /// Make a token and print it, this once
    Create(CreateFlags),
    /// List the tokens that are good
    List(WhereFlags),
    /// Put an end to a token, at once
    Revoke(RevokeFlags),
}

/// Where the tokens are.
#[derive(Args)]
pub(crate) struct WhereFlags {
    /// Ask the server at this address
    #[arg(long, value_name = "URL", env = "WIREPOST_URL", requires = "token")]
    url: Option<String>,
    /// With this token of the organisation
    #[arg(long, value_name = "TOKEN", env = "WIREPOST_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// Without a server: the store, while no server runs on it [default: sqlite:wirepost.db]
    #[arg(long, value_name = "sqlite:FILE", conflicts_with = "url")]
    store: Option<String>,
    /// Settings as TOML, for the store
    #[arg(long, value_name = "FILE", env = "WIREPOST_CONFIG")]
    config: Option<PathBuf>,
}

/// A token as it is wanted.
#[derive(Args)]
pub(crate) struct CreateFlags {
    #[command(flatten)]
    place: WhereFlags,
    /// What it is for
    #[arg(long, value_name = "TEXT")]
    name: String,
    /// The app that it is for, by id or uid; without it, it is the organisation's
    #[arg(long, value_name = "APP")]
    app: Option<String>,
    /// What it may do, e.g. ViewBase,SendMessages [default: all; in an app, all that concerns its endpoints]
    #[arg(long, value_name = "NAME,…", value_delimiter = ',', value_parser = parse_capability)]
    capabilities: Vec<Capability>,
    /// How long it is good, e.g. 90s, 30m, 12h [default: until it is revoked]
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    expires_in: Option<Duration>,
}

/// The token that is to end.
#[derive(Args)]
pub(crate) struct RevokeFlags {
    #[command(flatten)]
    place: WhereFlags,
    /// Its id, as the list shows it
    #[arg(value_name = "ID")]
    id: String,
}

/// A token as it is asked for.
pub(super) struct Wanted {
    pub(super) name: String,
    pub(super) app: Option<String>,
    pub(super) capabilities: Option<Capabilities>,
    pub(super) expires_in: Option<Duration>,
}

/// A line of the list.
pub(super) struct Line {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) app: Option<String>,
    pub(super) capabilities: Vec<String>,
    pub(super) expires_at: Option<String>,
    pub(super) last_used_at: Option<String>,
}

/// The way to the tokens.
enum Way {
    Api(OverApi),
    Store(OverStore),
}

/// Does what is asked.
#[expect(clippy::print_stdout, reason = "what was asked for goes to standard output, for scripts")]
pub(crate) async fn run(command: TokenCommand) -> Result<(), Sentence> {
    match command {
        TokenCommand::Create(flags) => {
            let (place, wanted) = flags.into_parts();
            println!("{}", Way::find(&place).await?.create(wanted).await?);
        }
        TokenCommand::List(place) => {
            for line in Way::find(&place).await?.list().await? {
                println!("{}", line.show());
            }
        }
        TokenCommand::Revoke(flags) => {
            Way::find(&flags.place).await?.revoke(&flags.id).await?;
            println!("{} is revoked", flags.id);
        }
    }
    Ok(())
}

impl CreateFlags {
    fn into_parts(self) -> (WhereFlags, Wanted) {
        let Self { place, name, app, capabilities, expires_in } = self;
        let capabilities = (!capabilities.is_empty()).then(|| capabilities.into_iter().collect());
        (place, Wanted { name, app, capabilities, expires_in })
    }
}

impl Way {
    async fn find(place: &WhereFlags) -> Result<Self, Sentence> {
        if let (Some(url), Some(token)) = (&place.url, &place.token) {
            return OverApi::new(url, token).map(Self::Api);
        }
        let flags = Flags::of_store(place.config.clone(), place.store.clone());
        OverStore::open(&Settings::read(&flags)?).await.map(Self::Store)
    }

    async fn create(self, wanted: Wanted) -> Result<String, Sentence> {
        match self {
            Self::Api(api) => api.create(wanted).await,
            Self::Store(store) => store.create(wanted).await,
        }
    }

    async fn list(self) -> Result<Vec<Line>, Sentence> {
        match self {
            Self::Api(api) => api.list().await,
            Self::Store(store) => store.list().await,
        }
    }

    async fn revoke(self, id: &str) -> Result<(), Sentence> {
        match self {
            Self::Api(api) => api.revoke(id).await,
            Self::Store(store) => store.revoke(id).await,
        }
    }
}

impl Line {
    fn show(&self) -> String {
        let or = |value: &Option<String>, otherwise: &str| value.as_deref().unwrap_or(otherwise).to_owned();
        let words = [
            self.id.clone(),
            or(&self.app, "organisation"),
            self.capabilities.join(","),
            format!("expires {}", or(&self.expires_at, "never")),
            format!("used {}", or(&self.last_used_at, "never")),
            self.name.clone(),
        ];
        words.join("  ")
    }
}

fn parse_capability(name: &str) -> Result<Capability, String> {
    Capability::parse(name.trim()).map_err(|invalid| invalid.reason)
}

fn parse_time(text: &str) -> Result<Duration, String> {
    let time = parse_wait(text).map_err(|invalid| invalid.reason)?;
    if time.is_zero() { Err("must be longer than nothing".to_owned()) } else { Ok(time) }
}
