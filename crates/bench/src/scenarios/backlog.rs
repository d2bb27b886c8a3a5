//! A million deliveries wait for an endpoint that is dead: they may cost disk, but neither memory nor the
//! latency of the endpoint next to it.

use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use tokio::task::JoinSet;

use super::steady::{RATE, Steady, SteadyFlow};
use crate::api::{self, Api, DEAD_EVENT_TYPE, EVENT_TYPE, EndpointStats, NewEndpoint};
use crate::arguments::Death;
use crate::clock;
use crate::error::{BenchError, Result};
use crate::figure::Figure;
use crate::receiver::{Behaviour, Receiver};
use crate::report;
use crate::server_process::ServerProcess;
use crate::workbench::Workbench;

const APP: &str = "bench";
const DEAD: &str = "dead";
const FILLERS: u64 = 4;
const MOST_PER_BATCH: u64 = 1_000;
const SAMPLE_EVERY: Duration = Duration::from_millis(100);
const PAUSE_AFTER_REFUSAL: Duration = Duration::from_millis(50);
const LONGEST_COUNT: Duration = Duration::from_secs(60);
const SETTLE: Duration = Duration::from_secs(1);
const HANG: Duration = Duration::from_secs(30);
const MIB: f64 = 1_048_576.0;

/// The healthy endpoint before, the filling, the healthy endpoint beside what waits.
pub(crate) async fn run(bench: &Workbench) -> Result<Vec<Figure>> {
    let directory = bench.fresh_directory()?;
    let server = bench.start_server(directory.path()).await?;
    let mut api = Api::connect(server.address()).await?;
    api.create_event_type(EVENT_TYPE).await?;
    api.create_event_type(DEAD_EVENT_TYPE).await?;
    let healthy = SteadyFlow::create(bench, &server, APP, Some(EVENT_TYPE), RATE).await?;
    let before = measure(bench, &server, &healthy).await?;
    // Held, because its receiver answers only while someone holds it.
    let (dead_url, _hanging) = dead_endpoint(bench)?;
    let endpoint = NewEndpoint { app: APP, uid: DEAD, url: &dead_url, event_type: Some(DEAD_EVENT_TYPE) };
    api.create_endpoint(endpoint).await?;
    let filling = fill(bench, &server).await?;
    let (stats, stats_ms) = waiting(&mut api, bench.arguments.waiting).await?;
    tokio::time::sleep(SETTLE).await;
    let beside = measure(bench, &server, &healthy).await?;
    let mut figures = filling.figures(stats, stats_ms);
    figures.extend(memory_figures(&server, &filling)?);
    figures.extend(latency_figures(&before, &beside));
    Ok(figures)
}

struct Measured {
    steady: Steady,
    cpu_share: f64,
}

async fn measure(bench: &Workbench, server: &ServerProcess, healthy: &SteadyFlow) -> Result<Measured> {
    let (cpu_before, began_at_ns) = (server.cpu_time()?, clock::now_ns());
    let steady = healthy.run(bench).await?;
    let cpu = server.cpu_time()? - cpu_before;
    let seconds = clock::seconds_between(began_at_ns, clock::now_ns());
    Ok(Measured { steady, cpu_share: cpu.as_secs_f64() / seconds })
}

/// An address that is dead in the asked way, and the receiver behind it if there is one.
fn dead_endpoint(bench: &Workbench) -> Result<(String, Option<Arc<Receiver>>)> {
    match bench.arguments.death {
        Death::Hanging => {
            let receiver = bench.sink.add_receiver(Behaviour::Hang(HANG));
            Ok((receiver.url().to_owned(), Some(receiver)))
        }
        Death::Refused => {
            let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
            Ok((format!("http://{free}/dead"), None))
        }
    }
}

struct Filling {
    accepted: u64,
    seconds: f64,
    peak_log_bytes: u64,
}

