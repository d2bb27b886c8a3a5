//! `kill -9` at random moments under full load, with one of five answers failing. Everything that was
//! answered 202 must arrive; what arrives twice must have been in flight at a kill.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use super::Round;
use crate::api::{Api, NewEndpoint};
use crate::clock;
use crate::error::Result;
use crate::figure::{Figure, median};
use crate::load::ClosedLoop;
use crate::receiver::{Behaviour, Receiver, Repeat, scatter};
use crate::report;
use crate::server_process::ServerProcess;
use crate::workbench::{self, Workbench};

const APP: &str = "bench";
/// Failures drain within seconds, so that a lost message is soon known from a late one.
const RETRY_SCHEDULE: &str = "0s,1s,1s,1s,1s,1s,1s,1s";
const SHORTEST_LIFE_MS: u64 = 300;
const LONGEST_LIFE_MS: u64 = 2_000;
const LONGEST_FIRST_ARRIVAL: Duration = Duration::from_secs(15);
const LONGEST_SOCKET_END: Duration = Duration::from_secs(5);
const LONGEST_SILENCE: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(2);
const DRAIN_POLL: Duration = Duration::from_millis(50);
/// A 2xx this long before a kill may still wait to be recorded: an attempt in flight, seen from outside.
const IN_FLIGHT_NS: u64 = 1_000_000_000;
const LOST_SHOWN: usize = 10;

/// Kills, restarts, and counts at the end.
pub(crate) async fn run(bench: &Workbench) -> Result<Round> {
    let directory = bench.fresh_directory()?;
    let mut crash = Crash::new(bench);
    let mut server = start(bench, directory.path()).await?;
    crash.create_endpoint(&server).await?;
    for kill in 1..=bench.arguments.kills {
        crash.live_and_die(server, kill).await?;
        server = start(bench, directory.path()).await?;
        crash.note_restart(&server).await;
    }
    let lost = crash.wait_until_drained().await;
    Ok(crash.round(&lost))
}

async fn start(bench: &Workbench, directory: &Path) -> Result<ServerProcess> {
    bench.start_server_with(directory, Some(RETRY_SCHEDULE)).await
}

struct Crash<'a> {
    bench: &'a Workbench,
    receiver: Arc<Receiver>,
    sequence: Arc<AtomicU64>,
    life: u16,
    accepted: Vec<u64>,
    killed_at_ns: HashMap<u16, u64>,
    healthy_ms: Vec<f64>,
    sending_ms: Vec<f64>,
}

impl<'a> Crash<'a> {
    fn new(bench: &'a Workbench) -> Self {
        let receiver = bench.sink.add_receiver(Behaviour::FailOneInFive { seed: bench.arguments.seed });
        Self {
            bench,
            receiver,
            sequence: Arc::new(AtomicU64::new(0)),
            life: bench.sink.begin_next_life(),
            accepted: Vec::new(),
            killed_at_ns: HashMap::new(),
            healthy_ms: Vec::new(),
            sending_ms: Vec::new(),
        }
    }

    async fn create_endpoint(&self, server: &ServerProcess) -> Result<()> {
        let mut api = Api::connect(server.address()).await?;
        api.create_app(APP).await?;
        let endpoint = NewEndpoint { app: APP, uid: "failing", url: self.receiver.url(), event_type: None };
        api.create_endpoint(endpoint).await
    }

    /// Full load until a moment that the seed decides, then `kill -9`.
    async fn live_and_die(&mut self, server: ServerProcess, kill: u32) -> Result<()> {
        let mut target = workbench::messages_to(&server, APP);
        target.sequence = Arc::clone(&self.sequence);
        let load = ClosedLoop::start(self.bench.load(), &target);
        let life_ms = life_ms(self.bench.arguments.seed, kill);
        report::progress(&format!("kill {kill} after {life_ms} ms"));
        tokio::time::sleep(Duration::from_millis(life_ms)).await;
        self.killed_at_ns.insert(self.life, clock::now_ns());
        server.kill();
        // The workers end by their broken connections, which is what was asked for.
        self.accepted.extend(load.finish().await.accepted);
        self.wait_until_sockets_end().await;
        self.life = self.bench.sink.begin_next_life();
        Ok(())
    }

    /// What the killed server had written before it died still belongs to its life.
    async fn wait_until_sockets_end(&self) {
        let all_closed = async {
            while self.bench.sink.open_connections() > 0 {
                tokio::time::sleep(POLL).await;
            }
        };
        if tokio::time::timeout(LONGEST_SOCKET_END, all_closed).await.is_err() {
            report::progress("some connections of the killed server are still open at the sink");
        }
    }

    /// Notes how soon a restarted server was healthy and sent again, while nothing is posted to it.
    async fn note_restart(&mut self, server: &ServerProcess) {
        self.healthy_ms.push(server.healthy_after().as_secs_f64() * 1e3);
        let life = self.life;
        let first_arrival = async {
            loop {
                if let Some((latest, at_ns)) = self.receiver.record().first_of_life
                    && latest == life
                {
                    return at_ns;
                }
                tokio::time::sleep(POLL).await;
            }
        };
        if !self.receiver_lacks_something() {
            return;
        }
        let bound_ms = LONGEST_FIRST_ARRIVAL.as_secs_f64() * 1e3;
        let sending_ms = tokio::time::timeout(LONGEST_FIRST_ARRIVAL, first_arrival)
            .await
            .map_or(bound_ms, |at_ns| clock::seconds_between(server.started_at_ns(), at_ns) * 1e3);
        self.sending_ms.push(sending_ms);
    }

