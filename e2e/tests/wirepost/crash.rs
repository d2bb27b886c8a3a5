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
use wirepost_e2e::server::Settings;

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

#[tokio::test]
async fn what_was_accepted_survives_every_kill_under_load() {
    let settings = Settings::default().with("WIREPOST_RETRY_SCHEDULE", "0s,0s,1s,1s,1s,1s");
    let mut server = settings.start().await;
    let ledger = Arc::new(Ledger::default());
    let decides = ledger.clone();
    let receiver = Receiver::answering(move |received| decides.answer(received)).await;
    let mut customer = Customer::create(&server).await;
    customer.endpoint(&receiver.url()).await;
    let numbers = Arc::new(AtomicU64::new(0));
    let mut accepted: Vec<(u64, String)> = Vec::new();
    let mut slowest_return = Duration::ZERO;
    for round in 0..ROUNDS {
        let mut posters = JoinSet::new();
        for _ in 0..POSTERS {
            posters.spawn(post_until_killed(
                customer.api().another(),
                customer.path("/msg"),
                numbers.clone(),
            ));
        }
        let arrivals = ARRIVALS_LEAST + scatter(round) % ARRIVALS_LEAST;
        receiver
            .wait_for(receiver.count() + usize::try_from(arrivals).expect("a small number"))
            .await;
        server.kill().await;
        accepted.extend(posters.join_all().await.into_iter().flatten());
        receiver.settled().await;
        ledger.life.fetch_add(1, Ordering::SeqCst);

        let before = receiver.count();
        let started_at = Instant::now();
        server.start_again().await;
        customer = customer.on(&server);
        // One more, so that there is something to send even if nothing was left.
        let number = numbers.fetch_add(1, Ordering::SeqCst);
        accepted.push((number, customer.send(&format!(r#"{{"n":{number}}}"#)).await));
        receiver.wait_for(before + 1).await;
        slowest_return = slowest_return.max(started_at.elapsed());
    }
    assert!(
        slowest_return < SENDS_AGAIN_WITHIN,
        "sending again took {slowest_return:?}"
    );

    let mut missing: Vec<u64> = accepted.iter().map(|(number, _)| *number).collect();
    let delivered = |number: &u64| {
        ledger
            .seen()
            .get(number)
            .is_some_and(|seen| !seen.successes.is_empty())
    };
    receiver
        .wait_until("every accepted message", |_| {
            while missing.last().is_some_and(&delivered) {
                missing.pop();
            }
            missing.is_empty()
        })
        .await;
    for (number, id) in &accepted {
        assert_eq!(
            ledger.seen()[number].webhook_id,
            *id,
            "message {number} came under another id"
        );
    }
    let repeats = repeats(&ledger);
    eprintln!(
        "{} messages accepted in {ROUNDS} rounds, none lost, {repeats} sent twice, sending again within {slowest_return:?}",
        accepted.len()
    );
}

/// Counts the messages that were delivered more than once. Each of them was under way when the server was killed:
/// the life after the one that delivered it first delivers it again.
fn repeats(ledger: &Ledger) -> usize {
    let mut repeats = 0;
    for (number, seen) in ledger.seen().iter() {
        for pair in seen.successes.windows(2) {
            assert_eq!(
                pair[1],
                pair[0] + 1,
                "message {number} was not under way at a kill: {seen:?}"
            );
            repeats += 1;
        }
    }
    repeats
}
