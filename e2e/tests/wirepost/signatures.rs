//! The published verifiers accept what arrives: before, during and after a change of secret.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ed25519_compact::{PublicKey, Signature};
use http::HeaderMap;
use serde_json::json;
use wirepost_e2e::customer::{Customer, Endpoint};
use wirepost_e2e::receiver::{Received, Receiver};
use wirepost_e2e::server::Server;
use wirepost_e2e::waiting::eventually;

struct Setting {
    // Held so that it runs as long as the test does.
    _server: Server,
    receiver: Receiver,
    customer: Customer,
}

impl Setting {
    async fn start() -> Self {
        let server = Server::start().await;
        let customer = Customer::create(&server).await;
        Self { _server: server, receiver: Receiver::accepting().await, customer }
    }

    async fn endpoint(&self) -> Endpoint {
        self.customer.endpoint(&self.receiver.url()).await
    }

    /// Sends one message and gives back what arrived.
    async fn deliver(&self) -> Received {
        let message = self.customer.send(r#"{"name":"Zoë", "price": 1.50}"#).await;
        let arrived = |received: &[Received]| received.iter().any(|one| one.webhook_id() == message);
        let mut received = self.receiver.wait_until("the message", arrived).await;
        received.retain(|one| one.webhook_id() == message);
        received.remove(0)
    }

    async fn rotate(&self, endpoint: &Endpoint, grace_seconds: u32) -> String {
        let path = self.customer.path(&format!("/endpoint/{}/secret/rotate", endpoint.id));
        let reply = self.customer.api().post(&path, &json!({"gracePeriodSeconds": grace_seconds})).await;
        assert!(reply.status.is_success(), "{reply:?}");
        self.customer.key(&endpoint.id).await
    }
}

/// What the two published verifiers say; they have to agree.
pub(crate) fn verifies(key: &str, headers: &HeaderMap, body: &[u8]) -> bool {
    let standard = standardwebhooks::Webhook::new(key).expect("the key is a secret").verify(body, headers);
    let svix = svix::webhooks::Webhook::new(key).expect("the key is a secret").verify(body, headers);
    assert_eq!(standard.is_ok(), svix.is_ok(), "{standard:?} but {svix:?}");
    standard.is_ok()
}

fn accepts(key: &str, received: &Received) -> bool {
    verifies(key, &received.headers, &received.body)
}

#[tokio::test]
async fn the_published_verifiers_accept_a_delivery_and_refuse_a_changed_one() {
    let setting = Setting::start().await;
    let endpoint = setting.endpoint().await;
    let received = setting.deliver().await;
    assert!(accepts(&endpoint.key, &received));
    let other_key = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
    assert!(!accepts(other_key, &received));
    assert!(!verifies(&endpoint.key, &received.headers, b"{}"));
    let mut headers = received.headers.clone();
    headers.insert("webhook-id", "msg_another".parse().expect("a header's value"));
    assert!(!verifies(&endpoint.key, &headers, &received.body));
}

#[tokio::test]
async fn old_and_new_secret_both_verify_during_a_rotation_and_the_new_signature_is_first() {
    let setting = Setting::start().await;
    let endpoint = setting.endpoint().await;
    assert!(accepts(&endpoint.key, &setting.deliver().await));

    let new_key = setting.rotate(&endpoint, 3_600).await;
    assert_ne!(new_key, endpoint.key);
    let during = setting.deliver().await;
    assert!(accepts(&endpoint.key, &during) && accepts(&new_key, &during));
    let (first, second) = during.header("webhook-signature").split_once(' ').expect("two signatures");
    let mut headers = during.headers.clone();
    headers.insert("webhook-signature", first.parse().expect("a header's value"));
    assert!(verifies(&new_key, &headers, &during.body) && !verifies(&endpoint.key, &headers, &during.body));
    headers.insert("webhook-signature", second.parse().expect("a header's value"));
    assert!(verifies(&endpoint.key, &headers, &during.body) && !verifies(&new_key, &headers, &during.body));
}

#[tokio::test]
async fn after_a_rotation_without_grace_only_the_new_secret_verifies() {
    let setting = Setting::start().await;
    let endpoint = setting.endpoint().await;
    let new_key = setting.rotate(&endpoint, 0).await;
    let after = setting.deliver().await;
    assert!(accepts(&new_key, &after) && !accepts(&endpoint.key, &after));
}

#[tokio::test]
async fn the_old_secret_signs_until_its_grace_ends_and_no_longer() {
    let setting = Setting::start().await;
    let endpoint = setting.endpoint().await;
    let new_key = setting.rotate(&endpoint, 1).await;
    let during = setting.deliver().await;
    assert!(accepts(&endpoint.key, &during) && accepts(&new_key, &during));
    eventually("the end of the grace period", async || {
        let received = setting.deliver().await;
        assert!(accepts(&new_key, &received));
        (!accepts(&endpoint.key, &received)).then_some(())
    })
    .await;
}

#[tokio::test]
async fn an_ed25519_secret_signs_what_its_public_half_verifies() {
    const SECRET: &str =
        "6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==";
    let setting = Setting::start().await;
    let wanted = json!({"url": setting.receiver.url(), "secret": format!("whsk_{SECRET}")});
    let endpoint = setting.customer.endpoint_with(wanted).await;
    let public = endpoint.key.strip_prefix("whpk_").expect("only the public half is shown");
    let secret = BASE64_STANDARD.decode(SECRET).expect("the secret is base64");
    let public = BASE64_STANDARD.decode(public).expect("the public half is base64");
    assert_eq!(public, secret[32..]);

    let received = setting.deliver().await;
    let signature = received.header("webhook-signature").strip_prefix("v1a,").expect("an ed25519 signature");
    let signature = BASE64_STANDARD.decode(signature).expect("the signature is base64");
    let signature = Signature::from_slice(&signature).expect("a signature has 64 bytes");
    let key = PublicKey::from_slice(&public).expect("a public key has 32 bytes");
    let (id, timestamp) = (received.webhook_id(), received.header("webhook-timestamp"));
    let signed = [id.as_bytes(), b".", timestamp.as_bytes(), b".", &received.body].concat();
    key.verify(&signed, &signature).expect("the signature is good");
    key.verify([&signed[..], b" "].concat(), &signature).expect_err("another text has another signature");
}

#[tokio::test]
async fn changing_from_one_kind_of_secret_to_the_other_signs_with_both() {
    let setting = Setting::start().await;
    let endpoint = setting.endpoint().await;
    let path = setting.customer.path(&format!("/endpoint/{}/secret/rotate", endpoint.id));
    let key = "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==";
    let reply = setting.customer.api().post(&path, &json!({ "key": key })).await;
    assert!(reply.status.is_success(), "{reply:?}");
    let received = setting.deliver().await;
    assert!(received.header("webhook-signature").starts_with("v1a,"), "the new one stands first");
    assert!(accepts(&endpoint.key, &received), "the old one verifies still");
}
