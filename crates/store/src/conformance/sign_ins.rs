//! What every store must do with sessions and sign-in links.

use std::time::Duration;

use wirepost_model::capability::{Capabilities, Capability};
use wirepost_model::session::{Session, SignInLink};
use wirepost_model::timestamp::Timestamp;
use wirepost_model::token::Scope;

use super::Trial;
use crate::StoreError;

const HOUR: Duration = Duration::from_secs(3_600);

fn link(trial: &Trial, byte: u8, expires_at: Timestamp) -> SignInLink {
    assert!(expires_at >= trial.now(), "a link that never was good shows nothing");
    SignInLink { hash: [byte; 32], token: [byte + 100; 32], expires_at }
}

async fn put_link(trial: &Trial, byte: u8, expires_at: Timestamp) -> SignInLink {
    let link = link(trial, byte, expires_at);
    trial.store.put_link(link.clone()).await.expect("it is put");
    link
}

fn session(trial: &Trial, byte: u8, scope: Scope) -> Session {
    Session {
        hash: [byte; 32],
        opened_by: Some([byte + 100; 32]),
        person: "Grace “Ü” Hopper".to_owned(),
        scope,
        capabilities: Capabilities::from_iter([Capability::ViewBase, Capability::CreateAttempts]),
        created_at: trial.now(),
        expires_at: trial.now().plus(HOUR),
    }
}

async fn put_session(trial: &Trial, session: &Session) {
    trial.store.put_session(session.clone()).await.expect("it is put");
}

pub(super) async fn a_link_is_taken_once(trial: Trial) {
    let (first, second) = (put_link(&trial, 1, trial.now().plus(HOUR)).await, trial.now().plus(HOUR * 2));
    let second = put_link(&trial, 2, second).await;
    assert_eq!(trial.store.take_link([9; 32], trial.now()).await, Err(StoreError::NotFound));
    assert_eq!(trial.store.take_link([1; 32], trial.now()).await, Ok(first));
    assert_eq!(trial.store.take_link([1; 32], trial.now()).await, Err(StoreError::NotFound));
    assert_eq!(trial.store.take_link([2; 32], trial.now()).await, Ok(second), "it is another's");
}

pub(super) async fn of_several_who_come_with_a_link_one_gets_it(trial: Trial) {
    put_link(&trial, 1, trial.now().plus(HOUR)).await;
    let comers = (0..16).map(|_| {
        let (store, now) = (trial.store.clone(), trial.now());
        tokio::spawn(async move { store.take_link([1; 32], now).await.is_ok() })
    });
    let comers: Vec<_> = comers.collect();
    let mut lucky = 0;
    for comer in comers {
        lucky += usize::from(comer.await.expect("nobody panics"));
    }
    assert_eq!(lucky, 1);
}

pub(super) async fn a_link_is_good_until_it_expires(trial: Trial) {
    for byte in [1, 2] {
        put_link(&trial, byte, trial.now().plus(HOUR)).await;
    }
    let end = trial.now().plus(HOUR);
    let just_before = end.minus(Duration::from_millis(1));
    assert!(trial.store.take_link([1; 32], just_before).await.is_ok());
    assert_eq!(trial.store.take_link([2; 32], end).await, Err(StoreError::NotFound));
}

pub(super) async fn a_session_comes_back_as_it_was_put(trial: Trial) {
    let app = trial.app().await;
    let of_app = session(&trial, 1, Scope::App(app.id));
    let of_organisation = Session {
        opened_by: None,
        capabilities: Capabilities::ALL,
        person: String::new(),
        ..session(&trial, 2, Scope::Organisation)
    };
    for session in [&of_app, &of_organisation] {
        put_session(&trial, session).await;
    }
    assert_eq!(trial.store.find_session([1; 32]).await, Ok(of_app));
    assert_eq!(trial.store.find_session([3; 32]).await, Err(StoreError::NotFound));
    let trial = trial.reopened(8).await;
    assert_eq!(trial.store.find_session([2; 32]).await, Ok(of_organisation));
}

pub(super) async fn a_session_that_was_ended_is_gone_and_no_other(trial: Trial) {
    for byte in [1, 2] {
        put_session(&trial, &session(&trial, byte, Scope::Organisation)).await;
    }
    for _ in 0..2 {
        assert_eq!(trial.store.end_session([1; 32]).await, Ok(()), "one that is not there needs no end");
    }
    assert_eq!(trial.store.find_session([1; 32]).await, Err(StoreError::NotFound));
    assert!(trial.store.find_session([2; 32]).await.is_ok());
}

pub(super) async fn what_ended_is_pruned_in_bounded_steps_the_oldest_end_first(trial: Trial) {
    let now = trial.now();
    // Their ends fall in another order than their hashes.
    for (byte, hours) in [(1, 3), (2, 1), (3, 2), (4, 9)] {
        put_link(&trial, byte, now.plus(HOUR * hours)).await;
        let session =
            Session { expires_at: now.plus(HOUR * hours), ..session(&trial, byte, Scope::Organisation) };
        put_session(&trial, &session).await;
    }
    assert_eq!(trial.store.prune_sign_ins(now, 10).await, Ok(0), "all are good");
    let late = now.plus(HOUR * 3);
    assert_eq!(trial.store.prune_sign_ins(late, 2).await, Ok(4), "two of each");
    for (byte, stays) in [(1, true), (2, false), (3, false), (4, true)] {
        assert_eq!(trial.store.find_session([byte; 32]).await.is_ok(), stays, "session {byte}");
        assert_eq!(trial.store.take_link([byte; 32], now).await.is_ok(), stays, "link {byte}");
    }
    assert_eq!(trial.store.prune_sign_ins(late, 2).await, Ok(1), "the session; its link was taken");
    assert_eq!(trial.store.prune_sign_ins(late, 2).await, Ok(0));
    assert!(trial.store.find_session([4; 32]).await.is_ok());
}
