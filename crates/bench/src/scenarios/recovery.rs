//! Failed messages are recovered beside live ones on the same server: how long live messages take without the recover
//! and beside it, whether a `kill -9` in the middle loses or repeats any, and how fast the recover is.

use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::Round;
use super::crash::Repeats;
use super::steady::{Steady, SteadyFlow};
use crate::api::{self, Api, DEAD_EVENT_TYPE, EVENT_TYPE, NewEndpoint};
use crate::clock;
use crate::error::{BenchError, Result};
use crate::figure::Figure;
use crate::receiver::{Behaviour, Receiver};
use crate::report;
use crate::server_process::ServerProcess;
use crate::workbench::Workbench;

/// Live messages per second.
pub(crate) const RATE: u32 = 500;

const APP: &str = "bench";
const FAILING: &str = "failing";
const BATCH: u64 = 1_000;
/// One attempt, so that what is refused has failed.
const NO_RETRY: &str = "none";
const POLL: Duration = Duration::from_millis(50);
const LONGEST_FILLING_S: f64 = 600.0;
const LONGEST_SILENCE_S: f64 = 60.0;

/// Fills, measures without and beside, kills, measures beside again, and waits for the end.
pub(crate) async fn run(bench: &Workbench) -> Result<Round> {
    let directory = bench.fresh_directory()?;
    let server = start(bench, directory.path()).await?;
    let mut api = Api::connect(server.address()).await?;
    for name in [EVENT_TYPE, DEAD_EVENT_TYPE] {
        api.create_event_type(name).await?;
    }
    let mut live = SteadyFlow::create(bench, &server, APP, Some(EVENT_TYPE), RATE).await?;
    let failing = Failing::create(bench, &server).await?;
    failing.fill(&server, bench.arguments.failed).await?;
    report::progress("live messages alone");
    let alone = live.run(bench).await?;
    let mut recover = Recover::begin(&failing, &server).await?;
    report::progress("live messages beside the recover");
    let beside = live.run(bench).await?;
    recover.note_progress(&server).await?;
    let server = recover.kill(bench, server, directory.path()).await?;
    live.to(&server);
    report::progress("live messages beside the recover after a kill");
    let after_kill = live.run(bench).await?;
    recover.note_progress(&server).await?;
    let missing = failing.wait_for_all(bench.arguments.failed).await;
    recover.wait_for_its_end(&server).await?;
    Ok(round(&recover, &missing, [&alone, &beside, &after_kill]))
}

async fn start(bench: &Workbench, directory: &Path) -> Result<ServerProcess> {
    bench.start_server_with(directory, Some(NO_RETRY)).await
}

/// The endpoint that refuses everything until it is opened.
struct Failing {
    receiver: Arc<Receiver>,
    made_at: String,
}

impl Failing {
    async fn create(bench: &Workbench, server: &ServerProcess) -> Result<Self> {
        let receiver = bench.sink.add_receiver(Behaviour::RefuseUntilOpened);
        let mut api = Api::connect(server.address()).await?;
        let event_type = Some(DEAD_EVENT_TYPE);
        api.create_endpoint(NewEndpoint { app: APP, uid: FAILING, url: receiver.url(), event_type }).await?;
        let made_at = api.made_at(APP, FAILING).await?;
        Ok(Self { receiver, made_at })
    }

    /// Posts so many messages, waits until all have failed, and opens the endpoint.
    async fn fill(&self, server: &ServerProcess, count: u64) -> Result<()> {
        let mut api = Api::connect(server.address()).await?;
        report::progress(&format!("letting {count} messages fail"));
        for batch in batches(count) {
            let body = api::numbered_batch(DEAD_EVENT_TYPE, batch);
            while !api.post_batch(APP, body.clone()).await? {
                tokio::time::sleep(POLL).await;
            }
        }
        let began_at_ns = clock::now_ns();
        loop {
            let stats = api.stats(APP, FAILING).await?;
            if stats.fail >= count {
                break;
            }
            if clock::seconds_between(began_at_ns, clock::now_ns()) > LONGEST_FILLING_S {
                return Err(BenchError::NotFilled { waiting: stats.fail, expected: count });
            }
            tokio::time::sleep(POLL).await;
        }
        self.receiver.open();
        Ok(())
    }

    /// Waits until every message has had a 2xx; returns those that have none after a long silence.
    async fn wait_for_all(&self, count: u64) -> Vec<u64> {
        let (mut delivered, mut changed_at_ns) = (0, clock::now_ns());
        loop {
            {
                let record = self.receiver.record();
                if record.delivered > delivered {
                    (delivered, changed_at_ns) = (record.delivered, clock::now_ns());
                }
                let silence_s = clock::seconds_between(changed_at_ns, clock::now_ns());
                if delivered >= count || silence_s > LONGEST_SILENCE_S {
                    return (0..count).filter(|number| !record.has_delivered(*number)).collect();
                }
            }
            tokio::time::sleep(POLL).await;
        }
    }
}

