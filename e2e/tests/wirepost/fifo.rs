//! Messages in order: ten thousand of them, three answers in ten a failure, and `kill -9` again and again. Not even a
//! message that comes a second time comes after a newer one.

use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::json;
use wirepost_e2e::answer::Answer;
use wirepost_e2e::customer::{Customer, EVENT_TYPE};
use wirepost_e2e::receiver::{Received, Receiver};
use wirepost_e2e::server::Settings;

const MESSAGES: usize = 10_000;
/// As many as one request takes.
const BATCH: usize = 1_000;
const KILLS: usize = 5;
/// Progress is waited for in steps, each within the bound on waiting.
const STEP: usize = 500;
/// A message is refused at most so often, so that bad luck alone does not use up the schedule.
const REFUSALS_MOST: u64 = 8;

/// Spreads numbers that lie side by side.
fn scatter(number: u64) -> u64 {
    let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 33
}

fn number_in(received: &Received) -> u64 {
    let body = std::str::from_utf8(&received.body).expect("the payload is text");
    let number = body.trim_start_matches(r#"{"n":"#).trim_end_matches('}').parse();
    number.unwrap_or_else(|_| panic!("not a payload of this test: {body}"))
}

/// Three requests in ten fail, in several ways.
struct Moods {
    message: AtomicU64,
    refusals: AtomicU64,
}

impl Moods {
    fn answer(&self, received: &Received) -> Answer {
        let number = number_in(received);
        if self.message.swap(number, Ordering::SeqCst) != number {
            self.refusals.store(0, Ordering::SeqCst);
        }
        let draw = scatter(received.number as u64);
        let refused = draw % 10 < 3 && self.refusals.fetch_add(1, Ordering::SeqCst) < REFUSALS_MOST;
        let failures = [500, 502, 404, 503];
        Answer::status(if refused { failures[(draw / 10 % 4) as usize] } else { 200 })
    }
}

async fn accept_all(customer: &Customer) {
    for first in (0..MESSAGES).step_by(BATCH) {
        let line = |number| format!("{{\"eventType\":\"{EVENT_TYPE}\",\"payload\":{{\"n\":{number}}}}}\n");
        let lines: String = (first..first + BATCH).map(line).collect();
        customer.api().post_lines(&customer.path("/msg/batch"), lines).await.expect(202);
    }
}

#[tokio::test]
async fn ten_thousand_arrive_in_order_through_kills_and_failures() {
    let schedule = ["0s"; 12].join(",");
    let mut server = Settings::default().with("WIREPOST_RETRY_SCHEDULE", schedule).start().await;
    let moods = Moods { message: AtomicU64::new(u64::MAX), refusals: AtomicU64::new(0) };
    let receiver = Receiver::answering(move |received| moods.answer(received)).await;
    let customer = Customer::create(&server).await;
    let endpoint = json!({"url": receiver.url(), "fifo": true});
    customer.api().post(&customer.path("/endpoint"), &endpoint).await.expect(201);
    accept_all(&customer).await;
    for kill in 1..=KILLS {
        let arrivals = kill * MESSAGES / (KILLS + 1);
        while receiver.count() < arrivals {
            receiver.wait_for(arrivals.min(receiver.count() + STEP)).await;
        }
        server.kill().await;
        receiver.settled().await;
        server.start_again().await;
    }
    let last = |received: &[Received]| received.last().map_or(0, number_in);
    while last(&receiver.received()) + 1 < MESSAGES as u64 {
        let wanted = (last(&receiver.received()) + STEP as u64).min(MESSAGES as u64 - 1);
        receiver.wait_until("the next messages", |received| last(received) >= wanted).await;
    }
    let arrived: Vec<u64> = receiver.received().iter().map(number_in).collect();
    assert!(arrived.is_sorted(), "an older one came after a newer one");
    let mut messages = arrived.clone();
    messages.dedup();
    assert_eq!(messages, (0..MESSAGES as u64).collect::<Vec<_>>(), "each of them came");
    println!("{MESSAGES} messages in order, {} requests, {KILLS} kills", arrived.len());
}
