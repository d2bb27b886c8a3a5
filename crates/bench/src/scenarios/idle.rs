//! A server with nothing to do: how soon it answers, and what it costs to have it.

use std::time::Duration;

use crate::clock;
use crate::error::Result;
use crate::figure::Figure;
use crate::workbench::Workbench;

const REST: Duration = Duration::from_secs(2);
const MIB: f64 = 1_048_576.0;

/// Starts on a new database, rests, and starts again on the same one.
pub(crate) async fn run(bench: &Workbench) -> Result<Vec<Figure>> {
    let directory = bench.fresh_directory()?;
    let server = bench.start_server(directory.path()).await?;
    let (cpu_before, began_at_ns) = (server.cpu_time()?, clock::now_ns());
    tokio::time::sleep(REST).await;
    let cpu = server.cpu_time()? - cpu_before;
    let rested_s = clock::seconds_between(began_at_ns, clock::now_ns());
    let memory = server.memory()?;
    let first_start = server.healthy_after();
    server.kill();
    let second_start = bench.start_server(directory.path()).await?.healthy_after();
    Ok(vec![
        Figure::new("healthy after the first start", "ms", first_start.as_secs_f64() * 1e3)
            .at_most(150.0, 50.0),
        Figure::new("healthy after a kill and a start", "ms", second_start.as_secs_f64() * 1e3)
            .at_most(150.0, 50.0),
        Figure::new("memory at rest", "MiB", memory.now as f64 / MIB).at_most(25.0, 15.0),
        Figure::new("CPU at rest", "% of a core", cpu.as_secs_f64() / rested_s * 100.0),
    ])
}
