//! Rate limits of endpoints and apps under load: bursts, receivers that are slow, fail or say 429, and kills. Over
//! all that, no ten seconds hold more than 2 % over the limit; nothing is dropped; and a lane says what it waits for.

use std::sync::Arc;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use wirepost_engine::EngineSettings;
use wirepost_model::delivery::DeliveryStatus;
use wirepost_model::ids::{AppId, EndpointId};
use wirepost_model::lane::Waiting;
use wirepost_model::timestamp::Timestamp;

use crate::clock::{NOON, pass};
use crate::receiver::{Character, Plan};
use crate::world::{Beginning, World, url_of};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3_600);

/// Limits in messages per second.
#[derive(Debug, Clone, Copy)]
struct Limits {
    endpoint: Option<u32>,
    app: Option<u32>,
}

/// Most beginnings in any ten seconds [t, t + 10 s): ten times the limit and 2 %, rounded down.
fn most_in_ten_seconds(limit: u32) -> usize {
    limit as usize * 1_020 / 100
}

fn assert_within(limit: Option<u32>, mut began: Vec<Timestamp>, told: &str) {
    let Some(limit) = limit else { return };
    began.sort();
    let mut first = 0;
    for (last, at) in began.iter().enumerate() {
        while began[first].plus(10 * SECOND) <= *at {
            first += 1;
        }
        let count = last - first + 1;
        assert!(count <= most_in_ten_seconds(limit), "{told}: {count} in ten seconds at {limit}/s");
    }
}

/// An app with two endpoints, how they answer, and what was sent in all lives.
struct Story {
    seed: u64,
    rng: StdRng,
    limits: Limits,
    endpoints: Vec<EndpointId>,
    app: Option<AppId>,
    began: Vec<(EndpointId, Timestamp)>,
    accepted: usize,
}

impl Story {
    fn new(seed: u64, limits: Limits) -> Self {
        let rng = StdRng::seed_from_u64(seed);
        Self { seed, rng, limits, endpoints: Vec::new(), app: None, began: Vec::new(), accepted: 0 }
    }

    /// Tells it in some lives; all but the last end with a kill.
    fn tell(mut self) {
        let disk = Arc::default();
        let ids = Beginning::default().ids;
        let mut now = NOON;
        let lives = self.rng.random_range(1..4);
        for life in 1..=lives {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
            let runtime = runtime.expect("a runtime without sockets always starts");
            now = runtime.block_on(async {
                let (disk, ids) = (Arc::clone(&disk), ids.clone());
                let beginning = Beginning { disk, ids, now, seed: self.seed, ..Beginning::default() };
                let world = World::begin(beginning, EngineSettings::default()).await;
                self.live(&world, life == lives).await;
                world.clock.shows()
            });
            now = now.plus(Duration::from_millis(self.rng.random_range(0..3_000)));
        }
        let told = format!("seed {} {:?}", self.seed, self.limits);
        for endpoint in &self.endpoints {
            let of_endpoint = self.began.iter().filter(|(of, _)| of == endpoint);
            assert_within(self.limits.endpoint, of_endpoint.map(|(_, at)| *at).collect(), &told);
        }
        assert_within(self.limits.app, self.began.iter().map(|(_, at)| *at).collect(), &told);
    }

    async fn live(&mut self, world: &World, is_last: bool) {
        if self.endpoints.is_empty() {
            let app = world.app(self.limits.app).await;
            self.app = Some(app);
            for _ in 0..2 {
                let healthy = Character::always(Plan::answer(200));
                self.endpoints.push(world.endpoint_at_rate(app, healthy, self.limits.endpoint).await);
            }
        }
        for endpoint in &self.endpoints {
            world.receivers.set(&url_of(*endpoint), character(&mut self.rng));
        }
        let app = self.app.expect("it was made");
        let rate = self.limits.endpoint.into_iter().chain(self.limits.app).min().expect("one is set");
        for _ in 0..self.rng.random_range(2..7) {
            let burst = self.rng.random_range(1..=rate as usize * 2);
            world.accept_many(app, &self.endpoints, burst).await;
            self.accepted += burst * self.endpoints.len();
            pass(Duration::from_millis(self.rng.random_range(1..5_000))).await;
        }
        if is_last {
            self.end_well(world).await;
        }
        for endpoint in &self.endpoints {
            let requests = world.requests(*endpoint).into_iter();
            self.began.extend(requests.map(|request| (*endpoint, request.began_at)));
        }
    }

    async fn end_well(&self, world: &World) {
        assert!(world.settle(48 * HOUR).await, "seed {}", self.seed);
        let ended =
            |status| self.endpoints.iter().map(|endpoint| world.count(*endpoint, status)).sum::<usize>();
        let (delivered, failed) = (ended(DeliveryStatus::Delivered), ended(DeliveryStatus::Failed));
        assert_eq!(delivered + failed, self.accepted, "seed {}: nothing is dropped", self.seed);
        assert!(failed * 100 <= self.accepted, "seed {}: {failed} of {}", self.seed, self.accepted);
    }
}

