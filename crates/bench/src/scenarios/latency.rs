//! Latency at a rate that leaves the machine mostly idle: what one webhook waits for on an ordinary day.

use super::steady::{RATE, SteadyFlow};
use crate::error::Result;
use crate::figure::Figure;
use crate::load::OpenLoop;
use crate::raw;
use crate::workbench::Workbench;

/// The same rate straight to the sink and through the server.
pub(crate) async fn run(bench: &Workbench) -> Result<Vec<Figure>> {
    let open_loop = OpenLoop { rate: RATE, duration: bench.raw_duration() };
    let mut raw = raw::latency_at(bench, open_loop).await?;
    let directory = bench.fresh_directory()?;
    let server = bench.start_server(directory.path()).await?;
    let steady = SteadyFlow::create(bench, &server, "bench", None, RATE).await?.run(bench).await?;
    server.kill();
    raw.merge(&raw::latency_at(bench, open_loop).await?);
    let (p50, p99) = (steady.arrival.p50_ms(), steady.arrival.p99_ms());
    Ok(vec![
        Figure::new("post → arrival, p50", "ms", p50).at_most(5.0, 2.5),
        Figure::new("post → arrival, p99", "ms", p99).at_most(15.0, 6.0),
        Figure::new("post → arrival, longest", "ms", steady.arrival.longest_ms()),
        Figure::new("post → 202, p50", "ms", steady.accept.p50_ms()),
        Figure::new("post → 202, p99", "ms", steady.accept.p99_ms()),
        Figure::new("raw post → arrival at the same rate, p50", "ms", raw.p50_ms()),
        Figure::new("raw post → arrival at the same rate, p99", "ms", raw.p99_ms()),
        Figure::new("p50 to raw", "×", p50 / raw.p50_ms()),
        Figure::new("p99 to raw", "×", p99 / raw.p99_ms()),
        Figure::new("answered 429 or 503", "", steady.refused as f64),
    ])
}
