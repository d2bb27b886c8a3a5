//! More than a lane holds in memory waits in the database, and comes out of it once.

use std::collections::HashSet;

use wirepost_e2e::answer::{Answer, Gate};
use wirepost_e2e::customer::Customer;
use wirepost_e2e::receiver::Receiver;
use wirepost_e2e::server::Server;
use wirepost_e2e::waiting::eventually;

const BATCHES: usize = 3;
const BATCH: usize = 1_000;

#[tokio::test]
async fn thousands_that_wait_for_a_paused_receiver_all_arrive_exactly_once() {
    let mut server = Server::start().await;
    let gate = Gate::default();
    let held = gate.clone();
    let receiver = Receiver::answering(move |_| Answer::status(200).behind(&held)).await;
    let customer = Customer::create(&server).await;
    let endpoint = customer.endpoint(&receiver.url()).await;
    let mut messages = HashSet::new();
    for batch in 0..BATCHES {
        let numbers = batch * BATCH..(batch + 1) * BATCH;
        messages.extend(customer.send_batch(numbers.map(|number| format!(r#"{{"n":{number}}}"#))).await);
    }
    assert_eq!(messages.len(), BATCHES * BATCH);
    receiver.wait_for(1).await;
    assert!(receiver.count() < BATCH, "in flight is bounded: {}", receiver.count());

    gate.open();
    receiver.wait_for(messages.len()).await;
    let stats = customer.path(&format!("/endpoint/{}/stats", endpoint.id));
    let delivered = async || {
        let stats = customer.api().get(&stats).await.expect(200);
        (stats["success"] == messages.len() && stats["pending"] == 0).then_some(())
    };
    eventually("all to be recorded", delivered).await;
    // Whatever else the server wanted to send, it sends before it ends.
    server.ask_to_stop();
    assert!(server.ended().await.success());
    receiver.settled().await;
    let received = receiver.received();
    let arrived: HashSet<String> = received.iter().map(|one| one.webhook_id().to_owned()).collect();
    assert_eq!(arrived, messages);
    assert_eq!(received.len(), messages.len(), "each came once");
}
