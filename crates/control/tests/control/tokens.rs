//! The organisation's token: made once, kept as a hash, or taken from the settings.

use std::pin::pin;
use std::task::{Context, Waker};
use std::time::Duration;

use wirepost_control::page::{Order, PageQuery};
use wirepost_control::tokens::TokenDraft;
use wirepost_control::{ControlError, ControlSettings};
use wirepost_store::Store;
use wirepost_store::tokens::Tokens;

use crate::rig::{NOON, ORGANISATION, Rig};

#[tokio::test]
async fn a_token_is_made_at_the_first_start_only_and_goes_on_working() {
    let rig = Rig::start();
    let made = rig.control.ensure_organisation_token(None).await.expect("the store is well");
    let token = made.expect("nobody could call before").expose().to_owned();
    assert!(token.starts_with("wirepost_") && token.len() == "wirepost_".len() + 64, "{token}");
    let rig = rig.restart().await;
    assert_eq!(rig.control.ensure_organisation_token(None).await, Ok(None));
    let caller = rig.control.authenticate(&token).await.expect("it goes on working");
    assert_eq!(caller.scope(), ORGANISATION);
}

#[tokio::test]
async fn a_configured_token_is_good_while_it_is_configured_and_never_stored() {
    let rig = Rig::start();
    assert_eq!(rig.control.ensure_organisation_token(Some("from-the-settings")).await, Ok(None));
    assert!(rig.control.authenticate("from-the-settings").await.is_ok());
    assert_eq!(rig.store.has_admin_token(NOON).await, Ok(false));
    let rig = rig.restart().await;
    assert_eq!(rig.control.ensure_organisation_token(Some("another")).await, Ok(None));
    let old = rig.control.authenticate("from-the-settings").await;
    assert_eq!(old, Err(ControlError::Unauthenticated));
}

#[tokio::test]
async fn a_token_that_no_request_could_carry_is_refused() {
    let rig = Rig::start();
    for token in ["", "with blank", "ü", "a\nb"] {
        let refused = rig.control.ensure_organisation_token(Some(token)).await;
        assert_eq!(refused, Err(ControlError::UnusableToken), "{token:?}");
    }
}

#[tokio::test]
async fn a_known_token_needs_no_database() {
    let rig = Rig::start();
    let made = rig.control.ensure_organisation_token(None).await.expect("the store is well");
    let token = made.expect("nobody could call before");
    assert!(rig.control.authenticate(token.expose()).await.is_ok());
    rig.store.close().await;
    assert!(rig.control.authenticate(token.expose()).await.is_ok());
    let unknown = rig.control.authenticate("unknown").await;
    assert!(matches!(unknown, Err(ControlError::Unavailable(_))), "{unknown:?}");
}

#[tokio::test]
async fn a_fresh_token_is_not_shown_by_debug() {
    let rig = Rig::start();
    let made = rig.control.ensure_organisation_token(None).await.expect("the store is well");
    let token = made.expect("nobody could call before");
    assert_eq!(format!("{token:?}"), "FreshToken(…)");
}

#[tokio::test]
async fn a_use_is_noted_beside_the_request() {
    let rig = Rig::start();
    let (kept, token) = rig.token(TokenDraft { name: "x".to_owned(), ..TokenDraft::default() }).await;
    let tasks = tokio::runtime::Handle::current().metrics();
    rig.control.authenticate(&token).await.expect("it is good");
    while tasks.num_alive_tasks() > 0 {
        tokio::task::yield_now().await;
    }
    let found = rig.store.find_token(kept.hash).await.expect("it is there");
    assert_eq!(found.last_used_at, Some(NOON));
}

#[tokio::test]
async fn a_revoked_token_stays_revoked_though_its_caller_hangs_up() {
    let rig = Rig::start();
    let (kept, token) = rig.token(TokenDraft { name: "x".to_owned(), ..TokenDraft::default() }).await;
    rig.control.authenticate(&token).await.expect("it is good");
    {
        let id = kept.id.to_string();
        let mut revoking = pin!(rig.control.revoke_token(rig.caller(), &id));
        let context = &mut Context::from_waker(Waker::noop());
        assert!(revoking.as_mut().poll(context).is_pending(), "it goes on in a task of its own");
    }
    let tasks = tokio::runtime::Handle::current().metrics();
    while tasks.num_alive_tasks() > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(rig.control.authenticate(&token).await, Err(ControlError::Unauthenticated));
}

#[tokio::test]
async fn without_a_token_that_makes_others_a_start_makes_one() {
    let rig = Rig::start();
    let made = rig.control.ensure_organisation_token(None).await.expect("the store is well");
    assert!(made.is_some());
    let page = PageQuery::first(10, Order::Ascending);
    let tokens = rig.control.list_tokens(rig.caller(), false, page).await.expect("the store is well").rows;
    rig.control.revoke_token(rig.caller(), &tokens[0].id.to_string()).await.expect("it is there");
    assert!(rig.control.ensure_organisation_token(None).await.expect("the store is well").is_some());
}

#[tokio::test]
async fn a_token_that_asks_too_fast_has_to_wait() {
    let settings = ControlSettings { requests_per_second_of_token: Some(2), ..ControlSettings::default() };
    let rig = Rig::start_with(settings);
    let (_, one) = rig.token(TokenDraft { name: "x".to_owned(), ..TokenDraft::default() }).await;
    let (_, another) = rig.token(TokenDraft { name: "y".to_owned(), ..TokenDraft::default() }).await;
    for _ in 0..2 {
        assert!(rig.control.authenticate(&one).await.is_ok());
    }
    let wait = Duration::from_millis(500);
    assert_eq!(rig.control.authenticate(&one).await, Err(ControlError::TooManyRequests { wait }));
    assert!(rig.control.authenticate(&another).await.is_ok(), "another token is another's");
    rig.clock.set(NOON.plus(wait));
    assert!(rig.control.authenticate(&one).await.is_ok());
}