fn batches(count: u64) -> impl Iterator<Item = Range<u64>> {
    (0..count).step_by(BATCH as usize).map(move |first| first..(first + BATCH).min(count))
}

/// The recover, through a kill.
struct Recover<'a> {
    failing: &'a Failing,
    task: String,
    began_at_ns: u64,
    ended_at_ns: u64,
    killed_at_ns: HashMap<u16, u64>,
    /// Messages that the task had sent at the end of each load beside it.
    sent: Vec<u64>,
    /// Whether it was still running then: only then was anything measured beside it.
    ran_all_the_time: bool,
}

impl<'a> Recover<'a> {
    async fn begin(failing: &'a Failing, server: &ServerProcess) -> Result<Self> {
        let mut api = Api::connect(server.address()).await?;
        let task = api.recover(APP, FAILING, &failing.made_at).await?;
        let began_at_ns = clock::now_ns();
        Ok(Self {
            failing,
            task,
            began_at_ns,
            ended_at_ns: began_at_ns,
            killed_at_ns: HashMap::new(),
            sent: Vec::new(),
            ran_all_the_time: true,
        })
    }

    async fn note_progress(&mut self, server: &ServerProcess) -> Result<()> {
        let task = Api::connect(server.address()).await?.task(&self.task).await?;
        self.sent.push(task.data.messages_sent);
        self.ran_all_the_time &= task.status == "running";
        Ok(())
    }

    /// `kill -9`, and the server again on the same database.
    async fn kill(
        &mut self,
        bench: &Workbench,
        server: ServerProcess,
        directory: &Path,
    ) -> Result<ServerProcess> {
        // Which life the sink is in is known only when the next one begins.
        let killed_at_ns = clock::now_ns();
        server.kill();
        let next = bench.sink.begin_next_life();
        self.killed_at_ns.insert(next - 1, killed_at_ns);
        start(bench, directory).await
    }

    async fn wait_for_its_end(&mut self, server: &ServerProcess) -> Result<()> {
        let mut api = Api::connect(server.address()).await?;
        while api.task(&self.task).await?.status == "running" {
            tokio::time::sleep(POLL).await;
        }
        self.ended_at_ns = self.failing.receiver.record().last_at_ns;
        Ok(())
    }
}

fn round(recover: &Recover<'_>, missing: &[u64], live: [&Steady; 3]) -> Round {
    let record = recover.failing.receiver.record();
    let repeats = Repeats::sort(&record.repeats, &recover.killed_at_ns);
    let seconds = clock::seconds_between(recover.began_at_ns, recover.ended_at_ns);
    let mut figures = live_figures(live);
    figures.extend([
        Figure::new("recovered and delivered", "/s", record.delivered as f64 / seconds),
        Figure::new("failed and never arrived", "", missing.len() as f64).at_most(0.0, 0.0),
        Figure::new("arrived again after a 2xx", "", record.repeats.len() as f64),
        Figure::new("of them in flight at the kill", "", repeats.in_flight as f64),
        Figure::new("of them not explained by the kill", "", repeats.unexplained as f64).at_most(0.0, 0.0),
    ]);
    let mut notes: Vec<String> =
        recover.sent.iter().map(|sent| format!("{sent} were sent again when a load ended")).collect();
    if !recover.ran_all_the_time {
        notes.push("the recover ended before the loads beside it did: ask for more with --failed".to_owned());
    }
    Round { figures, notes, lost: !missing.is_empty() }
}

fn live_figures([alone, beside, after_kill]: [&Steady; 3]) -> Vec<Figure> {
    let ratio = |steady: &Steady| steady.arrival.p99_ms() / alone.arrival.p99_ms();
    vec![
        Figure::new("live without: post → arrival, p50", "ms", alone.arrival.p50_ms()),
        Figure::new("live without: post → arrival, p99", "ms", alone.arrival.p99_ms()),
        Figure::new("live beside: post → arrival, p50", "ms", beside.arrival.p50_ms()),
        Figure::new("live beside: post → arrival, p99", "ms", beside.arrival.p99_ms()),
        Figure::new("live beside after the kill, p99", "ms", after_kill.arrival.p99_ms()),
        Figure::new("p99 beside to without", "×", ratio(beside)).at_most(2.0, 1.2),
        Figure::new("p99 after the kill to without", "×", ratio(after_kill)).at_most(2.0, 1.2),
        Figure::new("answered 429 or 503", "", (alone.refused + beside.refused + after_kill.refused) as f64),
    ]
}
