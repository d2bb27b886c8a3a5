//! `wirepost catalog`: takes event types in and gives them out, through a running server or in a store that is free.

mod over_api;
mod over_store;
mod told;

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use serde_json::Value;
use wirepost_control::catalogue::{Catalogue, ImportMode};

use super::Sentence;
use crate::config::{Flags, Settings};
use over_api::OverApi;
use over_store::OverStore;
use told::Told;

/// What can be done with the catalogue.
#[derive(Subcommand)]
pub(crate) enum CatalogCommand {
    /// Take in the event types that come with the program
    Load(LoadFlags),
    /// Take in the event types of a document: OpenAPI with webhooks, or a list; JSON or YAML
    Import(ImportFlags),
    /// Give out the catalogue as an OpenAPI 3.1 document
    Export(ExportFlags),
}

/// Where the catalogue is.
#[derive(Args)]
pub(crate) struct WhereFlags {
    /// Ask the server at this address
    #[arg(long, value_name = "URL", env = "WIREPOST_URL")]
    url: Option<String>,
    /// With this token of the organisation [default: WIREPOST_ADMIN_TOKEN]
    #[arg(long, value_name = "TOKEN", env = "WIREPOST_TOKEN", hide_env_values = true, requires = "url")]
    token: Option<String>,
    /// Without a server: the store, while no server runs on it [default: sqlite:wirepost.db]
    #[arg(long, value_name = "sqlite:FILE", conflicts_with = "url")]
    store: Option<String>,
    /// Settings as TOML, for the store
    #[arg(long, value_name = "FILE", env = "WIREPOST_CONFIG")]
    config: Option<PathBuf>,
}

/// Catalogues that come with the program.
#[derive(Clone, Copy, ValueEnum)]
enum Supplied {
    /// The events of a digital asset manager
    Dam,
}

/// What to load.
#[derive(Args)]
pub(crate) struct LoadFlags {
    /// Which catalogue
    catalogue: Supplied,
    /// Say what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    place: WhereFlags,
}

/// What to import.
#[derive(Args)]
pub(crate) struct ImportFlags {
    /// The document; `-` reads standard input
    file: PathBuf,
    /// Say what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Archive what the document does not name
    #[arg(long)]
    replace_all: bool,
    #[command(flatten)]
    place: WhereFlags,
}

/// Where to export to.
#[derive(Args)]
pub(crate) struct ExportFlags {
    /// The document to write [default: standard output]
    file: Option<PathBuf>,
    #[command(flatten)]
    place: WhereFlags,
}

/// The way to the catalogue.
enum Way {
    Api(OverApi),
    Store(OverStore),
}

/// Does what is asked.
pub(crate) async fn run(command: CatalogCommand) -> Result<(), Sentence> {
    match command {
        CatalogCommand::Load(flags) => {
            let Supplied::Dam = flags.catalogue;
            let catalogue = Catalogue::dam().map_err(|fault| fault.to_string())?;
            take_in(&flags.place, catalogue, ImportMode { dry_run: flags.dry_run, replace_all: false }).await
        }
        CatalogCommand::Import(flags) => {
            let text = read(&flags.file)?;
            let shown = flags.file.display();
            let catalogue = Catalogue::parse(&text).map_err(|fault| format!("{shown}: {fault}"))?;
            let mode = ImportMode { dry_run: flags.dry_run, replace_all: flags.replace_all };
            take_in(&flags.place, catalogue, mode).await
        }
        CatalogCommand::Export(flags) => {
            let document = Way::find(&flags.place).await?.export().await?;
            write(flags.file.as_deref(), &format!("{document:#}\n"))
        }
    }
}

#[expect(clippy::print_stdout, reason = "what was asked for goes to standard output")]
async fn take_in(place: &WhereFlags, catalogue: Catalogue, mode: ImportMode) -> Result<(), Sentence> {
    let told = Way::find(place).await?.import(catalogue, mode).await?;
    print!("{}", told.show(mode));
    Ok(())
}

fn read(file: &Path) -> Result<String, Sentence> {
    let mut text = String::new();
    let read = if file == Path::new("-") {
        std::io::stdin().read_to_string(&mut text).map(drop)
    } else {
        std::fs::read_to_string(file).map(|found| text = found)
    };
    read.map_err(|error| format!("cannot read {}: {error}", file.display()))?;
    Ok(text)
}

fn write(file: Option<&Path>, text: &str) -> Result<(), Sentence> {
    match file {
        Some(file) => {
            std::fs::write(file, text).map_err(|error| format!("cannot write {}: {error}", file.display()))
        }
        None => std::io::stdout()
            .write_all(text.as_bytes())
            .map_err(|error| format!("cannot write to standard output: {error}")),
    }
}

impl Way {
    async fn find(place: &WhereFlags) -> Result<Self, Sentence> {
        let settings = Settings::read(&Flags::of_store(place.config.clone(), place.store.clone()))?;
        let Some(url) = &place.url else {
            return OverStore::open(&settings).await.map(Self::Store);
        };
        let admin_token = || settings.admin_token.map(|token| token.0);
        let token = place.token.clone().or_else(admin_token);
        let missing = "asking a server needs a token: give --token, WIREPOST_TOKEN or WIREPOST_ADMIN_TOKEN";
        OverApi::new(url, &token.ok_or(missing)?).map(Self::Api)
    }

    async fn import(self, catalogue: Catalogue, mode: ImportMode) -> Result<Told, Sentence> {
        match self {
            Self::Api(api) => api.import(&catalogue, mode).await,
            Self::Store(store) => store.import(catalogue, mode).await,
        }
    }

    async fn export(self) -> Result<Value, Sentence> {
        match self {
            Self::Api(api) => api.export().await,
            Self::Store(store) => store.export().await,
        }
    }
}
