//! The bytes that are posted are the bytes that arrive: first, by retry, by resend, and after a restart.

use std::collections::HashSet;
use std::sync::Mutex;

use serde_json::Value;
use wirepost_e2e::answer::Answer;
use wirepost_e2e::customer::{Customer, EVENT_TYPE};
use wirepost_e2e::receiver::{Received, Receiver};
use wirepost_e2e::server::{Server, Settings};

const MEBIBYTE: usize = 1 << 20;

/// Spellings that a parser and printer of JSON would not give back as they were.
const ODD_PAYLOADS: [&str; 16] = [
    "{ \"spaced\" :  \"out\" ,\t\"tab\" : true   }",
    "{\n  \"lines\": [\n    1,\r\n    2\n  ]\n}",
    r#"{"escaped":"\u00e9\u00E9 \/ \u0041","plain":"é / A"}"#,
    r#"{"pair":"\ud83d\ude00","same":"😀","lone":"\ud83d"}"#,
    r#"{"trailing zero":1.50,"exponent":1E+2,"negative zero":-0,"more":-0.0e-0}"#,
    r#"{"too large for a double":1e400,"too small":1e-400}"#,
    r#"{"digits":12345678901234567890,"more":-98765432109876543210.123456789012345678901234567890}"#,
    r#"{"z":1,"a":2,"m":{"z":1,"a":2}}"#,
    r#"{"twice":1,"twice":2,"twice":{"twice":3,"twice":4}}"#,
    r#"{"":"","\u0000":"\u0000\b\f\n\r\t"}"#,
    r#"{"payload":{"payload":{"eventType":"x","payload":[]}},"eventType":"y"}"#,
    "{\"html\":\"<script>&amp;</script>\",\"separators\":\"\\u2028 \u{2028}\"}",
    "{}",
    "{   }",
    r#"{"deep":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[{"down":[ ]}]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}"#,
    "{\"unseen\":\"a\u{200b}b\u{feff}c\u{7f}\"}",
];

/// Refuses each message once.
async fn refusing_once() -> Receiver {
    let seen: Mutex<HashSet<String>> = Mutex::default();
    Receiver::answering(move |received| {
        let mut seen = seen.lock().expect("no thread fails while it holds the lock");
        Answer::status(if seen.insert(received.webhook_id().to_owned()) { 500 } else { 200 })
    })
    .await
}

fn large_payload(length: usize) -> String {
    let frame = r#"{"large":"","é":1.50}"#;
    frame.replacen(r#""""#, &format!("\"{}\"", "x".repeat(length - frame.len())), 1)
}

fn of_message<'a>(received: &'a [Received], message: &str) -> Vec<&'a Received> {
    received.iter().filter(|one| one.webhook_id() == message).collect()
}

#[tokio::test]
async fn odd_bytes_arrive_as_posted_by_retry_by_resend_and_after_a_restart() {
    let mut server = Settings::default().with("WIREPOST_RETRY_SCHEDULE", "0s,0s").start().await;
    let receiver = refusing_once().await;
    let customer = Customer::create(&server).await;
    let endpoint = customer.endpoint(&receiver.url()).await;
    let large = large_payload(MEBIBYTE);
    let payloads: Vec<&str> = ODD_PAYLOADS.into_iter().chain([large.as_str()]).collect();
    let mut messages = Vec::new();
    for payload in &payloads {
        messages.push(customer.send(payload).await);
    }
    receiver.wait_for(2 * payloads.len()).await;
    for message in &messages {
        customer.stands_at(message, "success").await;
    }

    server.kill().await;
    server.start_again().await;
    let customer = customer.on(&server);
    for message in &messages {
        customer.resend(message, &endpoint.id).await;
    }
    let received = receiver.wait_for(3 * payloads.len()).await;
    for (message, payload) in messages.iter().zip(&payloads) {
        let arrivals = of_message(&received, message);
        assert_eq!(arrivals.len(), 3);
        for arrival in arrivals {
            assert_eq!(arrival.header("content-type"), "application/json");
            assert_eq!(arrival.header("content-length"), payload.len().to_string());
            assert!(
                arrival.body == payload.as_bytes(),
                "posted `{payload:.200}` and got {:.200?}",
                arrival.body
            );
        }
    }
}

#[tokio::test]
async fn the_api_shows_a_payload_with_the_bytes_it_was_posted_with() {
    let server = Server::start().await;
    let customer = Customer::create(&server).await;
    for payload in ODD_PAYLOADS {
        let message = customer.send(payload).await;
        let shown = customer.api().get(&customer.path(&format!("/msg/{message}"))).await;
        assert_eq!(shown.status, 200);
        let shown = String::from_utf8(shown.body.to_vec()).expect("the answer is text");
        assert!(
            shown.contains(&format!("\"payload\":{payload},")),
            "posted `{payload}` and was shown {shown}"
        );
    }
}

#[tokio::test]
async fn a_batch_keeps_the_bytes_of_every_line() {
    let server = Server::start().await;
    let receiver = Receiver::accepting().await;
    let customer = Customer::create(&server).await;
    customer.endpoint(&receiver.url()).await;
    let payloads: Vec<&str> = ODD_PAYLOADS.into_iter().filter(|payload| !payload.contains('\n')).collect();
    let messages = customer.send_batch(payloads.iter().map(|payload| (*payload).to_owned())).await;
    assert_eq!(messages.len(), payloads.len());
    let received = receiver.wait_for(payloads.len()).await;
    for (message, payload) in messages.iter().zip(payloads) {
        let arrivals = of_message(&received, message);
        assert_eq!(arrivals.len(), 1);
        assert!(arrivals[0].body == payload.as_bytes(), "posted `{payload}` and got {:?}", arrivals[0].body);
    }
}

#[tokio::test]
async fn a_payload_of_just_the_limit_is_taken_and_one_byte_more_is_not() {
    let server = Server::start().await;
    let customer = Customer::create(&server).await;
    customer.send(&large_payload(MEBIBYTE)).await;
    let body = format!(r#"{{"eventType":"{EVENT_TYPE}","payload":{}}}"#, large_payload(MEBIBYTE + 1));
    let refused = customer.api().post_text(&customer.path("/msg"), body).await.expect(413);
    assert_eq!(refused["code"], Value::from("payload_too_large"));
}
