//! Full load: 64 connections post as fast as they are answered, until everything has arrived at 1 or 10
//! endpoints. The raw limit is taken just before and just after.

use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;

use crate::api::{Api, NewEndpoint};
use crate::clock;
use crate::error::Result;
use crate::figure::Figure;
use crate::latency::Latency;
use crate::load::{ClosedLoop, LoadOutcome};
use crate::process_reading;
use crate::raw::{self, RawLimit};
use crate::receiver::{Behaviour, Receiver};
use crate::server_process::ServerProcess;
use crate::workbench::{self, Workbench};

const APP: &str = "bench";
const WARM_UP: Duration = Duration::from_secs(1);

/// One run between two measurements of the raw limit.
pub(crate) async fn run(bench: &Workbench, endpoints: usize) -> Result<Vec<Figure>> {
    let before = raw::measure(bench, bench.raw_duration()).await?;
    let run = FullLoad::take(bench, endpoints).await?;
    let after = raw::measure(bench, bench.raw_duration()).await?;
    Ok(run.figures(RawLimit::mean(before, after)))
}

struct FullLoad {
    endpoints: usize,
    outcome: LoadOutcome,
    arrival: Latency,
    seconds: f64,
    server_cpu: Duration,
    own_cpu: Duration,
}

impl FullLoad {
    async fn take(bench: &Workbench, endpoints: usize) -> Result<Self> {
        let directory = bench.fresh_directory()?;
        let server = bench.start_server(directory.path()).await?;
        let receivers = create_endpoints(bench, &server, endpoints).await?;
        let target = workbench::messages_to(&server, APP);
        let warm_up = ClosedLoop::start(bench.load(), &target).finish_after(WARM_UP).await.unbroken()?;
        let warmed = (warm_up.accepted.len() * endpoints) as u64;
        workbench::wait_for(&receivers, warmed).await?;
        take_latency(&receivers);

        let (server_before, own_before) = (server.cpu_time()?, process_reading::own_cpu_time()?);
        let load = ClosedLoop::start(bench.load(), &target);
        let outcome = load.finish_after(bench.duration()).await.unbroken()?;
        let expected = warmed + (outcome.accepted.len() * endpoints) as u64;
        workbench::wait_for(&receivers, expected).await?;
        let last_at_ns =
            receivers.iter().map(|receiver| receiver.record().last_at_ns).max().unwrap_or_default();
        Ok(Self {
            endpoints,
            arrival: take_latency(&receivers),
            seconds: clock::seconds_between(outcome.began_at_ns, last_at_ns),
            server_cpu: server.cpu_time()? - server_before,
            own_cpu: process_reading::own_cpu_time()? - own_before,
            outcome,
        })
    }

    fn figures(&self, raw: RawLimit) -> Vec<Figure> {
        let deliveries = (self.outcome.accepted.len() * self.endpoints) as f64;
        let rate = deliveries / self.seconds;
        let server_cpu_us = self.server_cpu.as_secs_f64() * 1e6 / deliveries;
        let own_cpu_us = self.own_cpu.as_secs_f64() * 1e6 / deliveries;
        let norm = self.server_cpu.as_secs_f64() / self.own_cpu.as_secs_f64();
        let (mut rate_of_raw, mut server_cpu) = (
            Figure::new("of the raw limit", "", rate / raw.rate),
            Figure::new("CPU of the server per delivery", "µs", server_cpu_us),
        );
        let mut norm = Figure::new("norm: CPU of server ÷ load and sink", "", norm);
        let mut arrival_p99 = Figure::new("post → arrival, p99", "ms", self.arrival.p99_ms());
        if self.endpoints == 1 {
            rate_of_raw = rate_of_raw.at_least(0.20, 0.30);
            server_cpu = server_cpu.at_most(70.0, 45.0);
            norm = norm.at_most(2.3, 1.7);
            arrival_p99 = arrival_p99.at_most(25.0, 10.0);
        } else {
            rate_of_raw = rate_of_raw.at_least(0.35, 0.50);
        }
        vec![
            Figure::new("deliveries, end to end", "/s", rate),
            Figure::new("raw limit of the same run", "/s", raw.rate),
            rate_of_raw,
            server_cpu,
            Figure::new("CPU of load and sink per delivery", "µs", own_cpu_us),
            Figure::new("CPU of raw client and sink per message", "µs", raw.client_cpu_us + raw.sink_cpu_us),
            norm,
            Figure::new("post → 202, p50", "ms", self.outcome.accept_latency.p50_ms()),
            Figure::new("post → 202, p99", "ms", self.outcome.accept_latency.p99_ms()),
            Figure::new("post → arrival, p50", "ms", self.arrival.p50_ms()),
            arrival_p99,
            Figure::new("answered 429 or 503", "", self.outcome.refused as f64),
        ]
    }
}

async fn create_endpoints(
    bench: &Workbench,
    server: &ServerProcess,
    count: usize,
) -> Result<Vec<Arc<Receiver>>> {
    let mut api = Api::connect(server.address()).await?;
    api.create_app(APP).await?;
    let mut receivers = Vec::with_capacity(count);
    for number in 0..count {
        let receiver = bench.sink.add_receiver(Behaviour::Answer(StatusCode::OK));
        let uid = format!("endpoint-{number}");
        let endpoint = NewEndpoint { app: APP, uid: &uid, url: receiver.url(), event_type: None };
        api.create_endpoint(endpoint).await?;
        receivers.push(receiver);
    }
    Ok(receivers)
}

fn take_latency(receivers: &[Arc<Receiver>]) -> Latency {
    let mut all = Latency::new();
    receivers.iter().for_each(|receiver| all.merge(&receiver.record().take_latency()));
    all
}
