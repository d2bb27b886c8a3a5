//! A pulse that a person raises arrives as a signed message, and the log outlives the process.

use serde_json::{Value, json};
use standardwebhooks::Webhook;
use wirepost_e2e::customer::{Customer, rows, text};
use wirepost_e2e::receiver::Receiver;
use wirepost_e2e::server::Server;

#[tokio::test]
async fn a_raised_pulse_is_delivered_with_a_good_signature_and_stays_in_the_log() {
    let mut server = Server::start().await;
    let customer = Customer::create(&server).await;
    let receiver = Receiver::accepting().await;
    let endpoint = customer.endpoint(&receiver.url()).await;
    let pulse = json!({
        "name": "Recall", "fields": {"type": "object", "properties": {"reason": {"type": "string"}}},
    });
    let pulse = text(&customer.api().post(&customer.path("/pulse"), &pulse).await.expect(201)["id"]);
    let path = customer.path(&format!("/pulse/{pulse}/raise"));
    let objects = r#"[ {"type":"asset", "id":"a1", "price": 1.50} ]"#;
    let body = format!(
        r#"{{"objects": {objects}, "fields": {{"reason":"broken"}}, "user": {{"id":"u1","firstName":"Zoë"}}}}"#
    );
    let raised = customer.api().post_text(&path, body).await.expect(202);

    let received = receiver.wait_for(1).await.remove(0);
    assert_eq!(received.webhook_id(), text(&raised["message"]["id"]));
    let verifier = Webhook::new(&endpoint.key).expect("a good key");
    verifier.verify(&received.body, &received.headers).expect("the signature is good");
    let payload = std::str::from_utf8(&received.body).expect("it is text");
    assert!(payload.contains(&format!("\"objects\":{objects}")), "byte for byte: {payload}");
    let payload: Value = serde_json::from_str(payload).expect("it is JSON");
    assert_eq!(payload["event"]["user"], json!({"id": "u1", "firstName": "Zoë"}));
    assert_eq!(payload["pulse"], json!({"id": pulse, "name": "Recall"}));
    assert_eq!(payload["fields"], json!({"reason": "broken"}));

    server.kill().await;
    server.start_again().await;
    let customer = customer.on(&server);
    let again = json!({"objects": [{"id": "a2", "type": "asset"}]});
    let again = customer.api().post(&path, &again).await.expect(202);
    let log = rows(&customer.api().get(&customer.path("/raise")).await.expect(200));
    assert_eq!(log, [again["raise"].clone(), raised["raise"].clone()]);
}
