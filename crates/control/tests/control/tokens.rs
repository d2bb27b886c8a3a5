//! The organisation's token: made once, kept as a hash, or taken from the settings.

use wirepost_control::ControlError;
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
