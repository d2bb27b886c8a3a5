//! A million contents expire at once while messages come in at a steady rate: how long producers wait beside the
//! removal and without it, on one server, and whether what comes next takes the room that became free.

use std::path::Path;
use std::time::Duration;

use super::steady::SteadyFlow;
use crate::api::{Api, StorageUse};
use crate::clock;
use crate::error::{BenchError, Result};
use crate::expired_contents;
use crate::figure::Figure;
use crate::latency::Latency;
use crate::report;
use crate::server_process::ServerProcess;
use crate::workbench::Workbench;

/// Messages per second offered all the time.
pub(crate) const RATE: u32 = 1_000;

const APP: &str = "bench";
const REMOVED: &str = "wirepost_retention_removed_total";
const LONGEST: &str = "wirepost_retention_held_seconds_longest";
const LONGEST_REMOVAL_S: f64 = 1_800.0;
const MIB: f64 = 1_048_576.0;

/// A server for its schema, the old contents put into its file, and the server again: beside the removal, then
/// without it.
pub(crate) async fn run(bench: &Workbench) -> Result<Vec<Figure>> {
    let directory = bench.fresh_directory()?;
    bench.start_server(directory.path()).await?.kill();
    let expired = bench.arguments.expired;
    report::progress(&format!("putting {expired} expired contents into the file"));
    expired_contents::put(&ServerProcess::database_in(directory.path()), expired)?;
    measure(bench, directory.path()).await
}

async fn measure(bench: &Workbench, directory: &Path) -> Result<Vec<Figure>> {
    let server = bench.start_server(directory).await?;
    let mut api = Api::connect(server.address()).await?;
    let flow = SteadyFlow::create(bench, &server, APP, None, RATE).await?;
    let full_bytes = server.database_bytes().0;
    report::progress("accepting beside the removal");
    let beside = beside_removal(bench, &mut api, &flow).await?;
    let left = api.storage().await?;
    let emptied_bytes = server.database_bytes().0;
    report::progress("accepting without it");
    let alone = flow.run(bench).await?;
    let used = api.storage().await?;
    let longest_s = api.meter(LONGEST).await?;
    let mut figures = beside.figures(&alone.accept, longest_s);
    figures.extend(room_figures([full_bytes, emptied_bytes, server.database_bytes().0], &left, &used));
    figures.push(Figure::new("answered 429 or 503", "", (beside.refused + alone.refused) as f64));
    Ok(figures)
}

/// What producers met while contents were removed.
struct Beside {
    accept: Latency,
    refused: u64,
    removed: f64,
    seconds: f64,
}

/// Goes on accepting, load after load, until all that had expired is gone.
async fn beside_removal(bench: &Workbench, api: &mut Api, flow: &SteadyFlow) -> Result<Beside> {
    let began_at_ns = clock::now_ns();
    let expected = bench.arguments.expired as f64;
    let mut beside = Beside { accept: Latency::new(), refused: 0, removed: 0.0, seconds: 0.0 };
    while beside.removed < expected {
        // In short loads, so that little of what is measured lies behind the end of the removal.
        let steady = flow.run_for(bench, Duration::from_secs(2)).await?;
        beside.accept.merge(&steady.accept);
        beside.refused += steady.refused;
        beside.removed = api.meter(REMOVED).await?;
        beside.seconds = clock::seconds_between(began_at_ns, clock::now_ns());
        if beside.seconds > LONGEST_REMOVAL_S {
            let (removed, expected) = (beside.removed as u64, bench.arguments.expired);
            return Err(BenchError::NotRemoved { removed, expected });
        }
    }
    Ok(beside)
}

impl Beside {
    fn figures(&self, alone: &Latency, longest_s: f64) -> Vec<Figure> {
        let ratio = self.accept.p99_ms() / alone.p99_ms();
        vec![
            Figure::new("contents removed", "/s", self.removed / self.seconds),
            Figure::new("longest hold of the writer", "ms", longest_s * 1e3).at_most(20.0, 20.0),
            Figure::new("accept beside the removal, p50", "ms", self.accept.p50_ms()),
            Figure::new("accept beside the removal, p99", "ms", self.accept.p99_ms()),
            Figure::new("accept without it, p50", "ms", alone.p50_ms()),
            Figure::new("accept without it, p99", "ms", alone.p99_ms()),
            Figure::new("p99 to without", "×", ratio).at_most(2.0, 1.2),
        ]
    }
}

fn room_figures(file_bytes: [u64; 3], left: &StorageUse, used: &StorageUse) -> Vec<Figure> {
    let [full, emptied, after] = file_bytes.map(|bytes| bytes as f64 / MIB);
    vec![
        Figure::new("database full of expired contents", "MiB", full),
        Figure::new("database when they are removed", "MiB", emptied),
        Figure::new("of it free", "MiB", left.free_bytes as f64 / MIB),
        Figure::new("database after more messages", "MiB", after),
        Figure::new("of it free", "MiB", used.free_bytes as f64 / MIB),
        Figure::new("growth of the database to before", "×", after / full).at_most(1.02, 1.0),
    ]
}
