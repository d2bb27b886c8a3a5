//! What an operator is told while an endpoint fails, is killed over, given up, and mended.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use wirepost_e2e::answer::Answer;
use wirepost_e2e::customer::{Customer, text};
use wirepost_e2e::receiver::{Received, Receiver};
use wirepost_e2e::server::Settings;

/// A server on which endpoints may fail for six seconds only, and try nearly as often as they like.
fn settings() -> Settings {
    Settings::default()
        .with("WIREPOST_OPERATIONAL_APP", "operations")
        .with("WIREPOST_DISABLE_AFTER", "6s")
        .with("WIREPOST_WARN_AT_PERCENT", "50")
        .with("WIREPOST_RETRY_SCHEDULE", ["1s"; 12].join(","))
}

fn body(received: &Received) -> Value {
    serde_json::from_slice(&received.body).expect("a notice is JSON")
}

/// The messages of this type, each once, however often it came.
fn told_of(received: &[Received], event_type: &str) -> Vec<Value> {
    let mut ids = BTreeSet::new();
    let of_type = received.iter().filter(|one| body(one)["type"] == event_type);
    of_type.filter(|one| ids.insert(one.webhook_id().to_owned())).map(body).collect()
}

async fn wait_for(operators: &Receiver, event_type: &str) -> Vec<Value> {
    let told = |received: &[Received]| !told_of(received, event_type).is_empty();
    told_of(&operators.wait_until(event_type, told).await, event_type)
}

#[tokio::test]
async fn an_operator_hears_of_an_endpoint_that_fails_until_it_is_mended() {
    let mut server = settings().start().await;
    let operators = Receiver::accepting().await;
    let ours = json!({"url": operators.url()});
    let ours = server.api().post("/app/operations/endpoint", &ours).await.expect(201);

    let broken = Receiver::answering(|_| Answer::status(500)).await;
    let customer = Customer::create_with(&server, &json!({"name": "A customer", "uid": "acme"})).await;
    let endpoint = customer.endpoint(&broken.url()).await;
    let message = customer.send(r#"{"n":1}"#).await;

    let created = wait_for(&operators, "endpoint.created").await;
    assert_eq!(created.len(), 1, "its own endpoint is told of to nobody");
    assert_eq!(
        (&created[0]["data"]["appUid"], &created[0]["data"]["endpointId"]),
        (&json!("acme"), &json!(endpoint.id))
    );

    let failing = wait_for(&operators, "endpoint.failing").await;
    assert_eq!(failing[0]["data"]["percent"], 50);
    server.kill().await;
    server.start_again().await;

    let disabled = wait_for(&operators, "endpoint.disabled").await;
    let data = &disabled[0]["data"];
    assert_eq!((&data["trigger"], &data["reason"]), (&json!("automatic"), &json!("failing")));
    assert_eq!(data["failSince"], failing[0]["data"]["failSince"]);
    let attempt = wait_for(&operators, "message.attempt.failing").await;
    assert_eq!(attempt[0]["data"]["msgId"], message);
    assert_eq!(attempt[0]["data"]["lastAttempt"]["responseStatusCode"], 500);
    assert_eq!(told_of(&operators.received(), "endpoint.failing").len(), 1, "it is warned of once");
    assert!(
        broken.received().iter().all(|one| one.webhook_id() == message),
        "it hears of its own message alone"
    );

    let customer = customer.on(&server);
    let enable = json!({"disabled": false});
    customer.api().patch(&customer.path(&format!("/endpoint/{}", endpoint.id)), &enable).await.expect(200);
    wait_for(&operators, "endpoint.enabled").await;

    let path = format!("/app/operations/endpoint/{}/secret", text(&ours["id"]));
    let key = text(&customer.api().get(&path).await.expect(200)["key"]);
    let verifier = standardwebhooks::Webhook::new(&key).expect("the key is a secret");
    for one in operators.received() {
        verifier.verify(&one.body, &one.headers).expect("each is signed as any message");
    }
}
