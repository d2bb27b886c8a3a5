//! Signing in at the company's own provider: whom it names, and what nobody is let in with.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use wirepost_control::issuer::Grants;
use wirepost_control::openid::{ClientSecret, OpenIdAccess, OpenIdAnswer, OpenIdBeginning};
use wirepost_control::sessions::SignedIn;
use wirepost_control::{ControlError, ControlResult, ControlSettings};
use wirepost_model::capability::{Capabilities, Capability};
use wirepost_model::token::Scope;

use crate::provider::Provider;
use crate::rig::{NOON, Rig};
use crate::signing_issuer::{SigningKey, encode};

const CODE: &str = "the-code";

/// A provider, and operations that believe it.
struct Company {
    rig: Rig,
    provider: Provider,
    key: SigningKey,
}

/// A sign-in that was begun, as its browser knows it.
struct Begun {
    beginning: OpenIdBeginning,
    state: String,
    nonce: String,
}

impl Company {
    async fn start() -> Self {
        Self::start_with(SigningKey::ec()).await
    }

    async fn start_with(key: SigningKey) -> Self {
        let provider = Provider::start(json!([key.public("one")])).await;
        let access = OpenIdAccess {
            name: "Sign in".to_owned(),
            issuer: provider.issuer.clone(),
            client_id: "wirepost".to_owned(),
            client_secret: Some(ClientSecret("between us".to_owned())),
            scopes: vec!["profile".to_owned()],
            app_claim: "tenant.id".to_owned(),
            capabilities_claim: "roles".to_owned(),
            grants: Grants::parse_for_people("Webhooks,Watcher=ViewBase,Boss=Admin").expect("good grants"),
        };
        let settings = ControlSettings {
            openid: Some(access),
            public_url: "https://hooks.example.com".to_owned(),
            ..ControlSettings::default()
        };
        let rig = Rig::start_with(settings);
        rig.app("acme").await;
        Self { rig, provider, key }
    }

    async fn begin(&self) -> Begun {
        let beginning = self.rig.control.begin_openid().await.expect("the provider answers");
        let [state, nonce] = ["state", "nonce"].map(|name| parameter(&beginning.address, name));
        Begun { beginning, state, nonce }
    }

    fn claims(&self, begun: &Begun) -> Value {
        json!({
            "iss": self.provider.issuer,
            "aud": "wirepost",
            "sub": "7",
            "iat": NOON.as_seconds(),
            "exp": NOON.as_seconds() + 300,
            "nonce": begun.nonce,
            "name": "Ada Lovelace",
            "tenant": {"id": "acme"},
            "roles": ["Assets", "Webhooks"],
        })
    }

    /// Comes back with this state and code.
    async fn come_back(&self, begun: &Begun, state: &str) -> ControlResult<SignedIn> {
        let answer = OpenIdAnswer { kept: begun.beginning.kept.expose(), state, code: CODE };
        self.rig.control.sign_in_with_openid(answer, None).await
    }

    /// Signs somebody in of whom the provider says what it usually says but for this.
    async fn sign_in(&self, changed: &[(&str, Value)]) -> ControlResult<SignedIn> {
        let begun = self.begin().await;
        let mut claims = self.claims(&begun);
        for (name, value) in changed {
            claims[name] = value.clone();
        }
        self.provider.give(&self.key.token("one", &claims));
        self.come_back(&begun, &begun.state).await
    }
}

fn parameter(address: &str, name: &str) -> String {
    let (_, query) = address.split_once('?').expect("a query");
    let found = query.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}=")));
    found.unwrap_or_else(|| panic!("no {name} in {address}")).to_owned()
}

#[tokio::test]
async fn whom_the_provider_names_is_let_into_the_named_app() {
    for key in [SigningKey::ec(), SigningKey::ed(), SigningKey::rsa()] {
        let company = Company::start_with(key).await;
        let signed_in = company.sign_in(&[]).await.expect("all is good");
        let access =
            company.rig.control.enter(signed_in.visitor.caller.clone(), "acme").await.expect("its app");
        assert_eq!(signed_in.visitor.person, "Ada Lovelace");
        assert_eq!(signed_in.visitor.caller.scope(), Scope::App(access.id()));
        assert_eq!(signed_in.visitor.caller.capabilities(), Capabilities::OF_CUSTOMER);
        let seen = company.rig.control.visitor(signed_in.secret.expose()).await;
        assert_eq!(seen, Ok(signed_in.visitor), "the session says the same");
        company.rig.clock.set(NOON.plus(Duration::from_secs(12 * 3_600)));
        let over = company.rig.control.visitor(signed_in.secret.expose()).await;
        assert_eq!(over, Err(ControlError::Unauthenticated));
    }
}

