//! Tokens that another system signed: believed for what they say of an app, and for nothing else.

use serde_json::{Value, json};
use wirepost_control::ControlError;
use wirepost_control::ControlSettings;
use wirepost_control::caller::Caller;
use wirepost_control::issuer::{Grants, IssuerSettings, KeySource};
use wirepost_model::capability::Capability;
use wirepost_model::timestamp::Timestamp;
use wirepost_model::token::Scope;

use crate::rig::{NOON, Rig};
use crate::signing_issuer::{KeyServer, SigningKey, encode};

const ISSUER: &str = "https://login.example.com/";

fn settings(keys: KeySource) -> ControlSettings {
    let issuer = IssuerSettings {
        name: ISSUER.to_owned(),
        audience: "wirepost".to_owned(),
        keys,
        app_claim: "tenant.id".to_owned(),
        capabilities_claim: "privileges".to_owned(),
        grants: Grants::parse("Webhooks,Sender=SendMessages").expect("good grants"),
    };
    ControlSettings { issuer: Some(issuer), ..ControlSettings::default() }
}

fn key_set(keys: &[Value]) -> KeySource {
    KeySource::from_text(&json!({"keys": keys}).to_string()).expect("a key set")
}

fn claims() -> Value {
    json!({
        "iss": ISSUER,
        "aud": ["other", "wirepost"],
        "exp": NOON.as_seconds() + 300,
        "nbf": NOON.as_seconds(),
        "tenant": {"id": "acme"},
        "privileges": ["Assets", "Webhooks"],
    })
}

fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[name] = value;
    claims
}

async fn start(key: &SigningKey) -> Rig {
    let rig = Rig::start_with(settings(key_set(&[key.public("one")])));
    rig.app("acme").await;
    rig
}

async fn authenticate(rig: &Rig, token: &str) -> Result<Caller, ControlError> {
    rig.control.authenticate(token).await
}

#[tokio::test]
async fn a_signed_token_opens_its_app_with_what_its_role_grants() {
    for key in [SigningKey::ed(), SigningKey::ec(), SigningKey::rsa()] {
        let rig = start(&key).await;
        let caller = authenticate(&rig, &key.token("one", &claims())).await;
        let caller = caller.unwrap_or_else(|error| panic!("{}: {error}", key.algorithm()));
        let access = rig.control.enter(caller.clone(), "acme").await.expect("its own app");
        assert_eq!(caller.scope(), Scope::App(access.id()));
        assert!(caller.may(Capability::ManageEndpoint) && !caller.may(Capability::SendMessages));
        rig.app("other").await;
        let other = rig.control.enter(caller, "other").await;
        assert!(matches!(other, Err(ControlError::NotFound)), "{other:?}");
    }
}

#[tokio::test]
async fn a_token_without_a_role_that_counts_may_do_nothing() {
    let key = SigningKey::ed();
    let rig = start(&key).await;
    let token = key.token("one", &with("privileges", json!("Assets Admin ManageCatalog")));
    let caller = authenticate(&rig, &token).await.expect("it is good for who it is");
    assert!(Capability::ALL.into_iter().all(|capability| !caller.may(capability)));
    let sender = key.token("one", &with("privileges", json!("Sender CreateAttempts")));
    let sender = authenticate(&rig, &sender).await.expect("it is good");
    assert!(sender.may(Capability::SendMessages) && sender.may(Capability::CreateAttempts));
    assert!(!sender.may(Capability::ViewBase));
}

#[tokio::test]
async fn claims_that_are_not_for_us_are_refused() {
    let key = SigningKey::ed();
    let rig = start(&key).await;
    let now = NOON.as_seconds();
    for (name, value) in [
        ("iss", json!("https://elsewhere.example.com/")),
        ("iss", Value::Null),
        ("aud", json!("other")),
        ("aud", Value::Null),
        ("exp", json!(now)),
        ("exp", Value::Null),
        ("exp", json!("soon")),
        ("nbf", json!(now + 31)),
        ("tenant", json!({"id": "none"})),
        ("tenant", json!({"id": ""})),
        ("tenant", json!({"id": 7})),
        ("tenant", json!("acme")),
    ] {
        let refused = authenticate(&rig, &key.token("one", &with(name, value.clone()))).await;
        assert_eq!(refused, Err(ControlError::Unauthenticated), "{name}: {value}");
    }
}

