//! `kill -9` in the middle of a recover of some thousands: every message arrives, and only what was in flight at a kill
//! arrives twice.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use wirepost_e2e::answer::Answer;
use wirepost_e2e::customer::{Customer, text};
use wirepost_e2e::receiver::Receiver;
use wirepost_e2e::server::{Server, Settings};
use wirepost_e2e::waiting::eventually;

const MESSAGES: usize = 3_000;
const BATCH: usize = 1_000;
const KILLS: usize = 3;
/// Arrivals of a life before it is killed.
const ARRIVALS: usize = 400;

type Deliveries = HashMap<String, Vec<usize>>;

/// A server at whose endpoint thousands of messages failed, and which from now on answers.
struct Trial {
    server: Server,
    receiver: Receiver,
    customer: Customer,
    endpoint: String,
    messages: Vec<String>,
    /// The server's lives so far; in the first one every request is refused.
    life: Arc<AtomicUsize>,
    /// The lives in which a message was answered well.
    delivered: Arc<Mutex<Deliveries>>,
}

impl Trial {
    async fn start() -> Self {
        let server = Settings::default().with("WIREPOST_RETRY_SCHEDULE", "none").start().await;
        let life = Arc::new(AtomicUsize::new(0));
        let delivered: Arc<Mutex<Deliveries>> = Arc::default();
        let (present, notes) = (life.clone(), delivered.clone());
        let receiver = Receiver::answering(move |received| {
            let life = present.load(Ordering::SeqCst);
            if life == 0 {
                return Answer::status(500);
            }
            let mut notes = notes.lock().expect("no thread fails while it holds the lock");
            notes.entry(received.webhook_id().to_owned()).or_default().push(life);
            Answer::status(204)
        });
        let receiver = receiver.await;
        let customer = Customer::create(&server).await;
        let endpoint = customer.endpoint(&receiver.url()).await.id;
        let messages = Vec::new();
        let mut trial = Self { server, receiver, customer, endpoint, messages, life, delivered };
        trial.let_all_fail().await;
        trial
    }

    async fn let_all_fail(&mut self) {
        for batch in 0..MESSAGES / BATCH {
            let payloads = (0..BATCH).map(|number| json!({"n": batch * BATCH + number}).to_string());
            self.messages.extend(self.customer.send_batch(payloads).await);
        }
        let all_failed = async || (self.stats().await["fail"] == json!(MESSAGES)).then_some(());
        eventually("the failure of all", all_failed).await;
        self.life.fetch_add(1, Ordering::SeqCst);
    }

    async fn stats(&self) -> Value {
        let path = self.customer.path(&format!("/endpoint/{}/stats", self.endpoint));
        self.customer.api().get(&path).await.expect(200)
    }

    async fn recover(&self, rest: &str, wanted: Value) -> Value {
        let path = self.customer.path(&format!("/endpoint/{}/recover{rest}", self.endpoint));
        self.customer.api().post(&path, &wanted).await.expect(if rest.is_empty() { 202 } else { 200 })
    }

    async fn task(&self, id: &str) -> Value {
        self.customer.api().get(&format!("/background-task/{id}")).await.expect(200)
    }

    /// When the first message was accepted.
    async fn since(&self) -> Value {
        let path = self.customer.path(&format!("/msg/{}", self.messages[0]));
        self.customer.api().get(&path).await.expect(200)["timestamp"].clone()
    }

    fn delivered(&self) -> Deliveries {
        self.delivered.lock().expect("no thread fails while it holds the lock").clone()
    }

    /// Kills the server once some more have arrived, and starts it again.
    async fn kill_in_the_middle(&mut self) {
        self.receiver.wait_for(self.receiver.count() + ARRIVALS).await;
        self.server.kill().await;
        self.receiver.settled().await;
        self.life.fetch_add(1, Ordering::SeqCst);
        self.server.start_again().await;
        self.customer = self.customer.on(&self.server);
    }
}

#[tokio::test]
async fn a_recover_goes_on_after_every_kill_and_repeats_only_what_was_in_flight() {
    let mut trial = Trial::start().await;
    let window = json!({"since": trial.since().await});
    let count = trial.recover("/preview", window.clone()).await;
    assert_eq!(count, json!({"count": MESSAGES, "approximated": false}));
    let begun = trial.recover("", window).await;
    let task = text(&begun["id"]);
    for _ in 0..KILLS {
        trial.kill_in_the_middle().await;
    }
    let finished = async || (trial.task(&task).await["status"] == json!("finished")).then_some(());
    eventually("the end of the task", finished).await;
    let all = async || (trial.delivered().len() == MESSAGES).then_some(());
    eventually("every message", all).await;
    let data = trial.task(&task).await["data"].clone();
    assert_eq!((&data["messagesFound"], &data["messagesSent"]), (&json!(MESSAGES), &json!(MESSAGES)));
    assert!(trial.messages.iter().all(|message| trial.delivered().contains_key(message)));
    let mut repeats = 0;
    for (message, lives) in trial.delivered() {
        for pair in lives.windows(2) {
            assert_eq!(pair[1], pair[0] + 1, "{message} was not under way at a kill: {lives:?}");
            repeats += 1;
        }
    }
    println!("{KILLS} kills in a recover of {MESSAGES} messages, {repeats} delivered twice");
}
