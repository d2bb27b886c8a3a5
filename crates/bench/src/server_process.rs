//! The real server as a child process: started with a fresh or an old directory, watched from outside,
//! killed without ceremony. Dropping it kills it, so a panic or an interrupt leaves nothing running.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use tokio::sync::oneshot;

use crate::api::Api;
use crate::clock;
use crate::error::{BenchError, Result};
use crate::process_reading::{self, Memory};

/// The organisation token that every started server gets.
pub(crate) const TOKEN: &str = "wirepost-bench-token-0123456789abcdef";

const LONGEST_START: Duration = Duration::from_secs(30);
const DATABASE: &str = "wirepost.db";
const LOG: &str = "server.log";
const LOG_LINES_SHOWN: usize = 20;

/// How a server is started.
#[derive(Debug, Clone)]
pub(crate) struct ServerSettings {
    /// The binary.
    pub(crate) program: PathBuf,
    /// `WIREPOST_RETRY_SCHEDULE`, or the server's own.
    pub(crate) retry_schedule: Option<&'static str>,
}

/// A running server.
pub(crate) struct ServerProcess {
    child: Child,
    directory: PathBuf,
    address: SocketAddr,
    started_at_ns: u64,
    healthy_after: Duration,
}

impl ServerProcess {
    /// Starts the server on the database in `directory` and waits until it answers healthy.
    pub(crate) async fn start(settings: &ServerSettings, directory: &Path) -> Result<Self> {
        let started_at_ns = clock::now_ns();
        let child = spawn(settings, directory)?;
        let mut server = Self {
            child,
            directory: directory.to_owned(),
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            started_at_ns,
            healthy_after: Duration::ZERO,
        };
        let ready = tokio::time::timeout(LONGEST_START, server.wait_until_healthy()).await;
        match ready {
            Ok(Ok(())) => Ok(server),
            Ok(Err(error)) => Err(server.not_ready(error.to_string())),
            Err(_) => Err(server.not_ready(format!("not healthy within {} s", LONGEST_START.as_secs()))),
        }
    }

    async fn wait_until_healthy(&mut self) -> Result<()> {
        let stdout = self.child.stdout.take().expect("the output was piped at the spawn");
        self.address = ready_address(stdout).await.map_err(|_| std::io::Error::other("it ended"))?;
        loop {
            if let Ok(mut api) = Api::connect(self.address).await
                && api.is_healthy().await?
            {
                let taken_ns = clock::now_ns() - self.started_at_ns;
                self.healthy_after = Duration::from_nanos(taken_ns);
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    fn not_ready(&self, reason: String) -> BenchError {
        let log = std::fs::read_to_string(self.directory.join(LOG)).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        let log = lines[lines.len().saturating_sub(LOG_LINES_SHOWN)..].join("\n");
        BenchError::NotReady { reason, log }
    }

    /// The database of a server in this directory.
    pub(crate) fn database_in(directory: &Path) -> PathBuf {
        directory.join(DATABASE)
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// From the spawn to the first healthy answer.
    pub(crate) fn healthy_after(&self) -> Duration {
        self.healthy_after
    }

    /// When it was spawned.
    pub(crate) fn started_at_ns(&self) -> u64 {
        self.started_at_ns
    }

    /// CPU time that it has used.
    pub(crate) fn cpu_time(&self) -> Result<Duration> {
        Ok(process_reading::cpu_time(self.child.id())?)
    }

    /// Its resident memory.
    pub(crate) fn memory(&self) -> Result<Memory> {
        Ok(process_reading::memory(self.child.id())?)
    }

    /// Bytes of its database file and of the write-ahead log beside it; 0 for one that is not there.
    pub(crate) fn database_bytes(&self) -> (u64, u64) {
        let bytes_of =
            |name: &str| std::fs::metadata(self.directory.join(name)).map_or(0, |metadata| metadata.len());
        (bytes_of(DATABASE), bytes_of(&format!("{DATABASE}-wal")))
    }

    /// `kill -9`, and waits until the kernel has closed its sockets.
    pub(crate) fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        // It may have ended by itself; then there is nothing to kill and nothing to wait for.
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        self.end();
    }
}

fn spawn(settings: &ServerSettings, directory: &Path) -> Result<Child> {
    if !settings.program.is_file() {
        return Err(BenchError::NoServer(settings.program.clone()));
    }
    let mut command = Command::new(&settings.program);
    command.arg("serve").current_dir(directory);
    for (name, _) in std::env::vars_os().filter(|(name, _)| is_setting(name)) {
        command.env_remove(name);
    }
    command
        .env("WIREPOST_LISTEN", "127.0.0.1:0")
        .env("WIREPOST_STORE", format!("sqlite:{}", directory.join(DATABASE).display()))
        .env("WIREPOST_ADMIN_TOKEN", TOKEN)
        .env("WIREPOST_ALLOW_HTTP", "true")
        .env("WIREPOST_ALLOW_SUBNETS", "127.0.0.0/8");
    if let Some(schedule) = settings.retry_schedule {
        command.env("WIREPOST_RETRY_SCHEDULE", schedule);
    }
    let log = File::options().create(true).append(true).open(directory.join(LOG))?;
    Ok(command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).spawn()?)
}

/// Settings of the caller's shell must not change what is measured.
fn is_setting(name: &OsStr) -> bool {
    name.to_string_lossy().starts_with("WIREPOST_") || name == "RUST_LOG"
}

/// Waits for the line that names the address and keeps reading, so that the server never blocks on a full
/// pipe. The receiver fails when the server ends before it was ready.
fn ready_address(stdout: ChildStdout) -> oneshot::Receiver<SocketAddr> {
    let (tell, told) = oneshot::channel();
    let mut tell = Some(tell);
    std::thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(std::io::Result::ok) {
            if let Some(address) = address_in(&line)
                && let Some(tell) = tell.take()
            {
                // Nobody listens any more after a time-out; the output is drained all the same.
                let _unheard = tell.send(address);
            }
        }
    });
    told
}

fn address_in(line: &str) -> Option<SocketAddr> {
    let (_, rest) = line.split_once("http://")?;
    let end = rest.find(|letter: char| !letter.is_ascii_digit() && !".:".contains(letter));
    rest[..end.unwrap_or(rest.len())].trim_end_matches(['.', ':']).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::address_in;

    #[test]
    fn the_address_is_read_out_of_any_ready_line() {
        let expected = "127.0.0.1:8071".parse().ok();
        assert_eq!(address_in("listening on http://127.0.0.1:8071"), expected);
        assert_eq!(address_in("ready: http://127.0.0.1:8071/ (sqlite)"), expected);
        assert_eq!(address_in("wirepost is at http://127.0.0.1:8071."), expected);
        assert_eq!(address_in("opening the store"), None);
    }
}
