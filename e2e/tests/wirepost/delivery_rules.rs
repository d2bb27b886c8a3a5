//! An endpoint's own rules of delivery, against a server whose operator wants others.

use std::time::Duration;

use http::Version;
use serde_json::json;
use wirepost_e2e::answer::Answer;
use wirepost_e2e::authority::Authority;
use wirepost_e2e::customer::Customer;
use wirepost_e2e::receiver::Receiver;
use wirepost_e2e::server::Settings;

#[tokio::test]
async fn an_endpoints_own_rules_stand_beside_the_operators_and_outlive_a_restart() {
    let mut server = Settings::default().with("WIREPOST_RETRY_SCHEDULE", "0s").start().await;
    let receiver = Receiver::answering(|_| Answer::status(204)).await;
    let customer = Customer::create(&server).await;
    let rules = json!({"url": receiver.url(), "retrySchedule": ["1s", 0, 0], "successRule": "200"});
    let strict = customer.endpoint_with(rules).await;
    let message = customer.send("{}").await;
    customer.stands_at(&message, "fail").await;
    let attempts = customer.attempts(&message).await;
    assert_eq!(attempts.len(), 4, "the operator allows but two");
    assert!(attempts.iter().all(|attempt| attempt["responseStatusCode"] == 204));
    let received = receiver.received();
    let wait = received[1].arrived_at - received[0].arrived_at;
    assert!(wait >= Duration::from_secs(1), "the first retry came after {wait:?}");

    let shown = customer.show_endpoint(&strict.id).await;
    assert_eq!(shown["inForce"]["retrySchedule"], json!([1, 0, 0]));
    server.kill().await;
    server.start_again().await;
    let customer = customer.on(&server);
    assert_eq!(customer.show_endpoint(&strict.id).await, shown);
    let path = customer.path(&format!("/endpoint/{}", strict.id));
    let patch = json!({"retrySchedule": null, "successRule": null});
    let patched = customer.api().patch(&path, &patch).await.expect(200);
    assert_eq!(patched["inForce"]["retrySchedule"], json!([0]));
    let message = customer.send("{}").await;
    customer.stands_at(&message, "success").await;
}

#[tokio::test]
async fn an_endpoint_is_spoken_to_in_the_http_version_it_wants() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let root = directory.path().join("root.pem");
    let authority = Authority::create("Trusted authority");
    authority.write_root(&root);
    let server = Settings::default().with("SSL_CERT_FILE", root.to_string_lossy()).start().await;
    let customer = Customer::create(&server).await;
    let acceptor = authority.receiver("127.0.0.1", &["h2", "http/1.1"]);
    let receiver = Receiver::accepting_over_tls(acceptor).await;
    let endpoint = customer.endpoint(&receiver.url()).await;
    let path = customer.path(&format!("/endpoint/{}", endpoint.id));
    let versions = [("auto", Version::HTTP_2), ("1.1", Version::HTTP_11), ("2", Version::HTTP_2)];
    for (count, (wanted, spoken)) in (1..).zip(versions) {
        customer.api().patch(&path, &json!({ "httpVersion": wanted })).await.expect(200);
        let message = customer.send("{}").await;
        customer.stands_at(&message, "success").await;
        assert_eq!(receiver.wait_for(count).await[count - 1].version, spoken, "{wanted}");
    }
}