async fn fill(bench: &Workbench, server: &ServerProcess) -> Result<Filling> {
    let size = bench.arguments.waiting.min(MOST_PER_BATCH);
    let batch = api::batch_body(size as usize);
    let count = bench.arguments.waiting.div_ceil(size);
    report::progress(&format!("filling: {} deliveries", count * size));
    let left = Arc::new(AtomicU64::new(count));
    let began_at_ns = clock::now_ns();
    let mut fillers = JoinSet::new();
    for _ in 0..FILLERS {
        let api = Api::connect(server.address()).await?;
        fillers.spawn_on(post_batches(api, batch.clone(), Arc::clone(&left)), bench.load());
    }
    let mut peak_log_bytes = 0;
    while !fillers.is_empty() {
        if let Ok(Some(ended)) = tokio::time::timeout(SAMPLE_EVERY, fillers.join_next()).await {
            ended.map_err(|error| BenchError::LoadBroke(error.to_string()))??;
        }
        peak_log_bytes = peak_log_bytes.max(server.database_bytes().1);
    }
    let seconds = clock::seconds_between(began_at_ns, clock::now_ns());
    Ok(Filling { accepted: count * size, seconds, peak_log_bytes })
}

async fn post_batches(mut api: Api, batch: Bytes, left: Arc<AtomicU64>) -> Result<()> {
    let take = |left: u64| left.checked_sub(1);
    while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok() {
        while !api.post_batch(APP, batch.clone()).await? {
            tokio::time::sleep(PAUSE_AFTER_REFUSAL).await;
        }
    }
    Ok(())
}

/// The dead endpoint's figures once they name everything that was accepted, and how long one reading took.
async fn waiting(api: &mut Api, expected: u64) -> Result<(EndpointStats, f64)> {
    let began_at_ns = clock::now_ns();
    loop {
        let asked_at_ns = clock::now_ns();
        let stats = api.stats(APP, DEAD).await?;
        let taken_ms = clock::seconds_between(asked_at_ns, clock::now_ns()) * 1e3;
        let waiting = stats.pending + stats.sending + stats.fail;
        if waiting >= expected {
            return Ok((stats, taken_ms));
        }
        if clock::seconds_between(began_at_ns, clock::now_ns()) > LONGEST_COUNT.as_secs_f64() {
            return Err(BenchError::NotFilled { waiting, expected });
        }
        tokio::time::sleep(SAMPLE_EVERY).await;
    }
}

impl Filling {
    fn figures(&self, stats: EndpointStats, stats_ms: f64) -> Vec<Figure> {
        vec![
            Figure::new("deliveries that wait (by stats)", "", (stats.pending + stats.sending) as f64),
            Figure::new("of them used up already", "", stats.fail as f64),
            Figure::new("accepted in batches", "/s", self.accepted as f64 / self.seconds),
            Figure::new("reading the stats of that endpoint", "ms", stats_ms),
        ]
    }
}

fn memory_figures(server: &ServerProcess, filling: &Filling) -> Result<Vec<Figure>> {
    let memory = server.memory()?;
    let (database, log) = server.database_bytes();
    Ok(vec![
        Figure::new("memory of the server", "MiB", memory.now as f64 / MIB).at_most(150.0, 150.0),
        Figure::new("memory of the server, peak", "MiB", memory.peak as f64 / MIB).at_most(150.0, 150.0),
        Figure::new("write-ahead log", "MiB", log as f64 / MIB),
        Figure::new("write-ahead log, peak", "MiB", filling.peak_log_bytes.max(log) as f64 / MIB),
        Figure::new("database", "MiB", database as f64 / MIB),
    ])
}

fn latency_figures(before: &Measured, beside: &Measured) -> Vec<Figure> {
    let (alone, waiting) = (&before.steady.arrival, &beside.steady.arrival);
    vec![
        Figure::new("healthy before: post → arrival, p50", "ms", alone.p50_ms()),
        Figure::new("healthy before: post → arrival, p99", "ms", alone.p99_ms()),
        Figure::new("healthy beside: post → arrival, p50", "ms", waiting.p50_ms()),
        Figure::new("healthy beside: post → arrival, p99", "ms", waiting.p99_ms()),
        Figure::new("p50 to before", "×", waiting.p50_ms() / alone.p50_ms()).at_most(1.3, 1.05),
        Figure::new("p99 to before", "×", waiting.p99_ms() / alone.p99_ms()),
        Figure::new("CPU of the server before", "% of a core", before.cpu_share * 100.0),
        Figure::new("CPU of the server beside", "% of a core", beside.cpu_share * 100.0),
        Figure::new("answered 429 or 503", "", (before.steady.refused + beside.steady.refused) as f64),
    ]
}
