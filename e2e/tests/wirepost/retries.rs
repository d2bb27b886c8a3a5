//! What is not delivered is tried again: when, how often, and when not.

use std::collections::HashSet;
use std::time::{Duration, UNIX_EPOCH};

use serde_json::{Value, json};
use wirepost_e2e::answer::{Answer, Flow};
use wirepost_e2e::customer::{Customer, text};
use wirepost_e2e::receiver::Receiver;
use wirepost_e2e::server::{Server, Settings};

async fn start(schedule: &str) -> Server {
    Settings::default().with("WIREPOST_RETRY_SCHEDULE", schedule).start().await
}

fn statuses(attempts: &[Value]) -> Vec<u64> {
    attempts.iter().map(|attempt| attempt["responseStatusCode"].as_u64().expect("a number")).collect()
}

#[tokio::test]
async fn a_delivery_that_fails_twice_arrives_at_the_third_attempt_under_the_same_id() {
    let server = start("0s,1s").await;
    let receiver = Receiver::answering(|received| match received.number {
        1 => Answer::status(500).body(Flow::text("out of order")),
        2 => Answer::status(404),
        _ => Answer::status(201).body(Flow::text("thank you")),
    })
    .await;
    let customer = Customer::create(&server).await;
    let endpoint = customer.endpoint(&receiver.url()).await;
    let message = customer.send(r#"{"n":1}"#).await;

    let received = receiver.wait_for(3).await;
    assert!(received.iter().all(|one| one.webhook_id() == message && one.body == received[0].body));
    assert!(received.iter().all(|one| one.header("user-agent").starts_with("Wirepost/")));
    let wait = received[2].arrived_at - received[1].arrived_at;
    assert!(wait >= Duration::from_secs(1), "the second retry came after {wait:?}");
    assert!(
        received[2].webhook_timestamp() > received[0].webhook_timestamp(),
        "each attempt has its own time"
    );
    assert_ne!(received[2].header("webhook-signature"), received[0].header("webhook-signature"));
    for one in &received {
        let verifier = standardwebhooks::Webhook::new(&endpoint.key).expect("the key is a secret");
        verifier.verify(&one.body, &one.headers).expect("every attempt is signed for itself");
    }

    let attempts = customer.attempts_once(&message, 3).await;
    assert_eq!(statuses(&attempts), [500, 404, 201]);
    let told: Vec<&str> = attempts.iter().filter_map(|attempt| attempt["statusText"].as_str()).collect();
    assert_eq!(told, ["fail", "fail", "success"]);
    let responses: Vec<&str> = attempts.iter().filter_map(|attempt| attempt["response"].as_str()).collect();
    assert_eq!(responses, ["out of order", "", "thank you"]);
    let ids: HashSet<&str> = attempts.iter().filter_map(|attempt| attempt["id"].as_str()).collect();
    assert_eq!(ids.len(), 3);
    assert_eq!(customer.standing(&message).await["statusText"], "success");
}

#[tokio::test]
async fn when_the_schedule_is_used_up_the_delivery_has_failed() {
    let server = start("0s,1s").await;
    let receiver = Receiver::answering(|_| Answer::status(500)).await;
    let customer = Customer::create(&server).await;
    customer.endpoint(&receiver.url()).await;
    let message = customer.send("{}").await;
    let standing = customer.stands_at(&message, "fail").await;
    assert_eq!(standing["nextAttempt"], Value::Null);
    assert_eq!(statuses(&customer.attempts(&message).await), [500, 500, 500]);
    assert_eq!(receiver.count(), 3);
}

#[tokio::test]
async fn a_resend_is_one_attempt_by_hand_and_delivers_what_had_failed() {
    let server = start("0s").await;
    let receiver =
        Receiver::answering(|received| Answer::status(if received.number < 4 { 500 } else { 200 })).await;
    let customer = Customer::create(&server).await;
    let endpoint = customer.endpoint(&receiver.url()).await;
    let message = customer.send("{}").await;
    customer.stands_at(&message, "fail").await;
    customer.resend(&message, &endpoint.id).await;
    customer.attempts_once(&message, 3).await;
    customer.stands_at(&message, "fail").await;
    customer.resend(&message, &endpoint.id).await;
    customer.stands_at(&message, "success").await;
    let attempts = customer.attempts(&message).await;
    let triggers: Vec<u64> = attempts.iter().filter_map(|attempt| attempt["triggerType"].as_u64()).collect();
    assert_eq!(triggers, [0, 0, 1, 1]);
    assert!(receiver.received().iter().all(|one| one.webhook_id() == message));
}

#[tokio::test]
async fn retry_after_in_seconds_is_never_undercut() {
    let server = start("0s").await;
    let receiver = Receiver::answering(|received| match received.number {
        1 => Answer::status(500).header("retry-after", "2"),
        _ => Answer::status(200),
    })
    .await;
    let customer = Customer::create(&server).await;
    customer.endpoint(&receiver.url()).await;
    let message = customer.send("{}").await;
    let received = receiver.wait_for(2).await;
    let wait = received[1].arrived_at - received[0].arrived_at;
    assert!(wait >= Duration::from_secs(2), "asked for 2 s, came after {wait:?}");
    customer.stands_at(&message, "success").await;
}

#[tokio::test]
async fn retry_after_as_a_date_is_never_undercut() {
    let server = start("0s").await;
    let date = |timestamp: i64| {
        let seconds = u64::try_from(timestamp).expect("after 1970") + 2;
        httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(seconds))
    };
    let receiver = Receiver::answering(move |received| match received.number {
        1 => Answer::status(503).header("retry-after", date(received.webhook_timestamp())),
        _ => Answer::status(200),
    })
    .await;
    let customer = Customer::create(&server).await;
    customer.endpoint(&receiver.url()).await;
    customer.send("{}").await;
    let received = receiver.wait_for(2).await;
    let (first, second) = (received[0].webhook_timestamp(), received[1].webhook_timestamp());
    assert!(second >= first + 2, "asked for {}, came at {second}", first + 2);
}

