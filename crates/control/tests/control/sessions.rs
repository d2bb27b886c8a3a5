//! People in the pages: how they come in, who they are, and what ends their stay.

use std::net::IpAddr;
use std::time::Duration;

use wirepost_control::change::Change;
use wirepost_control::event_types::EventTypeChanges;
use wirepost_control::page::{Order, PageQuery};
use wirepost_control::portal::PortalDraft;
use wirepost_control::sessions::SignedIn;
use wirepost_control::tokens::TokenDraft;
use wirepost_control::{Control, ControlError};
use wirepost_model::capability::{Capabilities, Capability};
use wirepost_model::clock::Clock;
use wirepost_model::token::Scope;

use crate::rig::{NOON, Rig};

const HOUR: Duration = Duration::from_secs(3_600);

fn named(capabilities: &[Capability]) -> Capabilities {
    capabilities.iter().copied().collect()
}

fn secret(signed_in: &SignedIn) -> &str {
    signed_in.secret.expose()
}

/// The code in a link that was just made.
async fn code(rig: &Rig, app: &str, draft: PortalDraft) -> String {
    let access = rig.control.open_portal(rig.caller(), app, draft).await.expect("a good draft");
    access.url.split_once("?key=").expect("a link").1.to_owned()
}

async fn is_over(control: &Control, secret: &str) -> bool {
    control.visitor(secret).await == Err(ControlError::Unauthenticated)
}

#[tokio::test]
async fn a_session_is_what_its_token_is() {
    let rig = Rig::start();
    let app = rig.app("acme").await;
    let capabilities = named(&[Capability::ViewBase, Capability::CreateAttempts]);
    let draft = TokenDraft {
        name: "Support".to_owned(),
        app: Some("acme".to_owned()),
        capabilities: Some(capabilities),
        ..TokenDraft::default()
    };
    let (_, token) = rig.token(draft).await;
    let signed_in = rig.control.sign_in_with_token(&token, None).await.expect("a good token");
    assert_eq!((signed_in.visitor.person.as_str(), signed_in.seconds), ("Support", 12 * 3_600));
    assert_ne!(secret(&signed_in), token, "the browser is not given the token");
    let visitor = rig.control.visitor(secret(&signed_in)).await.expect("a session");
    assert_eq!(visitor, signed_in.visitor);
    assert_eq!((visitor.caller.scope(), visitor.caller.capabilities()), (Scope::App(app.id()), capabilities));
    assert!(is_over(&rig.control, &token).await, "a token is no session");
    let as_token = rig.control.authenticate(secret(&signed_in)).await;
    assert_eq!(as_token, Err(ControlError::Unauthenticated), "a session is no token");
}

#[tokio::test]
async fn the_token_of_the_settings_opens_sessions_for_as_long_as_it_stands_there() {
    let rig = Rig::start();
    rig.control.ensure_organisation_token(Some("token-from-the-settings")).await.expect("a good token");
    let signed_in =
        rig.control.sign_in_with_token("token-from-the-settings", None).await.expect("it is good");
    assert_eq!(signed_in.visitor.person, "Operator");
    rig.control.visitor(secret(&signed_in)).await.expect("a session");
    let rig = rig.restart().await;
    assert!(is_over(&rig.control, secret(&signed_in)).await, "the settings name it no more");
    rig.control.ensure_organisation_token(Some("token-from-the-settings")).await.expect("a good token");
    rig.control.visitor(secret(&signed_in)).await.expect("a restart ends no session");
}

