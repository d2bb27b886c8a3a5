//! What every scenario works with: the threads of load and sink, the sink itself, the arguments, and the
//! few moves that all of them make (start a server, wait for arrivals).

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use http::StatusCode;
use tempfile::TempDir;
use tokio::runtime::{Builder, Handle, Runtime};

use crate::api;
use crate::arguments::Arguments;
use crate::clock;
use crate::error::{BenchError, Result};
use crate::load::{PlainRequests, Target};
use crate::receiver::Receiver;
use crate::server_process::{ServerProcess, ServerSettings};
use crate::sink::Sink;

/// How many connections load uses.
pub(crate) const CONNECTIONS: usize = 64;
/// The size of a payload.
pub(crate) const PAYLOAD_BYTES: usize = 1_024;

const POLL: Duration = Duration::from_millis(2);
/// Arrivals have ended when none came for this long.
const LONGEST_SILENCE: Duration = Duration::from_secs(30);

/// The threads that make and take load, one each: two cores are shared with the server.
pub(crate) struct Threads {
    load: Runtime,
    sink: Runtime,
}

impl Threads {
    /// Starts both.
    pub(crate) fn start() -> io::Result<Self> {
        Ok(Self { load: one_thread("load")?, sink: one_thread("sink")? })
    }

    /// Ends both without waiting for what still runs on them.
    pub(crate) fn stop(self) {
        self.load.shutdown_background();
        self.sink.shutdown_background();
    }

    /// Opens the sink and lays out what scenarios need.
    pub(crate) async fn workbench(&self, arguments: Arguments) -> Result<Workbench> {
        let sink = Sink::open(self.sink.handle()).await?;
        Ok(Workbench { arguments, sink, load: self.load.handle().clone() })
    }
}

fn one_thread(name: &str) -> io::Result<Runtime> {
    Builder::new_multi_thread().worker_threads(1).thread_name(name).enable_all().build()
}

/// What every scenario works with.
pub(crate) struct Workbench {
    /// What was asked for.
    pub(crate) arguments: Arguments,
    /// Where deliveries arrive.
    pub(crate) sink: Sink,
    load: Handle,
}

impl Workbench {
    /// The thread that makes load.
    pub(crate) fn load(&self) -> &Handle {
        &self.load
    }

    /// How long each load runs.
    pub(crate) fn duration(&self) -> Duration {
        Duration::from_secs(self.arguments.seconds)
    }

    /// How long the raw limit is measured each time.
    pub(crate) fn raw_duration(&self) -> Duration {
        self.duration().min(Duration::from_secs(2))
    }

    /// A directory for one scenario, removed when it is dropped.
    pub(crate) fn fresh_directory(&self) -> Result<TempDir> {
        Ok(tempfile::Builder::new().prefix("wirepost-bench-").tempdir_in(&self.arguments.directory)?)
    }

    /// Starts a server with its own settings on `directory`.
    pub(crate) async fn start_server(&self, directory: &Path) -> Result<ServerProcess> {
        self.start_server_with(directory, None).await
    }

    /// Starts a server with another retry schedule on `directory`.
    pub(crate) async fn start_server_with(
        &self,
        directory: &Path,
        retry_schedule: Option<&'static str>,
    ) -> Result<ServerProcess> {
        let program = std::path::absolute(&self.arguments.server)?;
        ServerProcess::start(&ServerSettings { program, retry_schedule }, directory).await
    }
}

/// Load for one app of a server; its messages are numbered from 0.
pub(crate) fn messages_to(server: &ServerProcess, app: &str) -> Target<PlainRequests> {
    Target {
        address: server.address(),
        requests: api::message_requests(app, PAYLOAD_BYTES),
        accepted_status: StatusCode::ACCEPTED,
        connections: CONNECTIONS,
        sequence: Arc::new(AtomicU64::new(0)),
    }
}

/// Waits until the receivers have `expected` messages together; fails when none came for 30 s.
pub(crate) async fn wait_for(receivers: &[Arc<Receiver>], expected: u64) -> Result<()> {
    let (mut arrived, mut changed_at_ns) = (0, clock::now_ns());
    loop {
        let now_arrived = receivers.iter().map(|receiver| receiver.record().delivered).sum();
        if now_arrived >= expected {
            return Ok(());
        }
        if now_arrived > arrived {
            (arrived, changed_at_ns) = (now_arrived, clock::now_ns());
        }
        let silence = Duration::from_nanos(clock::now_ns() - changed_at_ns);
        if silence > LONGEST_SILENCE {
            let waited_s = silence.as_secs();
            return Err(BenchError::Missing { arrived, expected, waited_s });
        }
        tokio::time::sleep(POLL).await;
    }
}
