//! `wirepost serve` with a store of its own on a free port: started, stopped, killed and started again.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::sync::Arc;

use tempfile::TempDir;

use crate::api::Api;
use crate::program::{Program, Signal, errors_in};

/// The organisation token of every server that is not told otherwise.
pub const TOKEN: &str = "organisation-token-of-the-tests";

/// Words that the ready line, and no other, holds.
const READY: &str = "is ready: http://";

/// The variables a server is started with. The defaults let this machine be sent to.
#[derive(Debug, Clone)]
pub struct Settings(BTreeMap<String, String>);

impl Default for Settings {
    fn default() -> Self {
        Self(BTreeMap::new())
            .with("WIREPOST_LISTEN", "127.0.0.1:0")
            .with("WIREPOST_STORE", "sqlite:wirepost.db")
            .with("WIREPOST_ADMIN_TOKEN", TOKEN)
            .with("WIREPOST_ALLOW_HTTP", "true")
            .with("WIREPOST_ALLOW_SUBNETS", "127.0.0.0/8")
    }
}

impl Settings {
    /// Adds a variable, or changes it.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.0.insert(name.to_owned(), value.into());
        self
    }

    /// Leaves a variable out.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.0.remove(name);
        self
    }

    /// Starts a server in a directory of its own and waits until it is ready.
    pub async fn start(self) -> Server {
        let directory = tempfile::tempdir().expect("a temporary directory");
        Server::start_in(Arc::new(directory), self).await
    }

    /// Starts a server that must refuse to start, in this directory.
    pub async fn refusal(&self, arguments: &[&str], directory: &Path) -> Refusal {
        let before = errors_in(directory);
        let mut program = Program::start(&[&["serve"], arguments].concat(), &self.0, directory);
        let status = program.ended().await;
        let sentence = program.errors().split_off(before.len());
        Refusal { status, sentence, lines: program.lines() }
    }
}

/// A start that was refused.
#[derive(Debug)]
pub struct Refusal {
    /// How it ended.
    pub status: ExitStatus,
    /// What stands on standard error.
    pub sentence: String,
    /// What stands on standard output.
    pub lines: Vec<String>,
}

/// A running server.
pub struct Server {
    program: Program,
    address: SocketAddr,
    settings: Settings,
    directory: Arc<TempDir>,
}

impl Server {
    /// A server with the default settings.
    pub async fn start() -> Self {
        Settings::default().start().await
    }

    async fn start_in(directory: Arc<TempDir>, settings: Settings) -> Self {
        let program = Program::start(&["serve"], &settings.0, directory.path());
        let line = program.line_with(READY).await;
        let address = address_in(&line).unwrap_or_else(|| panic!("no address in `{line}`"));
        Self { program, address, settings, directory }
    }

    /// Starts again on the same store, after the end of the run before.
    pub async fn start_again(&mut self) {
        *self = Self::start_in(self.directory.clone(), self.settings.clone()).await;
    }

    /// As [`Self::start_again`], with other settings.
    pub async fn start_again_with(&mut self, settings: Settings) {
        self.settings = settings;
        self.start_again().await;
    }

    /// `kill -9`.
    pub async fn kill(&mut self) {
        self.program.kill().await;
    }

    /// Asks it to drain, as `kill` does.
    pub fn ask_to_stop(&self) {
        self.program.signal(Signal::TERM);
    }

    /// Waits for its end.
    pub async fn ended(&mut self) -> ExitStatus {
        self.program.ended().await
    }

    /// A client with the organisation token.
    pub fn api(&self) -> Api {
        self.api_with(TOKEN)
    }

    /// A client with this token.
    pub fn api_with(&self, token: &str) -> Api {
        Api::at(self.address, token)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its URL, without a path.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The settings it was started with.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The directory of its store.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// All files of its store.
    pub fn store_files(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.directory()).expect("the directory is there");
        let paths = entries.map(|entry| entry.expect("an entry can be read").path());
        paths.filter(|path| path.to_string_lossy().contains("wirepost.db")).collect()
    }

    /// The process.
    pub fn program(&self) -> &Program {
        &self.program
    }
}

fn address_in(line: &str) -> Option<SocketAddr> {
    let (_, rest) = line.split_once(READY)?;
    rest.split_whitespace().next()?.parse().ok()
}