#[tokio::test]
async fn what_was_begun_and_what_is_turned_in_belong_together() {
    let company = Company::start().await;
    let begun = company.begin().await;
    let address = &begun.beginning.address;
    assert!(address.starts_with(&format!("{}/auth?", company.provider.issuer)), "{address}");
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", "wirepost"),
        ("code_challenge_method", "S256"),
        ("scope", "openid+profile"),
        ("redirect_uri", "https%3A%2F%2Fhooks.example.com%2Flogin%2Foidc%2Fcallback"),
    ] {
        assert_eq!(parameter(address, name), value);
    }
    company.provider.give(&company.key.token("one", &company.claims(&begun)));
    company.come_back(&begun, &begun.state).await.expect("all is good");
    let asked = company.provider.asked_for("/token");
    let [asked] = asked.as_slice() else { panic!("one request, not {asked:?}") };
    let basic = format!("Basic {}", STANDARD.encode("wirepost:between+us"));
    assert_eq!(asked.authorization.as_deref(), Some(basic.as_str()));
    let body = format!("?{}", asked.body);
    assert_eq!(parameter(&body, "code"), CODE);
    let verifier = parameter(&body, "code_verifier");
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, verifier.as_bytes());
    assert_eq!(encode(hash), parameter(address, "code_challenge"), "RFC 7636, section 4.6");
    let all = [&begun.state, &begun.nonce, &verifier];
    assert!(all.iter().all(|part| !begun.beginning.kept.expose().contains(part.as_str())));
    let next = company.begin().await;
    assert!(next.state != begun.state && next.nonce != begun.nonce, "each sign-in has its own");
}

#[tokio::test]
async fn an_answer_that_this_browser_did_not_ask_for_lets_nobody_in() {
    let company = Company::start().await;
    let (mine, others) = (company.begin().await, company.begin().await);
    company.provider.give(&company.key.token("one", &company.claims(&others)));
    for state in [others.state.as_str(), "", "x", &mine.beginning.kept.expose()[..20]] {
        let refused = company.come_back(&mine, state).await;
        assert_eq!(refused.map(drop), Err(ControlError::Unauthenticated), "{state:?}");
    }
    assert!(company.provider.asked_for("/token").is_empty(), "the code was shown to nobody");
    let refused = company.come_back(&mine, &mine.state).await;
    assert_eq!(
        refused.map(drop),
        Err(ControlError::Unauthenticated),
        "what was signed is for another sign-in"
    );
    for kept in ["", "x", "1769860800000.", ".x"] {
        let answer = OpenIdAnswer { kept, state: &mine.state, code: CODE };
        let refused = company.rig.control.sign_in_with_openid(answer, None).await;
        assert_eq!(refused.map(drop), Err(ControlError::Unauthenticated), "{kept:?}");
    }
}

#[tokio::test]
async fn who_takes_too_long_begins_again() {
    let company = Company::start().await;
    let begun = company.begin().await;
    company.provider.give(&company.key.token("one", &company.claims(&begun)));
    company.rig.clock.set(NOON.plus(Duration::from_secs(600)));
    let late = company.come_back(&begun, &begun.state).await;
    assert_eq!(late.map(drop), Err(ControlError::Unauthenticated));
    company.rig.clock.set(NOON.minus(Duration::from_secs(1)));
    let early = company.come_back(&begun, &begun.state).await;
    assert_eq!(early.map(drop), Err(ControlError::Unauthenticated), "it was begun in the future");
}

#[tokio::test]
async fn what_the_provider_did_not_sign_for_us_and_now_is_not_believed() {
    let company = Company::start().await;
    for (name, value) in [
        ("iss", json!("https://evil.example")),
        ("aud", json!("another")),
        ("aud", json!(["wirepost", "another"])),
        ("exp", json!(NOON.as_seconds())),
        ("nonce", json!("of another sign-in")),
        ("nonce", Value::Null),
    ] {
        let refused = company.sign_in(&[(name, value.clone())]).await;
        assert_eq!(refused.map(drop), Err(ControlError::Unauthenticated), "{name}: {value}");
    }
    let begun = company.begin().await;
    let claims = company.claims(&begun);
    let unsigned = format!("{}.{}.", encode(json!({"alg": "none"}).to_string()), encode(claims.to_string()));
    let shared = json!({"alg": "HS256", "typ": "JWT"});
    let by_secret = company.key.token_headed(&shared, &claims);
    let by_another = SigningKey::ec().token("one", &claims);
    for token in [unsigned, by_secret, by_another] {
        company.provider.give(&token);
        let refused = company.come_back(&begun, &begun.state).await;
        assert_eq!(refused.map(drop), Err(ControlError::Unauthenticated), "{token}");
    }
    company.provider.give(&company.key.token("one", &claims));
    company.come_back(&begun, &begun.state).await.expect("the same, well signed");
}

