//! The raw limit on its own, to see what the machine does today.

use crate::error::Result;
use crate::figure::Figure;
use crate::raw;
use crate::workbench::Workbench;

/// One measurement as long as any other load.
pub(crate) async fn run(bench: &Workbench) -> Result<Vec<Figure>> {
    let limit = raw::measure(bench, bench.duration()).await?;
    Ok(vec![
        Figure::new("messages, raw", "/s", limit.rate),
        Figure::new("CPU of the client per message", "µs", limit.client_cpu_us),
        Figure::new("CPU of the sink per message", "µs", limit.sink_cpu_us),
    ])
}
