//! Endpoint and app limits of 1, 10, 200 and 1,000 messages a second, all on one server and all with more waiting
//! than may go: whether any ten seconds hold more than 2 % over a limit, how much of it is used, and whether
//! anything is lost by waiting.
//!
//! A limit is judged by the moments at which attempts began, to the millisecond, as the API tells their `timestamp`:
//! floor(10 × limit × 1.02) of them in any ten seconds. Arrivals at the sink are shown beside: the ways there are not
//! all as long, and at 1/s a single early one is 10 %. That the API tells of every request is checked by number.

use std::ops::Range;
use std::time::Duration;

use super::Round;
use super::limited_app::{Drained, LimitedApp, Place};
use crate::api::Api;
use crate::clock;
use crate::error::Result;
use crate::figure::Figure;
use crate::pacing::Pacing;
use crate::report;
use crate::server_process::ServerProcess;
use crate::workbench::Workbench;

const LIMITS: [u32; 4] = [1, 10, 200, 1_000];
/// What was refused is soon tried again.
const RETRY_SCHEDULE: &str = "0s,1s,1s,1s,1s,1s,1s,1s";
/// What comes at once in the middle, as seconds' worth of the limit.
const BURST_S: f64 = 10.0;
const MOST_PERCENT: f64 = 102.0;

/// How long the limits hold: two and a half times as long as other loads run, so that ten seconds fit into it.
pub(crate) fn measured(bench: &Workbench) -> Duration {
    bench.duration() * 5 / 2
}

/// A backlog for every limit, a burst in the middle, then no limits any more until all has arrived.
pub(crate) async fn run(bench: &Workbench) -> Result<Round> {
    let directory = bench.fresh_directory()?;
    let server = bench.start_server_with(directory.path(), Some(RETRY_SCHEDULE)).await?;
    let mut api = Api::connect(server.address()).await?;
    let mut apps = Vec::new();
    for place in [Place::Endpoint, Place::App] {
        for limit in LIMITS {
            apps.push(LimitedApp::create(bench, &mut api, place, limit).await?);
        }
    }
    let mut held = Held { apps, began_at_ns: clock::now_ns(), explained: 0, notes: Vec::new() };
    let waited = held.hold(bench, &server, &mut api).await?;
    report::progress("no limits any more");
    for app in &held.apps {
        app.lift(&mut api).await?;
    }
    let drained = Drained::wait(&held.apps).await;
    let told = held.read_attempts(&mut api).await?;
    Ok(held.round(&told, &waited, drained))
}

/// The same time by both clocks: by what the server says, and by the sink's.
struct Waited {
    unix_ns: Range<u64>,
    end_at_ns: u64,
}

/// All limits, while they hold and after.
struct Held {
    apps: Vec<LimitedApp>,
    began_at_ns: u64,
    explained: u64,
    notes: Vec<String>,
}

impl Held {
    /// Loads, asks what the last messages wait for, loads again in the middle, and waits for the end.
    async fn hold(&mut self, bench: &Workbench, server: &ServerProcess, api: &mut Api) -> Result<Waited> {
        let measured = measured(bench);
        report::progress("loading all limits at once");
        let waits_since_ns = self.load(bench, server, measured.as_secs_f64()).await?;
        for app in &self.apps {
            for unexplained in app.unexplained(api).await? {
                self.notes.push(unexplained);
            }
        }
        self.explained = self.apps.iter().map(LimitedApp::endpoints).sum::<u64>() - self.notes.len() as u64;
        self.sleep_until(measured / 2).await;
        report::progress("loading more");
        self.load(bench, server, BURST_S).await?;
        self.sleep_until(measured).await;
        let waited = Waited { unix_ns: waits_since_ns..clock::unix_ns(), end_at_ns: clock::now_ns() };
        let ran_dry = self.apps.iter().filter(|app| app.waiting() == 0);
        self.notes.extend(ran_dry.map(|app| format!("{}: nothing waited any more at the end", app.name())));
        Ok(waited)
    }

