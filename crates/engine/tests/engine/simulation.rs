//! Thousands of small histories by chance: apps, endpoints and receivers of every kind, a store that fails or
//! hangs at any step, changes by hand, kills at any moment. Then the faults end, days pass, and all must be right.
//!
//! One seed is one history, always the same: `WIREPOST_SEED=17 cargo test -p wirepost-engine simulation`.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use wirepost_engine::EngineSettings;
use wirepost_model::id_source::IdSource;
use wirepost_model::names::Uid;
use wirepost_model::retry_schedule::RetrySchedule;
use wirepost_model::timestamp::Timestamp;

use crate::clock::{NOON, pass};
use crate::disk::Disk;
use crate::faults::Odds;
use crate::history::History;
use crate::people::People;
use crate::receiver::Character;
use crate::verdicts::{self, Loss};
use crate::world::{Beginning, World};

/// Histories in one run of the test.
const SEEDS: u64 = 1_000;
/// At the end, as long as any schedule with any `Retry-After` may take.
const SETTLED_WITHIN: Duration = Duration::from_secs(6 * 86_400);

/// What all engines of one history share.
pub(crate) struct Plot {
    pub(crate) seed: u64,
    pub(crate) settings: EngineSettings,
    pub(crate) disk: Arc<Mutex<Disk>>,
    pub(crate) ids: Arc<IdSource>,
    pub(crate) history: Arc<Mutex<History>>,
    pub(crate) characters: Arc<Mutex<BTreeMap<String, Character>>>,
}

#[test]
fn every_history_ends_well() {
    let only = std::env::var("WIREPOST_SEED").ok();
    let only = only.map(|seed| seed.parse::<u64>().expect("WIREPOST_SEED is a number"));
    let seeds = only.map_or(0..SEEDS, |seed| seed..seed + 1);
    let next = AtomicU64::new(seeds.start);
    let totals = Mutex::new(BTreeMap::<&str, u64>::new());
    std::thread::scope(|threads| {
        for _ in 0..2 {
            threads.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::SeqCst);
                    if seed >= seeds.end {
                        return;
                    }
                    let told = catch_unwind(AssertUnwindSafe(|| tell(seed)));
                    let Ok(told) = told else {
                        next.store(seeds.end, Ordering::SeqCst);
                        panic!("WIREPOST_SEED={seed} cargo test -p wirepost-engine every_history");
                    };
                    for (what, count) in told {
                        *totals.lock().entry(what).or_default() += count;
                    }
                }
            });
        }
    });
    let totals = totals.into_inner();
    println!("{totals:?}");
    if only.is_none() {
        // A simulation in which these never happen would prove nothing.
        for what in [
            "kills",
            "repeats",
            "delivered",
            "failed",
            "canceled",
            "fenced",
            "resends",
            "replays",
            "in order",
            "told",
        ] {
            assert!(totals.get(what).copied().unwrap_or(0) > 100, "{what}: {totals:?}");
        }
    }
}

/// One history; answers what happened in it.
fn tell(seed: u64) -> Vec<(&'static str, u64)> {
    let mut rng = StdRng::seed_from_u64(seed);
    let plot = Plot {
        seed,
        settings: settings(&mut rng),
        disk: Arc::default(),
        ids: Arc::new(IdSource::new(0, StdRng::seed_from_u64(seed))),
        history: Arc::default(),
        characters: Arc::default(),
    };
    let mut now = NOON;
    let mut loss = Loss::default();
    let kills = rng.random_range(0..4);
    for _ in 0..kills {
        let lasts = Duration::from_millis(rng.random_range(500..400_000));
        now = live(&plot, &mut rng, now, Some(lasts), &mut loss);
        now = now.plus(Duration::from_millis(rng.random_range(0..120_000)));
    }
    live(&plot, &mut rng, now, None, &mut loss);
    let mut told = verdicts::of_the_whole(&plot, &loss);
    told.push(("kills", kills));
    told
}

