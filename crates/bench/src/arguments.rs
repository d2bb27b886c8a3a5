//! What can be asked of the benchmark on its command line.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

/// Measures the release binary `wirepost` from outside, beside what the machine could do without it.
#[derive(Debug, Parser)]
#[command(name = "bench")]
pub(crate) struct Arguments {
    /// What to measure, separated by commas.
    #[arg(long, value_delimiter = ',', default_value = "all")]
    pub(crate) scenario: Vec<Scenario>,
    /// How long each load runs, in seconds.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub(crate) seconds: u64,
    /// How often each scenario runs; medians are printed.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) rounds: u32,
    /// How many deliveries wait for the dead endpoint in scenario e.
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) waiting: u64,
    /// How the endpoint of scenario e is dead.
    #[arg(long, value_enum, default_value_t = Death::Refused)]
    pub(crate) death: Death,
    /// How many contents have expired in scenario r.
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) expired: u64,
    /// How many messages, each with ten attempts, are in the store in scenario p.
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1_000..))]
    pub(crate) messages: u64,
    /// How often the server is killed in scenario f.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub(crate) kills: u32,
    /// How many failed messages are recovered in scenario g.
    #[arg(long, default_value_t = 200_000, value_parser = clap::value_parser!(u64).range(10_000..))]
    pub(crate) failed: u64,
    /// Decides the moments of the kills and which answers fail.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// The binary to measure.
    #[arg(long, default_value = "target/release/wirepost")]
    pub(crate) server: PathBuf,
    /// Where databases are made; a disk in memory would flatter every figure.
    #[arg(long, default_value_os_t = std::env::temp_dir())]
    pub(crate) directory: PathBuf,
    /// Writes every figure of every round to this file.
    #[arg(long)]
    pub(crate) json: Option<PathBuf>,
}

impl Arguments {
    /// The scenarios to run, in their order and each once.
    pub(crate) fn scenarios(&self) -> Vec<Scenario> {
        let asked = |scenario: &Scenario| {
            self.scenario.contains(scenario)
                || (*scenario != Scenario::Raw && self.scenario.contains(&Scenario::All))
        };
        Scenario::value_variants().iter().copied().filter(|one| *one != Scenario::All && asked(one)).collect()
    }
}

/// One thing to measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Scenario {
    /// Every scenario below but `raw`, which the others contain.
    All,
    /// The raw limit alone; needs no server.
    Raw,
    /// Start and memory at rest.
    Idle,
    /// One endpoint at full load.
    A,
    /// Ten endpoints at full load.
    B,
    /// Latency at 200 messages a second.
    C,
    /// A healthy endpoint beside a hanging one.
    D,
    /// A healthy endpoint beside a dead one for which a million deliveries wait.
    E,
    /// `kill -9` under load.
    F,
    /// 200,000 failed messages recovered beside 500 live messages a second.
    G,
    /// Rate limits of endpoints and apps, used to the full all at once.
    H,
    /// Every page with a million messages in the store.
    P,
    /// A million expired contents removed beside 1,000 messages a second.
    R,
}

/// How an endpoint can be dead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Death {
    /// Nothing listens there.
    Refused,
    /// It takes every request and never answers in time.
    Hanging,
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::{Arguments, Scenario};

    #[test]
    fn all_means_everything_but_the_raw_limit_alone() {
        let arguments = Arguments::parse_from(["bench"]);
        assert_eq!(arguments.scenarios().len(), 11);
        assert!(!arguments.scenarios().contains(&Scenario::Raw));
    }

    #[test]
    fn scenarios_run_in_their_order_and_once() {
        let arguments = Arguments::parse_from(["bench", "--scenario", "f,a,f"]);
        assert_eq!(arguments.scenarios(), [Scenario::A, Scenario::F]);
    }
}