#[tokio::test]
async fn signatures_that_anyone_could_make_are_refused() {
    let (key, rsa) = (SigningKey::ed(), SigningKey::rsa());
    let keys = key_set(&[key.public("one"), rsa.public("two")]);
    let rig = Rig::start_with(settings(keys));
    rig.app("acme").await;
    let good = key.token("one", &claims());
    assert!(authenticate(&rig, &good).await.is_ok());
    let (signed, signature) = good.rsplit_once('.').expect("three parts");
    let (header, _) = signed.split_once('.').expect("three parts");
    let none = format!("{}.{}.", encode(r#"{"alg":"none"}"#), encode(claims().to_string()));
    let other_claims = encode(with("tenant", json!({"id": "acme", "x": 1})).to_string());
    let critical = json!({"alg": "EdDSA", "kid": "one", "crit": ["x"], "x": 1});
    for (token, why) in [
        (none, "no signature"),
        (format!("{signed}."), "an empty signature"),
        (format!("{header}.{other_claims}.{signature}"), "the signature of other claims"),
        (SigningKey::ed().token("one", &claims()), "a stranger's key"),
        (key.token("two", &claims()), "a key of another kind"),
        (key.token("three", &claims()), "an unknown key"),
        (key.token_headed(&json!({"alg": "EdDSA"}), &claims()), "no key named where there are two"),
        (key.token_headed(&json!({"alg": "HS256", "kid": "one"}), &claims()), "a shared secret"),
        (key.token_headed(&json!({"alg": "RS256", "kid": "one"}), &claims()), "another algorithm"),
        (rsa.token_headed(&json!({"alg": "RS512", "kid": "two"}), &claims()), "another hash"),
        (key.token_headed(&critical, &claims()), "a critical extension"),
        (good.replace('.', ".."), "too many parts"),
        (format!("eyJ{good}"), "a broken header"),
    ] {
        assert_eq!(authenticate(&rig, &token).await, Err(ControlError::Unauthenticated), "{why}");
    }
}

#[tokio::test]
async fn a_token_is_good_to_its_end_and_no_longer() {
    let key = SigningKey::ec();
    let rig = start(&key).await;
    let token = key.token("one", &claims());
    for (seconds, good) in [(0, true), (59, true), (61, true), (299, true), (300, false)] {
        rig.clock.set(Timestamp::from_millis(NOON.as_millis() + seconds * 1_000));
        assert_eq!(authenticate(&rig, &token).await.is_ok(), good, "after {seconds} s");
    }
}

#[tokio::test]
async fn without_an_issuer_nothing_signed_is_believed() {
    let key = SigningKey::ed();
    let rig = Rig::start();
    rig.app("acme").await;
    let refused = authenticate(&rig, &key.token("one", &claims())).await;
    assert_eq!(refused, Err(ControlError::Unauthenticated));
}

#[tokio::test]
async fn a_key_that_is_new_is_fetched_at_most_once_a_minute() {
    let (old, fresh) = (SigningKey::ed(), SigningKey::ed());
    let server = KeyServer::start(json!({"keys": [old.public("old")]})).await;
    let rig = Rig::start_with(settings(KeySource::Url(server.url.clone())));
    rig.app("acme").await;
    assert!(authenticate(&rig, &old.token("old", &claims())).await.is_ok());
    assert_eq!(server.times_asked(), 1);
    server.show(Some(json!({"keys": [old.public("old"), fresh.public("fresh")]})));
    let token = fresh.token("fresh", &claims());
    for _ in 0..3 {
        assert_eq!(authenticate(&rig, &token).await, Err(ControlError::Unauthenticated));
    }
    assert_eq!(server.times_asked(), 1, "a minute has not passed");
    rig.clock.set(Timestamp::from_millis(NOON.as_millis() + 60_000));
    assert!(authenticate(&rig, &token).await.is_ok());
    assert_eq!(server.times_asked(), 2);
}

#[tokio::test]
async fn keys_are_looked_at_again_every_hour_and_believed_for_a_day_without_the_issuer() {
    const HOUR: i64 = 3_600;
    let (old, fresh) = (SigningKey::ed(), SigningKey::ed());
    let server = KeyServer::start(json!({"keys": [old.public("one")]})).await;
    let rig = Rig::start_with(settings(KeySource::Url(server.url.clone())));
    rig.app("acme").await;
    let long = with("exp", json!(NOON.as_seconds() + 100 * HOUR));
    let pass_to = |seconds| rig.clock.set(Timestamp::from_millis(NOON.as_millis() + seconds * 1_000));
    assert!(authenticate(&rig, &old.token("one", &long)).await.is_ok());
    server.show(None);
    pass_to(23 * HOUR);
    assert!(authenticate(&rig, &old.token("one", &long)).await.is_ok(), "the issuer is away for a while");
    pass_to(24 * HOUR);
    let away = authenticate(&rig, &old.token("one", &long)).await;
    assert_eq!(away, Err(ControlError::IssuerUnavailable));
    server.show(Some(json!({"keys": [fresh.public("one")]})));
    pass_to(25 * HOUR);
    assert!(authenticate(&rig, &fresh.token("one", &long)).await.is_ok());
    let withdrawn = authenticate(&rig, &old.token("one", &long)).await;
    assert_eq!(withdrawn, Err(ControlError::Unauthenticated));
}

#[tokio::test]
async fn an_issuer_that_was_never_reached_says_so() {
    let server = KeyServer::start(json!("no keys")).await;
    let rig = Rig::start_with(settings(KeySource::Url(server.url.clone())));
    let refused = authenticate(&rig, &SigningKey::ed().token("one", &claims())).await;
    assert_eq!(refused, Err(ControlError::IssuerUnavailable));
}