fn character(rng: &mut StdRng) -> Character {
    let number = rng.random_range(2..40);
    let odd = match rng.random_range(0..4) {
        0 => Plan::answer(429),
        1 => Plan::answer(429).retry_after("2"),
        2 => Plan::answer(500),
        _ => Plan::answer(200).after(SECOND),
    };
    let slow = Duration::from_millis(rng.random_range(0..30));
    let plans = (0..20_000).map(move |place| {
        let plan = if place % number == 0 && place < 2_000 { odd.clone() } else { Plan::answer(200) };
        Plan { after: plan.after + slow, ..plan }
    });
    Character::script(plans)
}

/// Every limit alone as an endpoint's and as an app's, and both together.
fn stories() -> Vec<(Limits, u64)> {
    let mut stories = Vec::new();
    for (rate, seeds) in [(1, 20), (10, 16), (200, 4), (1_000, 1)] {
        let both = [None, Some(rate), Some(rate * 3 / 2 + 1)];
        let mut limits = vec![Limits { endpoint: Some(rate), app: None }];
        limits.extend(both[1..].iter().map(|app| Limits { endpoint: Some(rate), app: *app }));
        limits.push(Limits { endpoint: None, app: Some(rate) });
        stories.extend(limits.into_iter().map(|limits| (limits, seeds)));
    }
    stories
}

#[test]
fn no_ten_seconds_hold_more_than_two_percent_over_the_limit() {
    std::thread::scope(|threads| {
        for half in 0..2 {
            threads.spawn(move || {
                for (limits, seeds) in stories() {
                    (0..seeds)
                        .filter(|seed| seed % 2 == half)
                        .for_each(|seed| Story::new(seed, limits).tell());
                }
            });
        }
    });
}

#[tokio::test(start_paused = true)]
async fn a_steady_load_gets_its_rate_and_whoever_waits_says_why() {
    for rate in [1, 10, 200, 1_000] {
        for of_app in [false, true] {
            let world = World::with(EngineSettings::default()).await;
            let app = world.app(of_app.then_some(rate)).await;
            let healthy = Character::always(Plan::answer(200).after(Duration::from_millis(2)));
            let endpoint = world.endpoint_at_rate(app, healthy, (!of_app).then_some(rate)).await;
            world.accept_many(app, &[endpoint], rate as usize * 40).await;
            pass(20 * SECOND).await;
            let view = world.engine.lanes().view(endpoint).expect("much waits");
            let now = world.clock.shows();
            let until = match view.waiting {
                Some(Waiting::RateLimit(at)) if !of_app => at,
                Some(Waiting::AppRateLimit(at)) if of_app => at,
                other => panic!("{rate}/s of the app {of_app}: {other:?}"),
            };
            assert!(until >= now && until.since(now) <= SECOND, "{until:?} at {now:?}");
            assert_eq!(view.throttled, None, "its answers are good");
            let sent = world.requests(endpoint).len();
            assert!(sent >= rate as usize * 19, "{rate}/s: {sent} in 20 s");
            assert_within(
                Some(rate),
                world.requests(endpoint).iter().map(|one| one.began_at).collect(),
                "steady",
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_says_too_many_gets_what_it_takes_and_people_see_since_when() {
    let world = World::with(EngineSettings::default()).await;
    let app = world.app(None).await;
    let endpoint =
        world.endpoint(app, Character::always(Plan::answer(429).after(Duration::from_millis(5)))).await;
    world.accept_many(app, &[endpoint], 2_000).await;
    pass(SECOND / 2).await;
    let lanes = world.engine.lanes();
    let view = lanes.view(endpoint).expect("much waits");
    let throttled = view.throttled.expect("it was asked to slow down");
    assert!(throttled.since.since(NOON) < SECOND / 10, "{throttled:?}");
    assert_eq!(view.in_flight_limit, 1);
    assert!(throttled.spacing >= SECOND / 10, "{throttled:?}");
    assert!(world.requests(endpoint).len() < 20);
    pass(20 * SECOND).await;
    let asked = world.requests(endpoint).len();
    assert!((10..40).contains(&asked), "{asked}: once in two seconds it is asked whether it takes more");
    world
        .receivers
        .set(&url_of(endpoint), Character::always(Plan::answer(200).after(Duration::from_millis(5))));
    pass(60 * SECOND).await;
    let view = lanes.view(endpoint).unwrap_or_default();
    assert_eq!(view.throttled, None, "{view:?}");
    assert!(world.count(endpoint, DeliveryStatus::Delivered) > 1_900);
}
