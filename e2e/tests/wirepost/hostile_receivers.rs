//! Receivers that answer without end, slowly, wrongly or not at all cost an attempt, and nothing else.

use serde_json::Value;
use wirepost_e2e::answer::{Answer, Flow, Gate};
use wirepost_e2e::customer::{Customer, text};
use wirepost_e2e::faulty_peer::{Fault, FaultyPeer, deserted_address};
use wirepost_e2e::receiver::Receiver;
use wirepost_e2e::server::{Server, Settings};

const TEN_GIGABYTES: u64 = 10_000_000_000;
/// The first bytes of a response that are kept.
const KEPT: usize = 16 * 1_024;
/// What memory may grow by while eight of them answer at once. The bodies are some hundred times as large.
const GROWTH_MOST: u64 = 64 << 20;
const MESSAGES: usize = 8;

async fn start() -> Server {
    let settings = Settings::default().with("WIREPOST_REQUEST_TIMEOUT", "1s");
    settings.with("WIREPOST_RETRY_SCHEDULE", "0s").start().await
}

/// Sends some messages to a receiver that answers so, and checks that each ended after one attempt of `status`.
async fn one_attempt_each(server: &Server, status: u16, body: fn() -> Flow) -> Vec<Value> {
    let customer = Customer::create(server).await;
    let before = server.program().memory_peak();
    let receiver = Receiver::answering(move |_| Answer::status(status).body(body())).await;
    customer.endpoint(&receiver.url()).await;
    let messages = customer.send_batch((0..MESSAGES).map(|number| format!(r#"{{"n":{number}}}"#))).await;
    let mut attempts = Vec::new();
    for message in &messages {
        customer.stands_at(message, "success").await;
        attempts.extend(customer.attempts_once(message, 1).await);
    }
    let growth = server.program().memory_peak() - before;
    eprintln!("memory grew by {} KiB", growth / 1_024);
    assert!(growth < GROWTH_MOST, "memory grew by {growth} bytes");
    assert_eq!(receiver.count(), MESSAGES);
    attempts
}

#[tokio::test]
async fn a_body_of_ten_gigabytes_costs_one_attempt_and_bounded_memory() {
    let server = start().await;
    for attempt in one_attempt_each(&server, 200, || Flow::announced(TEN_GIGABYTES)).await {
        assert_eq!(text(&attempt["response"]).len(), KEPT);
    }
}

#[tokio::test]
async fn an_endless_chunked_body_costs_one_attempt_and_bounded_memory() {
    let server = start().await;
    for attempt in one_attempt_each(&server, 200, Flow::endless).await {
        assert_eq!(text(&attempt["response"]).len(), KEPT);
    }
}

#[tokio::test]
async fn a_dripping_body_costs_one_attempt_and_is_cut_at_the_time_out() {
    let server = start().await;
    for attempt in one_attempt_each(&server, 200, Flow::dripping).await {
        let took = attempt["responseDurationMs"].as_u64().expect("a number");
        assert!((1_000..20_000).contains(&took), "was cut after {took} ms");
        assert!(!text(&attempt["response"]).is_empty(), "what came until then is kept");
    }
}

#[tokio::test]
async fn failing_answers_of_any_size_use_up_the_schedule_like_others() {
    let server = start().await;
    let customer = Customer::create(&server).await;
    let bodies: [fn() -> Flow; 2] = [|| Flow::announced(TEN_GIGABYTES), Flow::endless];
    for body in bodies {
        let receiver = Receiver::answering(move |_| Answer::status(500).body(body())).await;
        let customer = Customer::create(&server).await;
        customer.endpoint(&receiver.url()).await;
        let message = customer.send("{}").await;
        customer.stands_at(&message, "fail").await;
        assert_eq!(receiver.count(), 2);
    }
    assert_eq!(customer.api().get("/health").await.status, 200);
}

/// Sends one message to `url` and checks that both attempts failed for a reason that holds these words.
async fn fails_for(server: &Server, url: &str, words: &str) {
    let customer = Customer::create(server).await;
    customer.endpoint(url).await;
    let message = customer.send(r#"{"n":1}"#).await;
    customer.stands_at(&message, "fail").await;
    let attempts = customer.attempts_once(&message, 2).await;
    for attempt in attempts {
        assert_eq!(attempt["responseStatusCode"], 0, "no answer has the status 0");
        let reason = text(&attempt["response"]);
        assert!(reason.contains(words), "`{reason}` does not say `{words}`");
    }
}

#[tokio::test]
async fn a_receiver_that_hangs_is_given_up_at_the_time_out() {
    let server = start().await;
    let gate = Gate::default();
    let answer = gate.clone();
    let receiver = Receiver::answering(move |_| Answer::status(200).behind(&answer)).await;
    fails_for(&server, &receiver.url(), "timed out after 1 s while waiting for the answer").await;
    assert_eq!(receiver.count(), 2);
}

#[tokio::test]
async fn broken_connections_and_words_that_are_no_http_are_told_apart() {
    let server = start().await;
    let table = [
        (Fault::Reset, "closed the connection before it had answered"),
        (Fault::Close, "closed the connection before it had answered"),
        (Fault::Say(b"220 mail.example ESMTP\r\n"), "not acceptable HTTP"),
        (Fault::Say(b"HTTP/1.1 200 OK\r\ncontent-length: many\r\n\r\n"), "not acceptable HTTP"),
        (Fault::Say(b"\0\0\x12\x04\0\0\0\0\0\0\x03\0\0\0\x80\0\x04"), "not acceptable HTTP"),
    ];
    for (fault, words) in table {
        let peer = FaultyPeer::start(fault).await;
        fails_for(&server, &peer.url(), words).await;
        assert_eq!(peer.count(), 2, "one request an attempt: {fault:?}");
    }
}

#[tokio::test]
async fn a_port_nobody_listens_on_and_a_name_nobody_has_are_told_apart() {
    let server = start().await;
    let address = deserted_address().await;
    fails_for(&server, &format!("http://{address}/hook"), "refused the connection").await;
    fails_for(&server, "http://nobody.invalid/hook", "host name").await;
}

#[tokio::test]
async fn a_head_without_end_is_refused_with_bounded_memory() {
    let server = start().await;
    let before = server.program().memory_peak();
    let long: String = "x".repeat(60_000);
    let receiver = Receiver::answering(move |_| {
        let headers = ["x-a", "x-b", "x-c", "x-d"];
        headers.into_iter().fold(Answer::status(200), |answer, name| answer.header(name, long.clone()))
    })
    .await;
    fails_for(&server, &receiver.url(), "not acceptable HTTP").await;
    assert!(server.program().memory_peak() - before < GROWTH_MOST);
}
