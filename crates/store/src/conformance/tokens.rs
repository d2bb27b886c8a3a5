//! What every store must do with access tokens.

use std::time::Duration;

use wirepost_model::capability::{Capabilities, Capability};
use wirepost_model::feature_flags::FeatureFlags;
use wirepost_model::token::{Scope, Token};

use super::Trial;
use crate::StoreError;
use crate::page::{Order, PageQuery};

pub(super) fn token(trial: &Trial, byte: u8, scope: Scope) -> Token {
    Token {
        id: trial.id(),
        hash: [byte; 32],
        name: "Who calls".to_owned(),
        scope,
        capabilities: scope.capabilities_by_default(),
        created_at: trial.now(),
        expires_at: None,
        last_used_at: None,
        revoked_at: None,
        feature_flags: FeatureFlags::default(),
    }
}

/// These flags and no other.
pub(super) fn only(flags: &[&str]) -> FeatureFlags {
    FeatureFlags::only(flags.iter().copied().map(str::to_owned).collect()).expect("good flags")
}

async fn put(trial: &Trial, token: &Token) {
    trial.store.put_token(token.clone()).await.expect("it is put");
}

pub(super) async fn a_token_is_found_by_its_hash_and_stays_as_it_was(trial: Trial) {
    let app = trial.app().await;
    let of_app = Token {
        capabilities: Capabilities::from_iter([Capability::ViewBase, Capability::SendMessages]),
        expires_at: Some(trial.now().plus(Duration::from_secs(60))),
        last_used_at: Some(trial.now()),
        feature_flags: only(&["beta", "alpha"]),
        ..token(&trial, 1, Scope::App(app.id))
    };
    let of_organisation = token(&trial, 2, Scope::Organisation);
    let without_flags = Token { feature_flags: only(&[]), ..token(&trial, 4, Scope::App(app.id)) };
    for token in [&of_app, &of_organisation, &without_flags] {
        assert_eq!(trial.store.put_token(token.clone()).await, Ok(()));
        assert_eq!(trial.store.find_token(token.hash).await, Ok(token.clone()));
    }
    let mut again = token(&trial, 1, Scope::Organisation);
    again.name = "Another".to_owned();
    assert_eq!(trial.store.put_token(again).await, Ok(()));
    assert_eq!(trial.store.find_token([1; 32]).await, Ok(of_app));
    assert_eq!(trial.store.find_token([3; 32]).await, Err(StoreError::NotFound));
}

pub(super) async fn a_revoked_token_keeps_its_first_instant(trial: Trial) {
    let made = token(&trial, 1, Scope::Organisation);
    put(&trial, &made).await;
    let first = trial.now();
    let revoked = Token { revoked_at: Some(first), ..made.clone() };
    assert_eq!(trial.store.revoke_token(made.id, first).await, Ok(revoked.clone()));
    trial.pass(Duration::from_secs(1));
    assert_eq!(trial.store.revoke_token(made.id, trial.now()).await, Ok(revoked.clone()));
    assert_eq!(trial.store.find_token(made.hash).await, Ok(revoked));
    let guessed = super::trial::guessed(made.id);
    assert_eq!(trial.store.revoke_token(guessed, first).await, Err(StoreError::NotFound));
}

pub(super) async fn the_last_use_is_noted(trial: Trial) {
    let made = token(&trial, 1, Scope::Organisation);
    put(&trial, &made).await;
    trial.pass(Duration::from_secs(90));
    assert_eq!(trial.store.note_token_use(made.id, trial.now()).await, Ok(()));
    let found = trial.store.find_token(made.hash).await.expect("it is there");
    assert_eq!(found.last_used_at, Some(trial.now()));
    assert_eq!(trial.store.note_token_use(trial.id(), trial.now()).await, Ok(()));
}

pub(super) async fn only_a_good_token_that_makes_others_counts(trial: Trial) {
    let counts = || trial.store.has_admin_token(trial.now());
    assert_eq!(counts().await, Ok(false));
    let app = trial.app().await;
    let soon = trial.now().plus(Duration::from_secs(60));
    let of_app = Token { capabilities: Capabilities::ALL, ..token(&trial, 1, Scope::App(app.id)) };
    let sender = Capabilities::from_iter([Capability::SendMessages]);
    let sender = Token { capabilities: sender, ..token(&trial, 2, Scope::Organisation) };
    for token in [&of_app, &sender] {
        put(&trial, token).await;
        assert_eq!(counts().await, Ok(false));
    }
    let expiring = Token { expires_at: Some(soon), ..token(&trial, 3, Scope::Organisation) };
    put(&trial, &expiring).await;
    assert_eq!(counts().await, Ok(true));
    trial.pass(Duration::from_secs(60));
    assert_eq!(counts().await, Ok(false));
    let lasting = token(&trial, 4, Scope::Organisation);
    put(&trial, &lasting).await;
    assert_eq!(counts().await, Ok(true));
    trial.store.revoke_token(lasting.id, trial.now()).await.expect("it is there");
    assert_eq!(counts().await, Ok(false));
}

pub(super) async fn lists_show_all_or_the_good_ones(trial: Trial) {
    let soon = trial.now().plus(Duration::from_secs(60));
    let lasting = token(&trial, 1, Scope::Organisation);
    let expiring = Token { expires_at: Some(soon), ..token(&trial, 2, Scope::Organisation) };
    let revoked = token(&trial, 3, Scope::Organisation);
    for token in [&lasting, &expiring, &revoked] {
        put(&trial, token).await;
    }
    trial.store.revoke_token(revoked.id, trial.now()).await.expect("it is there");
    let listed = async |good_at| {
        let page = trial.store.list_tokens(good_at, PageQuery::first(10, Order::Ascending)).await;
        page.expect("the store reads").rows.iter().map(|token| token.id).collect::<Vec<_>>()
    };
    assert_eq!(listed(None).await, [lasting.id, expiring.id, revoked.id]);
    assert_eq!(listed(Some(trial.now())).await, [lasting.id, expiring.id]);
    assert_eq!(listed(Some(soon)).await, [lasting.id]);
}