/// One engine's life, until it is killed, or to the good end. Answers when it ended.
fn live(
    plot: &Plot,
    rng: &mut StdRng,
    now: Timestamp,
    killed_after: Option<Duration>,
    loss: &mut Loss,
) -> Timestamp {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime without sockets always starts");
    let seed = rng.random();
    let odds = odds(rng, killed_after.is_some());
    let handover_batches = [1, 2, 64][rng.random_range(0..3)];
    let characters = plot.characters.lock().clone().into_iter().collect();
    let (world, ended_at) = runtime.block_on(async {
        let beginning = Beginning {
            disk: plot.disk.clone(),
            ids: plot.ids.clone(),
            now,
            odds,
            seed,
            handover_batches,
            characters,
        };
        let world = World::begin(beginning, plot.settings.clone()).await;
        let mut people = People::new(plot, &world, StdRng::seed_from_u64(seed));
        match killed_after {
            Some(lasts) => {
                // The kill comes in the middle of whatever happens.
                let _ = tokio::time::timeout(lasts, people.live_on()).await;
            }
            None => {
                people.live_a_while().await;
                world.store.faults.end();
                if rng.random_bool(0.5) {
                    people.enable_all().await;
                }
                end_well(plot, &world).await;
            }
        }
        let ended_at = world.clock.shows();
        (world, ended_at)
    });
    verdicts::of_one_life(plot, &world, loss);
    drop(world);
    drop(runtime);
    ended_at
}

/// All that was accepted ends; then nothing moves any more.
async fn end_well(plot: &Plot, world: &World) {
    let mut left = SETTLED_WITHIN;
    let step = Duration::from_secs(60);
    while !verdicts::all_ended(&world.disk.lock()) {
        assert!(!left.is_zero(), "seed {}: {}", plot.seed, verdicts::what_hangs(world));
        left = left.saturating_sub(step);
        pass(step).await;
    }
    // The last records are told, the last lanes retire.
    pass(Duration::from_secs(120)).await;
    let (operations, looks, requests) =
        (world.store.faults.operations(), world.clock.looks(), world.receivers.count());
    pass(Duration::from_secs(3_600)).await;
    // Once an hour somebody looks what waits for endpoints that are disabled.
    let operations = world.store.faults.operations() - operations;
    assert!(operations <= 1, "{operations} operations: the store is left alone when nothing is due");
    assert_eq!(world.receivers.count(), requests);
    let looks = world.clock.looks() - looks;
    assert!(looks < 2_000, "{looks} looks at the clock in an idle hour");
}

fn settings(rng: &mut StdRng) -> EngineSettings {
    let waits: &[u64] = if rng.random_bool(0.03) {
        &[0, 5, 300, 1_800, 7_200, 18_000, 36_000, 36_000]
    } else {
        &[0, 1, 5, 20, 70, 120, 240, 300]
    };
    let waits = waits.iter().copied().map(Duration::from_secs).collect();
    let in_flight_most = rng.random_range(1..12);
    EngineSettings {
        retry_schedule: RetrySchedule::try_new(waits).expect("a good schedule"),
        request_timeout: Duration::from_secs(rng.random_range(1..30)),
        sockets_most: rng.random_range(2..20),
        in_flight_most,
        lane_ready_most: [4, 60, 512][rng.random_range(0..3)],
        lane_bytes_most: [400, 4_000, 48 << 20][rng.random_range(0..3)],
        disable_after: Duration::from_secs(rng.random_range(600..100_000)),
        operational_app: Uid::parse("operations").ok().filter(|_| rng.random_bool(0.5)),
        ..EngineSettings::default()
    }
}

fn odds(rng: &mut StdRng, will_be_killed: bool) -> Odds {
    let slowest = Duration::from_millis([0, 20, 400][rng.random_range(0..3)]);
    let likely = [0.0, 0.02, 0.2][rng.random_range(0..3)];
    let hangs = if will_be_killed && rng.random_bool(0.3) { 0.01 } else { 0.0 };
    Odds { fails_before: likely, fails_after: likely / 2.0, hangs, slowest }
}