#[tokio::test]
async fn a_session_ends_with_its_token() {
    let rig = Rig::start();
    let (token, shown) = rig.token(TokenDraft { name: "short".to_owned(), ..TokenDraft::default() }).await;
    let signed_in = rig.control.sign_in_with_token(&shown, None).await.expect("a good token");
    rig.control.revoke_token(rig.caller(), &token.id.to_string()).await.expect("it is there");
    assert!(is_over(&rig.control, secret(&signed_in)).await, "revoked");
    let ends =
        TokenDraft { name: "an hour".to_owned(), expires_at: Some(NOON.plus(HOUR)), ..TokenDraft::default() };
    let (_, shown) = rig.token(ends).await;
    let signed_in = rig.control.sign_in_with_token(&shown, None).await.expect("a good token");
    rig.clock.set(NOON.plus(HOUR).minus(Duration::from_millis(1)));
    rig.control.visitor(secret(&signed_in)).await.expect("not yet");
    rig.clock.set(NOON.plus(HOUR));
    assert!(is_over(&rig.control, secret(&signed_in)).await, "expired");
}

#[tokio::test]
async fn a_session_lasts_twelve_hours_and_no_longer() {
    let rig = Rig::start();
    let (_, shown) = rig.token(TokenDraft { name: "endless".to_owned(), ..TokenDraft::default() }).await;
    let signed_in = rig.control.sign_in_with_token(&shown, None).await.expect("a good token");
    rig.clock.set(NOON.plus(HOUR * 12).minus(Duration::from_millis(1)));
    rig.control.visitor(secret(&signed_in)).await.expect("not yet");
    rig.clock.set(NOON.plus(HOUR * 12));
    assert!(is_over(&rig.control, secret(&signed_in)).await);
}

#[tokio::test]
async fn a_session_ends_with_its_app() {
    let rig = Rig::start();
    rig.app("acme").await;
    let code = code(&rig, "acme", PortalDraft::default()).await;
    let signed_in = rig.control.sign_in_with_link(&code, None).await.expect("a good link");
    rig.control.delete_app(rig.caller(), "acme").await.expect("it is there");
    assert!(is_over(&rig.control, secret(&signed_in)).await);
}

#[tokio::test]
async fn who_signs_out_is_out_and_nobody_else() {
    let rig = Rig::start();
    let (_, shown) = rig.token(TokenDraft { name: "two".to_owned(), ..TokenDraft::default() }).await;
    let first = rig.control.sign_in_with_token(&shown, None).await.expect("a good token");
    let second = rig.control.sign_in_with_token(&shown, None).await.expect("a good token");
    assert_ne!(secret(&first), secret(&second), "each session has its own secret");
    rig.control.sign_out(secret(&first)).await.expect("the store is there");
    assert!(is_over(&rig.control, secret(&first)).await);
    rig.control.visitor(secret(&second)).await.expect("the other one stays");
}

#[tokio::test]
async fn a_link_is_bound_to_its_app_its_capabilities_and_its_flags() {
    let rig = Rig::start();
    let app = rig.app("acme").await;
    rig.app("other").await;
    let capabilities = named(&[Capability::ViewBase, Capability::ManageEndpoint]);
    let draft = PortalDraft {
        capabilities: Some(capabilities),
        feature_flags: vec!["beta".to_owned()],
        session_id: Some("ada".to_owned()),
        ..PortalDraft::default()
    };
    let code = code(&rig, "acme", draft).await;
    let visitor = rig.control.sign_in_with_link(&code, None).await.expect("a good link").visitor;
    assert_eq!((visitor.caller.scope(), visitor.caller.capabilities()), (Scope::App(app.id()), capabilities));
    assert_eq!(visitor.person, "app portal, session ada");
    let elsewhere = rig.control.enter(visitor.caller.clone(), "other").await;
    assert_eq!(elsewhere.map(|access| access.id()), Err(ControlError::NotFound));
    for (flag, is_shown) in [("beta", true), ("gamma", false)] {
        let name = format!("a.{flag}");
        let changes = EventTypeChanges {
            description: Change::Set("Behind a flag.".to_owned()),
            feature_flag: Change::Set(Some(flag.to_owned())),
            ..EventTypeChanges::default()
        };
        rig.control.create_event_type(rig.caller(), &name, changes).await.expect("a good event type");
        let access = rig.control.enter(visitor.caller.clone(), "acme").await.expect("its own app");
        let all = rig.control.all_event_types(&access).await.expect("the store is there");
        assert_eq!(all.iter().any(|event_type| event_type.name.as_str() == name), is_shown, "{flag}");
    }
}