#[tokio::test]
async fn an_endpoint_that_is_too_busy_is_left_alone_with_other_messages_too() {
    let server = start("0s").await;
    let receiver = Receiver::answering(|received| match received.number {
        1 => Answer::status(429).header("retry-after", "2"),
        _ => Answer::status(200),
    })
    .await;
    let customer = Customer::create(&server).await;
    customer.endpoint(&receiver.url()).await;
    let first = customer.send("{}").await;
    customer.attempts_once(&first, 1).await;
    let second = customer.send("{}").await;
    let received = receiver.wait_for(3).await;
    let wait = received[1].arrived_at - received[0].arrived_at;
    assert!(wait >= Duration::from_secs(2), "asked for 2 s of rest, was left alone for {wait:?}");
    customer.stands_at(&first, "success").await;
    customer.stands_at(&second, "success").await;
}

#[tokio::test]
async fn a_410_disables_the_endpoint_and_ends_its_deliveries() {
    let server = start("0s,0s").await;
    let receiver = Receiver::answering(|_| Answer::status(410)).await;
    let customer = Customer::create(&server).await;
    let endpoint = customer.endpoint(&receiver.url()).await;
    let message = customer.send("{}").await;
    customer.stands_at(&message, "fail").await;
    assert_eq!(statuses(&customer.attempts(&message).await), [410]);
    assert_eq!(customer.show_endpoint(&endpoint.id).await["disabled"], json!(true));
    let later = customer.send("{}").await;
    assert_eq!(customer.standing(&later).await["statusText"], "canceled");
    let path = customer.path(&format!("/msg/{message}/endpoint/{}/resend", endpoint.id));
    customer.api().post(&path, &json!({})).await.expect(409);
    assert_eq!(receiver.count(), 1);
}

#[tokio::test]
async fn a_redirect_is_a_failure_and_is_never_followed() {
    let server = start("0s").await;
    let elsewhere = Receiver::accepting().await;
    for status in [301, 302, 303, 307, 308] {
        let target = elsewhere.url();
        let receiver =
            Receiver::answering(move |_| Answer::status(status).header("location", target.clone())).await;
        let customer = Customer::create(&server).await;
        customer.endpoint(&receiver.url()).await;
        let message = customer.send("{}").await;
        customer.stands_at(&message, "fail").await;
        assert_eq!(statuses(&customer.attempts(&message).await), [u64::from(status); 2]);
    }
    assert_eq!(elsewhere.count(), 0, "nothing was sent where a redirect pointed");
}

#[tokio::test]
async fn retries_that_were_pending_are_made_after_a_kill() {
    let mut server = start("2s").await;
    let receiver =
        Receiver::answering(|received| Answer::status(if received.number <= 20 { 500 } else { 200 })).await;
    let customer = Customer::create(&server).await;
    customer.endpoint(&receiver.url()).await;
    let messages = customer.send_batch((0..20).map(|number| format!(r#"{{"n":{number}}}"#))).await;
    for message in &messages {
        customer.attempts_once(message, 1).await;
    }
    server.kill().await;
    server.start_again().await;
    let customer = customer.on(&server);
    let received = receiver.wait_for(40).await;
    for message in &messages {
        let mut arrivals = received.iter().filter(|one| one.webhook_id() == message);
        let (first, second) = (arrivals.next(), arrivals.next());
        let (first, second) = first.zip(second).expect("every message came twice");
        let wait = second.arrived_at - first.arrived_at;
        assert!(wait >= Duration::from_secs(2), "a restart is no reason to hurry: {wait:?}");
        customer.stands_at(message, "success").await;
    }
}

#[tokio::test]
async fn a_message_for_later_is_not_sent_earlier_and_not_forgotten_by_a_kill() {
    let mut server = Server::start().await;
    let receiver = Receiver::accepting().await;
    let customer = Customer::create(&server).await;
    customer.endpoint(&receiver.url()).await;
    let now = customer.api().post(&customer.path("/msg"), &json!({"eventType": "a.b", "payload": {}})).await;
    let now = now.expect(202);
    let first = text(&now["id"]).to_owned();
    let now: jiff::Timestamp = text(&now["timestamp"]).parse().expect("the time of a message");
    let deliver_at = now + Duration::from_secs(3);
    let later = json!({"eventType": "a.b", "payload": {"n": 2}, "deliverAt": deliver_at.to_string()});
    let later = customer.api().post(&customer.path("/msg"), &later).await.expect(202);
    // On record, so that the kill does not have it sent again.
    customer.attempts_once(&first, 1).await;
    server.kill().await;
    server.start_again().await;
    let received = receiver.wait_for(2).await;
    assert_eq!(received[1].webhook_id(), text(&later["id"]));
    let sent_at = received[1].webhook_timestamp();
    assert!(sent_at >= deliver_at.as_second(), "due at {deliver_at}, sent at {sent_at}");
}