    /// Posts so many seconds' worth to all apps at once; answers since when something waits everywhere.
    async fn load(&mut self, bench: &Workbench, server: &ServerProcess, seconds: f64) -> Result<u64> {
        let mut loads = Vec::with_capacity(self.apps.len());
        for app in &mut self.apps {
            let api = Api::connect(server.address()).await?;
            loads.push(bench.load().spawn(app.load(api, seconds)));
        }
        let mut waits_since_ns = 0;
        for load in loads {
            let first_accepted_ns = load.await.map_err(std::io::Error::other)??;
            waits_since_ns = waits_since_ns.max(first_accepted_ns);
        }
        Ok(waits_since_ns)
    }

    async fn sleep_until(&self, after: Duration) {
        let elapsed = Duration::from_nanos(clock::now_ns() - self.began_at_ns);
        tokio::time::sleep(after.saturating_sub(elapsed)).await;
    }

    async fn read_attempts(&self, api: &mut Api) -> Result<Vec<Vec<u64>>> {
        let mut told = Vec::with_capacity(self.apps.len());
        for app in &self.apps {
            told.push(app.attempts_begun_ns(api).await?);
        }
        Ok(told)
    }

    fn round(mut self, told: &[Vec<u64>], waited: &Waited, drained: Drained) -> Round {
        let mut figures = Vec::new();
        let (mut requests, mut untold) = (0, 0);
        for (app, begun_ns) in self.apps.iter().zip(told) {
            let begun = Pacing::until(waited.unix_ns.end, app.limit(), begun_ns.clone());
            let arrived = Pacing::until(waited.end_at_ns, app.limit(), app.arrivals_ns());
            figures.extend(limit_figures(&app.name(), [&begun, &arrived], waited));
            for (word, pacing) in [("began", &begun), ("arrived", &arrived)] {
                let told = |(count, ms)| format!("{}: {count} {word} within {ms:.3} ms", app.name());
                self.notes.extend(pacing.too_soon().map(told));
            }
            requests += app.requests();
            untold += app.requests().abs_diff(begun_ns.len() as u64);
        }
        let endpoints = self.apps.iter().map(LimitedApp::endpoints).sum::<u64>() as f64;
        let accepted = self.apps.iter().map(LimitedApp::accepted).sum::<u64>() as f64;
        let too_many = self.apps.iter().map(LimitedApp::too_many).sum::<u64>() as f64;
        figures.extend([
            Figure::new("accepted for an endpoint", "", accepted),
            Figure::new("requests at the sink", "", requests as f64),
            Figure::new("answered 429 by the sink", "", too_many),
            Figure::new("requests unlike the attempts that the API tells", "", untold as f64)
                .at_most(0.0, 0.0)
                .in_every_round(),
            Figure::new("endpoints", "", endpoints),
            Figure::new("of them explained by their limit", "", self.explained as f64)
                .at_least(endpoints, endpoints)
                .in_every_round(),
            Figure::new("accepted and never arrived", "", drained.missing as f64)
                .at_most(0.0, 0.0)
                .in_every_round(),
            Figure::new(
                "last arrival after the limits were lifted",
                "s",
                drained.seconds_after(waited.end_at_ns),
            ),
        ]);
        self.notes.extend(drained.shown);
        Round { figures, notes: self.notes, lost: drained.missing > 0 }
    }
}

fn limit_figures(name: &str, [begun, arrived]: [&Pacing; 2], waited: &Waited) -> [Figure; 3] {
    [
        Figure::new(format!("{name}: most begun in 10 s"), "%", begun.most_percent())
            .at_most(MOST_PERCENT, MOST_PERCENT)
            .in_every_round(),
        Figure::new(format!("{name}: most arrived in 10 s"), "%", arrived.most_percent()),
        Figure::new(
            format!("{name}: used while more waits"),
            "%",
            begun.used_percent(waited.unix_ns.clone()),
        )
        .at_least(97.0, 99.0)
        .in_every_round(),
    ]
}
