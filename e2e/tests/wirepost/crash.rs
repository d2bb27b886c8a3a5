//! `kill -9` under load, again and again: what was answered with 202 is delivered, and only what was under way is
//! delivered twice.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;
use wirepost_e2e::answer::Answer;
use wirepost_e2e::api::Api;
use wirepost_e2e::customer::{Customer, EVENT_TYPE, text};
use wirepost_e2e::receiver::{Received, Receiver};
use wirepost_e2e::server::{Server, Settings};

const SEED: u64 = 20_260_131;
const ROUNDS: u64 = 6;
const POSTERS: u64 = 8;
/// Requests that arrive in a round before the kill: this many, and up to as many again.
const ARRIVALS_LEAST: u64 = 300;
/// One answer in so many is a 500.
const FAIL_ONE_IN: u64 = 5;
/// A message is refused at most so often, so that bad luck alone does not use up the schedule.
const REFUSALS_MOST: u64 = 3;
const SENDS_AGAIN_WITHIN: Duration = Duration::from_secs(10);

/// Spreads numbers that lie side by side over all 64 bits.
fn scatter(number: u64) -> u64 {
    let mixed = (number ^ SEED).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 7
}

/// What the receiver knows of a message.
#[derive(Debug, Default)]
struct Seen {
    webhook_id: String,
    requests: u64,
    /// The server's lives in which it was given a 2xx.
    successes: Vec<u64>,
}

impl Seen {
    fn is_delivered(&self) -> bool {
        !self.successes.is_empty()
    }
}

/// Everything that arrived, by the number in the payload.
#[derive(Default)]
struct Ledger {
    /// Which life of the server this is.
    life: AtomicU64,
    seen: Mutex<HashMap<u64, Seen>>,
}

impl Ledger {
    fn seen(&self) -> MutexGuard<'_, HashMap<u64, Seen>> {
        self.seen.lock().expect("no thread fails while it holds the lock")
    }

    /// Notes a request and decides its answer.
    fn answer(&self, received: &Received) -> Answer {
        let body = std::str::from_utf8(&received.body).expect("the payload is text");
        let number = body.trim_start_matches(r#"{"n":"#).trim_end_matches('}').parse();
        let number: u64 = number.unwrap_or_else(|_| panic!("not a payload of this test: {body}"));
        let mut seen = self.seen();
        let message = seen.entry(number).or_default();
        if message.requests == 0 {
            message.webhook_id = received.webhook_id().to_owned();
        }
        assert_eq!(message.webhook_id, received.webhook_id(), "one message, one id");
        message.requests += 1;
        let refused = scatter(number * 16 + message.requests).is_multiple_of(FAIL_ONE_IN);
        if refused && message.requests <= REFUSALS_MOST {
            return Answer::status(500);
        }
        message.successes.push(self.life.load(Ordering::SeqCst));
        Answer::status(200)
    }
}

/// Posts messages until the server is gone; the number and the id of each that was answered with 202.
async fn post_until_killed(api: Api, path: String, numbers: Arc<AtomicU64>) -> Vec<(u64, String)> {
    let mut accepted = Vec::new();
    loop {
        let number = numbers.fetch_add(1, Ordering::SeqCst);
        let body = format!(r#"{{"eventType":"{EVENT_TYPE}","payload":{{"n":{number}}}}}"#);
        match api.try_post_text(&path, body).await {
            Ok(reply) => accepted.push((number, text(&reply.expect(202)["id"]))),
            Err(_) => return accepted,
        }
    }
}

/// The server under load, and all that is known of what it took.
struct Trial {
    server: Server,
    receiver: Receiver,
    customer: Customer,
    ledger: Arc<Ledger>,
    /// The number of the next message.
    numbers: Arc<AtomicU64>,
    accepted: Vec<(u64, String)>,
}

impl Trial {
    async fn start() -> Self {
        let server = Settings::default().with("WIREPOST_RETRY_SCHEDULE", "0s,0s,1s,1s,1s,1s").start().await;
        let ledger = Arc::new(Ledger::default());
        let decides = ledger.clone();
        let receiver = Receiver::answering(move |received| decides.answer(received)).await;
        let customer = Customer::create(&server).await;
        customer.endpoint(&receiver.url()).await;
        Self { server, receiver, customer, ledger, numbers: Arc::default(), accepted: Vec::new() }
    }

    /// Posts from all sides until enough has arrived, and kills the server in the middle of it.
    async fn kill_under_load(&mut self, round: u64) {
        let mut posters = JoinSet::new();
        for _ in 0..POSTERS {
            let (api, path) = (self.customer.api().another(), self.customer.path("/msg"));
            posters.spawn(post_until_killed(api, path, self.numbers.clone()));
        }
        let arrivals = ARRIVALS_LEAST + scatter(round) % ARRIVALS_LEAST;
        let arrivals = usize::try_from(arrivals).expect("a small number");
        self.receiver.wait_for(self.receiver.count() + arrivals).await;
        self.server.kill().await;
        self.accepted.extend(posters.join_all().await.into_iter().flatten());
        self.receiver.settled().await;
        self.ledger.life.fetch_add(1, Ordering::SeqCst);
    }

    /// Starts the server again; how long it took until something arrived.
    async fn return_to_work(&mut self) -> Duration {
        let before = self.receiver.count();
        let started_at = Instant::now();
        self.server.start_again().await;
        self.customer = self.customer.on(&self.server);
        // One more, so that there is something to send even if nothing was left.
        let number = self.numbers.fetch_add(1, Ordering::SeqCst);
        let id = self.customer.send(&format!(r#"{{"n":{number}}}"#)).await;
        self.accepted.push((number, id));
        self.receiver.wait_for(before + 1).await;
        started_at.elapsed()
    }

    /// Waits until all that was answered with 202 had a 2xx, under the id that was answered.
    async fn deliver_all(&self) {
        let mut missing: Vec<u64> = self.accepted.iter().map(|(number, _)| *number).collect();
        let delivered = |number: &u64| self.ledger.seen().get(number).is_some_and(Seen::is_delivered);
        let none_missing = |_: &[Received]| {
            while missing.last().is_some_and(&delivered) {
                missing.pop();
            }
            missing.is_empty()
        };
        self.receiver.wait_until("every accepted message", none_missing).await;
        for (number, id) in &self.accepted {
            assert_eq!(self.ledger.seen()[number].webhook_id, *id, "message {number} came under another id");
        }
    }
}

#[tokio::test]
async fn what_was_accepted_survives_every_kill_under_load() {
    let mut trial = Trial::start().await;
    let mut slowest_return = Duration::ZERO;
    for round in 0..ROUNDS {
        trial.kill_under_load(round).await;
        slowest_return = slowest_return.max(trial.return_to_work().await);
    }
    trial.deliver_all().await;
    let (accepted, repeats) = (trial.accepted.len(), repeats(&trial.ledger));
    println!("{ROUNDS} kills, {accepted} messages accepted, none lost, {repeats} delivered twice");
    println!("the slowest return to work took {slowest_return:?}");
    assert!(slowest_return < SENDS_AGAIN_WITHIN, "sending again took {slowest_return:?}");
}

/// Counts the messages that were delivered more than once. Each of them was under way when the server was killed:
/// the life after the one that delivered it first delivers it again.
fn repeats(ledger: &Ledger) -> usize {
    let mut repeats = 0;
    for (number, seen) in ledger.seen().iter() {
        for pair in seen.successes.windows(2) {
            assert_eq!(pair[1], pair[0] + 1, "message {number} was not under way at a kill: {seen:?}");
            repeats += 1;
        }
    }
    repeats
}