#[tokio::test]
async fn a_link_opens_one_session() {
    let rig = Rig::start();
    rig.app("acme").await;
    let code = code(&rig, "acme", PortalDraft::default()).await;
    let signed_in = rig.control.sign_in_with_link(&code, None).await.expect("a good link");
    let again = rig.control.sign_in_with_link(&code, None).await;
    assert_eq!(again.map(drop), Err(ControlError::NotFound));
    rig.control.visitor(secret(&signed_in)).await.expect("the first one stays");
    assert!(is_over(&rig.control, &code).await, "a code is no session");
}

#[tokio::test]
async fn a_link_ends_with_the_access_that_it_was_made_for() {
    let rig = Rig::start();
    rig.app("acme").await;
    let an_hour = || PortalDraft { expiry_seconds: Some(3_600), ..PortalDraft::default() };
    let late = code(&rig, "acme", an_hour()).await;
    let ended = code(&rig, "acme", an_hour()).await;
    let page = rig.control.list_tokens(rig.caller(), false, PageQuery::first(1, Order::Descending)).await;
    let newest = page.expect("the store is there").rows[0].id.to_string();
    rig.control.revoke_token(rig.caller(), &newest).await.expect("it is there");
    let refused = rig.control.sign_in_with_link(&ended, None).await;
    assert_eq!(refused.map(drop), Err(ControlError::NotFound), "its token was revoked");
    rig.clock.set(rig.clock.now().plus(HOUR));
    let refused = rig.control.sign_in_with_link(&late, None).await;
    assert_eq!(refused.map(drop), Err(ControlError::NotFound), "it expired");
}

#[tokio::test]
async fn who_guesses_codes_has_to_wait() {
    let rig = Rig::start();
    rig.app("acme").await;
    let code = code(&rig, "acme", PortalDraft::default()).await;
    let bad: Option<IpAddr> = Some([192, 0, 2, 1].into());
    let mut guesses = 0;
    let wait = loop {
        match rig.control.sign_in_with_link(&format!("guess {guesses}"), bad).await {
            Err(ControlError::NotFound) => guesses += 1,
            Err(ControlError::TooManyRequests { wait }) => break wait,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!((guesses, wait), (60, Duration::from_secs(1)));
    let right = rig.control.sign_in_with_link(&code, bad).await;
    assert!(
        matches!(right, Err(ControlError::TooManyRequests { .. })),
        "the right one is not looked at either"
    );
    let token = rig.control.sign_in_with_token("wirepost_guessed", bad).await;
    assert!(matches!(token, Err(ControlError::TooManyRequests { .. })), "nor is a token");
    rig.control.sign_in_with_link(&code, Some([192, 0, 2, 2].into())).await.expect("it was not used up");
}

#[tokio::test]
async fn to_whom_webhooks_are_no_concern_no_session_is_given() {
    let rig = Rig::start();
    rig.app("acme").await;
    let only = |capability| Some(named(&[capability]));
    let draft = TokenDraft {
        name: "sender".to_owned(),
        app: Some("acme".to_owned()),
        capabilities: only(Capability::SendMessages),
        ..TokenDraft::default()
    };
    let (_, token) = rig.token(draft).await;
    let refused = rig.control.sign_in_with_token(&token, None).await;
    assert_eq!(refused.map(drop), Err(ControlError::MissingCapability(Capability::ViewBase)));
    let draft = PortalDraft { capabilities: only(Capability::CreateAttempts), ..PortalDraft::default() };
    let code = code(&rig, "acme", draft).await;
    let refused = rig.control.sign_in_with_link(&code, None).await;
    assert_eq!(refused.map(drop), Err(ControlError::NotFound));
}