    fn receiver_lacks_something(&self) -> bool {
        let record = self.receiver.record();
        self.accepted.iter().any(|sequence| !record.has_delivered(*sequence))
    }

    /// Waits until every accepted message has had a 2xx; returns those that have none after a long silence.
    async fn wait_until_drained(&self) -> Vec<u64> {
        let mut missing = self.accepted.clone();
        let (mut requests, mut changed_at_ns) = (0, clock::now_ns());
        loop {
            {
                let record = self.receiver.record();
                missing.retain(|sequence| !record.has_delivered(*sequence));
                if record.requests > requests {
                    (requests, changed_at_ns) = (record.requests, clock::now_ns());
                }
            }
            let silence = Duration::from_nanos(clock::now_ns() - changed_at_ns);
            if missing.is_empty() || silence > LONGEST_SILENCE {
                return missing;
            }
            tokio::time::sleep(DRAIN_POLL).await;
        }
    }

    fn round(&self, lost: &[u64]) -> Round {
        let record = self.receiver.record();
        let repeats = Repeats::sort(&record.repeats, &self.killed_at_ns);
        let unanswered = record.delivered + lost.len() as u64 - self.accepted.len() as u64;
        let figures = vec![
            Figure::new("accepted (answered 202)", "", self.accepted.len() as f64),
            Figure::new("accepted and never arrived", "", lost.len() as f64).at_most(0.0, 0.0),
            Figure::new("arrived though the 202 was cut off by the kill", "", unanswered as f64),
            Figure::new("requests at the receiver", "", record.requests as f64),
            Figure::new("arrived again after a 2xx", "", record.repeats.len() as f64),
            Figure::new("of them in flight at a kill", "", repeats.in_flight as f64),
            Figure::new("of them not explained by a kill", "", repeats.unexplained as f64).at_most(0.0, 0.0),
            Figure::new("longest from a repeated 2xx to the kill", "ms", repeats.longest_before_kill_ms),
            Figure::new("came again under another webhook-id", "", record.changed_ids as f64)
                .at_most(0.0, 0.0),
            Figure::new("healthy after the restart, median", "ms", median(&self.healthy_ms))
                .at_most(150.0, 50.0),
            Figure::new("healthy after the restart, longest", "ms", longest(&self.healthy_ms)),
            Figure::new("sending after the restart, median", "ms", median(&self.sending_ms))
                .at_most(2e3, 500.0),
            Figure::new("sending after the restart, longest", "ms", longest(&self.sending_ms))
                .at_most(2e3, 500.0),
        ];
        let notes =
            lost.iter().take(LOST_SHOWN).map(|sequence| format!("lost: message {sequence}")).collect();
        Round { figures, notes, lost: !lost.is_empty() }
    }
}

/// Repeats by their cause.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Repeats {
    pub(super) in_flight: u64,
    pub(super) unexplained: u64,
    longest_before_kill_ms: f64,
}

impl Repeats {
    pub(super) fn sort(repeats: &[Repeat], killed_at_ns: &HashMap<u16, u64>) -> Self {
        let mut sorted = Self::default();
        for repeat in repeats {
            let kill = killed_at_ns.get(&repeat.first_life).filter(|_| repeat.again_life > repeat.first_life);
            let before_kill_ns = kill.map(|kill| kill.saturating_sub(repeat.first_at_ns));
            match before_kill_ns {
                Some(before_ns) if before_ns <= IN_FLIGHT_NS => sorted.in_flight += 1,
                _ => sorted.unexplained += 1,
            }
            let before_ms = before_kill_ns.unwrap_or_default() as f64 / 1e6;
            sorted.longest_before_kill_ms = sorted.longest_before_kill_ms.max(before_ms);
        }
        sorted
    }
}

fn life_ms(seed: u64, kill: u32) -> u64 {
    SHORTEST_LIFE_MS + scatter(seed ^ (u64::from(kill) << 32)) % (LONGEST_LIFE_MS - SHORTEST_LIFE_MS)
}

fn longest(values: &[f64]) -> f64 {
    values.iter().copied().fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::{LONGEST_LIFE_MS, Repeat, Repeats, SHORTEST_LIFE_MS, life_ms};

    #[test]
    fn a_repeat_is_explained_only_by_a_kill_soon_after_its_first_success() {
        let killed_at_ns = HashMap::from([(1, 5_000_000_000)]);
        let repeat = |first_at_ms: u64, first_life, again_life| Repeat {
            first_at_ns: first_at_ms * 1_000_000,
            first_life,
            again_life,
        };
        let repeats = [
            repeat(4_998, 1, 2), // in flight
            repeat(5_001, 1, 2), // read off a socket of the dead
            repeat(1_000, 1, 2), // long recorded
            repeat(4_999, 1, 1), // twice in one life
        ];
        let sorted = Repeats::sort(&repeats, &killed_at_ns);
        assert_eq!((sorted.in_flight, sorted.unexplained), (2, 2));
        assert_eq!(sorted.longest_before_kill_ms, 4_000.0);
    }

    #[test]
    fn the_same_seed_kills_at_the_same_moments() {
        for kill in 1..100 {
            let life = life_ms(7, kill);
            assert_eq!(life, life_ms(7, kill));
            assert!((SHORTEST_LIFE_MS..LONGEST_LIFE_MS).contains(&life));
        }
        assert_ne!(life_ms(7, 1), life_ms(8, 1));
    }
}