#[tokio::test]
async fn a_code_that_the_provider_refuses_counts_as_a_failure() {
    let company = Company::start().await;
    company.provider.show("/token", 400, json!({"error": "invalid_grant"}));
    let begun = company.begin().await;
    for _ in 0..60 {
        let refused = company.come_back(&begun, &begun.state).await;
        assert_eq!(refused.map(drop), Err(ControlError::Unauthenticated));
    }
    let refused = company.come_back(&begun, &begun.state).await;
    assert!(matches!(refused, Err(ControlError::TooManyRequests { .. })), "{refused:?}");
    assert_eq!(company.provider.asked_for("/token").len(), 60);
}

#[tokio::test]
async fn a_key_that_is_new_is_looked_for_once_a_minute_at_most() {
    let company = Company::start().await;
    company.sign_in(&[]).await.expect("all is good");
    let begun = company.begin().await;
    let another = SigningKey::ec();
    company.provider.show_keys(json!([another.public("two")]));
    company.provider.give(&another.token("two", &company.claims(&begun)));
    let soon = company.come_back(&begun, &begun.state).await;
    assert_eq!(soon.map(drop), Err(ControlError::Unauthenticated), "the keys are too young to doubt them");
    assert_eq!(company.provider.asked_for("/keys").len(), 1);
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(60)).await;
    tokio::time::resume();
    company.come_back(&begun, &begun.state).await.expect("the new key is known now");
    assert_eq!(company.provider.asked_for("/keys").len(), 2);
}

#[tokio::test]
async fn without_an_app_one_has_to_be_the_administrator() {
    let company = Company::start().await;
    let nowhere = |roles: Value| [("tenant", Value::Null), ("roles", roles)];
    for roles in [json!(["Webhooks"]), json!("Watcher ManageCatalog"), json!([]), Value::Null] {
        let refused = company.sign_in(&nowhere(roles.clone())).await;
        assert_eq!(refused.map(drop), Err(ControlError::Forbidden), "{roles}");
    }
    for roles in [json!("Boss"), json!(["Admin", "Assets"])] {
        let caller = company.sign_in(&nowhere(roles)).await.expect("an administrator").visitor.caller;
        assert_eq!((caller.scope(), caller.capabilities()), (Scope::Organisation, Capabilities::ALL));
    }
    for app in [json!(7), json!(""), json!(["acme"]), json!("unknown")] {
        let tenant = [("tenant", json!({"id": app})), ("roles", json!("Boss"))];
        let refused = company.sign_in(&tenant).await;
        assert_eq!(refused.map(drop), Err(ControlError::Forbidden), "an app that cannot be is none: {app}");
    }
}

#[tokio::test]
async fn inside_an_app_nothing_of_the_organisation_is_granted() {
    let company = Company::start().await;
    let roles = |roles: &str| [("roles", json!(roles))];
    let boss = company.sign_in(&roles("Boss Watcher")).await.expect("one may look").visitor.caller;
    assert_eq!(boss.capabilities(), Capabilities::from_iter([Capability::ViewBase]));
    assert!(matches!(boss.scope(), Scope::App(_)));
    for nothing in ["", "Assets", "Boss", "CreateAttempts"] {
        let refused = company.sign_in(&roles(nothing)).await;
        let expected = Err(ControlError::MissingCapability(Capability::ViewBase));
        assert_eq!(refused.map(drop), expected, "{nothing:?}");
    }
}

#[tokio::test]
async fn a_provider_that_makes_no_sense_is_not_available() {
    let company = Company::start().await;
    let mut posing = company.provider.configuration();
    posing["issuer"] = json!("https://login.example.com");
    let huge = format!("{{\"padding\": \"{}\"}}", "x".repeat(600 * 1_024));
    for (status, body) in
        [(200, posing.to_string()), (500, String::new()), (200, huge), (302, "{}".to_owned())]
    {
        let company = Company::start().await;
        company.provider.show("/.well-known/openid-configuration", status, body);
        let begun = company.rig.control.begin_openid().await;
        assert_eq!(begun.map(drop), Err(ControlError::IssuerUnavailable));
        let again = company.rig.control.begin_openid().await;
        assert_eq!(again.map(drop), Err(ControlError::IssuerUnavailable));
        let asked = company.provider.asked_for("/.well-known/openid-configuration");
        assert_eq!(asked.len(), 1, "a failure stands for a while");
    }
    let begun = company.begin().await;
    for (status, body) in [(200, "{}"), (200, "no JSON"), (503, "")] {
        company.provider.show("/token", status, body);
        let refused = company.come_back(&begun, &begun.state).await;
        assert_eq!(refused.map(drop), Err(ControlError::IssuerUnavailable), "{status} {body}");
    }
}

#[tokio::test]
async fn where_no_provider_is_set_there_is_no_such_sign_in() {
    let rig = Rig::start();
    assert_eq!(rig.control.begin_openid().await.map(drop), Err(ControlError::NotFound));
    let answer = OpenIdAnswer { kept: "x", state: "x", code: CODE };
    let refused = rig.control.sign_in_with_openid(answer, None).await;
    assert_eq!(refused.map(drop), Err(ControlError::NotFound));
}
