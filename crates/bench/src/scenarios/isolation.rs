//! One endpoint takes every request and answers after 30 seconds: what its neighbour in the same app and
//! another customer's app feel of it, on the same server before and during.

use std::time::Duration;

use super::steady::{Steady, SteadyFlow};
use crate::api::{Api, NewEndpoint};
use crate::error::Result;
use crate::figure::Figure;
use crate::receiver::Behaviour;
use crate::workbench::Workbench;

/// Messages per second offered to the app whose endpoint hangs.
pub(crate) const RATE: u32 = 100;

const OTHER_RATE: u32 = 50;
const APP: &str = "bench";
const HANG: Duration = Duration::from_secs(30);

/// Both flows without the hanging endpoint, then with it.
pub(crate) async fn run(bench: &Workbench) -> Result<Vec<Figure>> {
    let directory = bench.fresh_directory()?;
    let server = bench.start_server(directory.path()).await?;
    let healthy = SteadyFlow::create(bench, &server, APP, None, RATE).await?;
    let other = SteadyFlow::create(bench, &server, "other-app", None, OTHER_RATE).await?;
    let before = run_both(bench, &healthy, &other).await?;
    let hanging = bench.sink.add_receiver(Behaviour::Hang(HANG));
    let endpoint = NewEndpoint { app: APP, uid: "hanging", url: hanging.url(), event_type: None };
    Api::connect(server.address()).await?.create_endpoint(endpoint).await?;
    let during = run_both(bench, &healthy, &other).await?;
    let hanging_requests = hanging.record().requests as f64;
    let mut figures = Vec::new();
    figures.extend(neighbour_figures(&before.0, &during.0));
    figures.extend(other_app_figures(&before.1, &during.1));
    figures.push(Figure::new("requests that the hanging endpoint took", "", hanging_requests));
    figures.push(Figure::new("answered 429 or 503", "", (during.0.refused + during.1.refused) as f64));
    Ok(figures)
}

async fn run_both(bench: &Workbench, healthy: &SteadyFlow, other: &SteadyFlow) -> Result<(Steady, Steady)> {
    tokio::try_join!(healthy.run(bench), other.run(bench))
}

fn neighbour_figures(before: &Steady, during: &Steady) -> [Figure; 6] {
    let (before, during) = (&before.arrival, &during.arrival);
    [
        Figure::new("neighbour alone: post → arrival, p50", "ms", before.p50_ms()),
        Figure::new("neighbour alone: post → arrival, p99", "ms", before.p99_ms()),
        Figure::new("beside the hanging one: p50", "ms", during.p50_ms()),
        Figure::new("beside the hanging one: p99", "ms", during.p99_ms()),
        Figure::new("p50 to alone", "×", during.p50_ms() / before.p50_ms()).at_most(1.2, 1.05),
        Figure::new("p99 to alone", "×", during.p99_ms() / before.p99_ms()).at_most(2.0, 2.0),
    ]
}

fn other_app_figures(before: &Steady, during: &Steady) -> [Figure; 4] {
    let (before, during) = (&before.arrival, &during.arrival);
    [
        Figure::new("another app: p50", "ms", during.p50_ms()),
        Figure::new("another app: p99", "ms", during.p99_ms()),
        Figure::new("another app: p50 to before", "×", during.p50_ms() / before.p50_ms()).at_most(1.2, 1.05),
        Figure::new("another app: p99 to before", "×", during.p99_ms() / before.p99_ms()).at_most(2.0, 2.0),
    ]
}
