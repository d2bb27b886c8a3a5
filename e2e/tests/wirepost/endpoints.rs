//! What a change of an endpoint does to its deliveries: disabling, enabling, deleting, headers, subscriptions.

use serde_json::json;
use wirepost_e2e::answer::{Answer, Gate};
use wirepost_e2e::customer::{Customer, rows};
use wirepost_e2e::receiver::Receiver;
use wirepost_e2e::server::{Server, Settings};

#[tokio::test]
async fn a_disabled_endpoint_gets_nothing_until_it_is_enabled() {
    // The first attempt fails and the retry is due long after the test, unless something goes wrong.
    let server = Settings::default().with("WIREPOST_RETRY_SCHEDULE", "1s").start().await;
    let receiver =
        Receiver::answering(|received| Answer::status(if received.number == 1 { 500 } else { 200 })).await;
    let customer = Customer::create(&server).await;
    let endpoint = customer.endpoint(&receiver.url()).await;
    let path = customer.path(&format!("/endpoint/{}", endpoint.id));
    let pending = customer.send(r#"{"n":1}"#).await;
    customer.attempts_once(&pending, 1).await;
    let disabled = customer.api().patch(&path, &json!({"disabled": true})).await.expect(200);
    assert_eq!(disabled["disabled"], true);
    let skipped = customer.send(r#"{"n":2}"#).await;
    assert_eq!(customer.standing(&skipped).await["statusText"], "canceled");
    assert_eq!(customer.standing(&pending).await["statusText"], "pending");

    customer.api().patch(&path, &json!({"disabled": false})).await.expect(200);
    let fresh = customer.send(r#"{"n":3}"#).await;
    customer.stands_at(&fresh, "success").await;
    customer.stands_at(&pending, "success").await;
    let received = receiver.received();
    assert!(received.iter().all(|one| one.webhook_id() != skipped), "what was skipped stays so");
    assert_eq!(received.len(), 3);
}

#[tokio::test]
async fn deleting_an_endpoint_cancels_what_it_has_pending() {
    let server = Settings::default().with("WIREPOST_RETRY_SCHEDULE", "2s").start().await;
    let receiver = Receiver::answering(|_| Answer::status(500)).await;
    let witness = Receiver::accepting().await;
    let customer = Customer::create(&server).await;
    let endpoint = customer.endpoint(&receiver.url()).await;
    let message = customer.send("{}").await;
    customer.attempts_once(&message, 1).await;
    let path = customer.path(&format!("/endpoint/{}", endpoint.id));
    customer.api().delete(&path).await.expect(204);
    customer.api().get(&path).await.expect(404);

    // Another endpoint's retry of the same wait shows that the deleted one's moment has passed.
    let slow =
        Receiver::answering(|received| Answer::status(if received.number == 1 { 500 } else { 200 })).await;
    customer.endpoint(&slow.url()).await;
    customer.endpoint(&witness.url()).await;
    let later = customer.send("{}").await;
    slow.wait_for(2).await;
    witness.wait_for(1).await;
    assert_eq!(receiver.count(), 1, "nothing is sent to a deleted endpoint");
    let standings = customer.api().get(&customer.path(&format!("/msg/{later}/endpoint"))).await.expect(200);
    assert_eq!(rows(&standings).len(), 2);
}

#[tokio::test]
async fn deleting_an_endpoint_while_it_is_sent_to_harms_nothing() {
    let server = Server::start().await;
    let gate = Gate::default();
    let held = gate.clone();
    let receiver = Receiver::answering(move |_| Answer::status(200).behind(&held)).await;
    let customer = Customer::create(&server).await;
    let endpoint = customer.endpoint(&receiver.url()).await;
    customer.send("{}").await;
    receiver.wait_for(1).await;
    customer.api().delete(&customer.path(&format!("/endpoint/{}", endpoint.id))).await.expect(204);
    gate.open();
    let healthy = Receiver::accepting().await;
    customer.endpoint(&healthy.url()).await;
    let message = customer.send("{}").await;
    customer.stands_at(&message, "success").await;
    customer.api().delete(&format!("/app/{}", customer.id())).await.expect(204);
    assert_eq!(server.api().get("/health").await.status, 200);
}

#[tokio::test]
async fn custom_headers_arrive_and_those_of_the_signature_cannot_be_set() {
    let server = Server::start().await;
    let receiver = Receiver::accepting().await;
    let customer = Customer::create(&server).await;
    let headers = json!({"x-tenant": "north", "Authorization": "Bearer of-the-customer"});
    let endpoint = customer.endpoint_with(json!({"url": receiver.url(), "headers": headers})).await;
    let path = customer.path(&format!("/endpoint/{}/headers", endpoint.id));
    customer.send("{}").await;
    let received = receiver.wait_for(1).await;
    assert_eq!(received[0].header("x-tenant"), "north");
    assert_eq!(received[0].header("authorization"), "Bearer of-the-customer");
    let shown = customer.api().get(&path).await.expect(200);
    assert_eq!(shown["headers"], json!({"x-tenant": "north"}));
    assert_eq!(
        shown["sensitive"].as_array().map(Vec::len),
        Some(1),
        "a credential is shown by name: {shown}"
    );

    customer.api().patch(&path, &json!({"headers": {"x-tenant": "south", "x-more": "1"}})).await.expect(204);
    customer.send("{}").await;
    let received = receiver.wait_for(2).await;
    assert_eq!((received[1].header("x-tenant"), received[1].header("x-more")), ("south", "1"));
    assert_eq!(received[1].header("authorization"), "Bearer of-the-customer");
    customer.api().put(&path, &json!({"headers": {"x-only": "this"}})).await.expect(204);
    customer.send("{}").await;
    let received = receiver.wait_for(3).await;
    assert_eq!(received[2].header("x-only"), "this");
    assert!(
        !received[2].headers.contains_key("x-tenant") && !received[2].headers.contains_key("authorization")
    );
}

#[tokio::test]
async fn headers_that_are_ours_to_set_are_refused() {
    let server = Server::start().await;
    let customer = Customer::create(&server).await;
    let endpoint = customer.endpoint("https://hooks.example/in").await;
    let path = customer.path(&format!("/endpoint/{}/headers", endpoint.id));
    for name in [
        "webhook-id",
        "Webhook-Signature",
        "webhook-timestamp",
        "svix-id",
        "host",
        "content-length",
        "content-type",
        "transfer-encoding",
        "connection",
        "user-agent",
        "proxy-authorization",
        "upgrade",
    ] {
        customer.api().patch(&path, &json!({"headers": {name: "mine"}})).await.expect(422);
    }
    let split = json!({"headers": {"x-split": "a\r\nwebhook-id: mine"}});
    customer.api().patch(&path, &split).await.expect(422);
    assert_eq!(customer.api().get(&path).await.expect(200)["headers"], json!({}));
}

#[tokio::test]
async fn the_user_of_the_url_becomes_basic_authentication() {
    let server = Server::start().await;
    let receiver = Receiver::accepting().await;
    let customer = Customer::create(&server).await;
    customer.endpoint(&receiver.url().replace("http://", "http://user:pass%20word@")).await;
    customer.send("{}").await;
    let received = receiver.wait_for(1).await;
    assert_eq!(received[0].header("authorization"), "Basic dXNlcjpwYXNzIHdvcmQ=");
}

#[tokio::test]
async fn an_endpoint_gets_the_event_types_and_channels_it_asked_for() {
    let server = Server::start().await;
    let receiver = Receiver::accepting().await;
    let customer = Customer::create(&server).await;
    for name in ["asset.created", "asset.deleted"] {
        server
            .api()
            .post("/event-type", &json!({"name": name, "description": "of this test"}))
            .await
            .expect(201);
    }
    let wanted = json!({"url": receiver.url(), "eventTypes": ["asset.created"], "channels": ["north"]});
    customer.endpoint_with(wanted).await;
    let messages = [
        json!({"eventType": "asset.created", "payload": {"n": 1}}),
        json!({"eventType": "asset.created", "payload": {"n": 2}, "channels": ["south"]}),
        json!({"eventType": "asset.deleted", "payload": {"n": 3}, "channels": ["north"]}),
        json!({"eventType": "asset.created", "payload": {"n": 4}, "channels": ["south", "north"]}),
    ];
    let mut last = String::new();
    for message in &messages {
        let message = customer.api().post(&customer.path("/msg"), message).await.expect(202);
        last = message["id"].as_str().expect("an id").to_owned();
    }
    customer.stands_at(&last, "success").await;
    let bodies: Vec<_> = receiver.received().into_iter().map(|one| one.body).collect();
    assert_eq!(bodies, [r#"{"n":4}"#]);
}
