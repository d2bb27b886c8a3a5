//! An endpoint can only hurt itself, and a limit holds what it is set for.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::time::Duration;

use serde_json::json;
use wirepost_e2e::answer::{Answer, Gate};
use wirepost_e2e::customer::Customer;
use wirepost_e2e::receiver::{Received, Receiver};
use wirepost_e2e::server::{Server, Settings};
use wirepost_e2e::waiting::eventually;

const MESSAGES: usize = 300;

fn payloads(count: usize) -> impl Iterator<Item = String> {
    (0..count).map(|number| format!(r#"{{"n":{number}}}"#))
}

#[tokio::test]
async fn an_endpoint_that_hangs_holds_up_no_other_of_its_customer_and_no_other_customer() {
    let server = Server::start().await;
    let gate = Gate::default();
    let held = gate.clone();
    let hanging = Receiver::answering(move |_| Answer::status(200).behind(&held)).await;
    let healthy = Receiver::accepting().await;
    let neighbour = Receiver::accepting().await;
    let customer = Customer::create(&server).await;
    let hung = customer.endpoint(&hanging.url()).await;
    customer.endpoint(&healthy.url()).await;
    let other = Customer::create(&server).await;
    other.endpoint(&neighbour.url()).await;

    customer.send_batch(payloads(MESSAGES)).await;
    hanging.wait_for(1).await;
    other.send_batch(payloads(MESSAGES)).await;
    healthy.wait_for(MESSAGES).await;
    neighbour.wait_for(MESSAGES).await;
    assert!(hanging.count() < MESSAGES, "in flight is bounded: {}", hanging.count());
    let stats = customer.path(&format!("/endpoint/{}/stats", hung.id));
    let before = customer.api().get(&stats).await.expect(200);
    assert_eq!(before["success"], 0, "the hanging one has answered nothing: {before}");

    gate.open();
    hanging.wait_for(MESSAGES).await;
    let delivered = async || {
        let stats = customer.api().get(&stats).await.expect(200);
        (stats["success"] == MESSAGES).then_some(())
    };
    eventually("all deliveries of the endpoint that hung", delivered).await;
    assert_eq!(hanging.count(), MESSAGES, "nothing was sent twice");
}

#[tokio::test]
async fn connections_are_kept_and_their_number_is_bounded() {
    let server = Settings::default().with("WIREPOST_IN_FLIGHT_MOST", "8").start().await;
    let receiver = Receiver::accepting().await;
    let customer = Customer::create(&server).await;
    customer.endpoint(&receiver.url()).await;
    customer.send_batch(payloads(MESSAGES)).await;
    let received = receiver.wait_for(MESSAGES).await;
    let clients: HashSet<SocketAddr> = received.iter().map(|one| one.client).collect();
    assert!(clients.len() <= 8, "{} connections for {MESSAGES} messages", clients.len());
}

/// Most arrivals within any one second.
fn busiest_second(received: &[Received]) -> usize {
    let within_a_second = |first: &Received| {
        let end = first.arrived_at + Duration::from_secs(1);
        received.iter().filter(|one| first.arrived_at <= one.arrived_at && one.arrived_at < end).count()
    };
    received.iter().map(within_a_second).max().unwrap_or_default()
}

fn spread(received: &[Received]) -> Duration {
    let arrivals = received.iter().map(|one| one.arrived_at);
    let (first, last) = (arrivals.clone().min(), arrivals.max());
    first.zip(last).map_or(Duration::ZERO, |(first, last)| last - first)
}

#[tokio::test]
async fn a_rate_limit_of_an_endpoint_spreads_its_deliveries_and_costs_no_attempt() {
    let server = Server::start().await;
    let receiver = Receiver::accepting().await;
    let customer = Customer::create(&server).await;
    let wanted = json!({"url": receiver.url(), "throttleRate": 20});
    let endpoint = customer.endpoint_with(wanted).await;
    customer.send_batch(payloads(60)).await;
    let received = receiver.wait_for(60).await;
    // 60 at 20 a second are due over 3 s; a burst and a busy machine may shift them a little.
    assert!(busiest_second(&received) <= 30, "{} came within a second", busiest_second(&received));
    assert!(spread(&received) >= Duration::from_secs(2), "all came within {:?}", spread(&received));
    let stats = customer.path(&format!("/endpoint/{}/stats", endpoint.id));
    let all_recorded = async || (customer.api().get(&stats).await.expect(200)["success"] == 60).then_some(());
    eventually("all deliveries to be recorded", all_recorded).await;
    let attempts = customer.path(&format!("/attempt/endpoint/{}?limit=250", endpoint.id));
    let attempts = customer.api().get(&attempts).await.expect(200);
    assert_eq!(attempts["data"].as_array().map(Vec::len), Some(60));
}

#[tokio::test]
async fn a_rate_limit_of_an_app_holds_for_all_its_endpoints_together() {
    let server = Server::start().await;
    let receivers = [Receiver::accepting().await, Receiver::accepting().await];
    let customer =
        Customer::create_with(&server, &json!({"name": "Slow customer", "throttleRate": 20})).await;
    for receiver in &receivers {
        customer.endpoint(&receiver.url()).await;
    }
    customer.send_batch(payloads(30)).await;
    let mut received = Vec::new();
    for receiver in &receivers {
        received.extend(receiver.wait_for(30).await);
    }
    assert!(busiest_second(&received) <= 30, "{} came within a second", busiest_second(&received));
    assert!(spread(&received) >= Duration::from_secs(2), "all came within {:?}", spread(&received));
}

#[tokio::test]
async fn a_limit_that_is_lifted_lets_the_rest_go() {
    let server = Server::start().await;
    let receiver = Receiver::accepting().await;
    let customer = Customer::create(&server).await;
    let endpoint = customer.endpoint_with(json!({"url": receiver.url(), "throttleRate": 1})).await;
    // At one a second these would take far longer than anything here is waited for.
    customer.send_batch(payloads(200)).await;
    receiver.wait_for(1).await;
    let path = customer.path(&format!("/endpoint/{}", endpoint.id));
    customer.api().patch(&path, &json!({"throttleRate": null})).await.expect(200);
    receiver.wait_for(200).await;
}
