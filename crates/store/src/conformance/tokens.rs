//! What every store must do with access tokens.

use wirepost_model::token::{Scope, Token};

use super::Trial;
use crate::StoreError;

fn token(trial: &Trial, byte: u8, scope: Scope) -> Token {
    Token { id: trial.id(), hash: [byte; 32], name: "Who calls".to_owned(), scope, created_at: trial.now() }
}

pub(super) async fn a_token_is_found_by_its_hash_and_stays_as_it_was(trial: Trial) {
    let app = trial.app().await;
    let of_app = token(&trial, 1, Scope::App(app.id));
    let of_organisation = token(&trial, 2, Scope::Organisation);
    for token in [&of_app, &of_organisation] {
        assert_eq!(trial.store.put_token(token.clone()).await, Ok(()));
        assert_eq!(trial.store.find_token(token.hash).await, Ok(token.clone()));
    }
    let mut again = token(&trial, 1, Scope::Organisation);
    again.name = "Another".to_owned();
    assert_eq!(trial.store.put_token(again).await, Ok(()));
    assert_eq!(trial.store.find_token([1; 32]).await, Ok(of_app));
    assert_eq!(trial.store.find_token([3; 32]).await, Err(StoreError::NotFound));
}

pub(super) async fn an_organisation_token_is_noticed(trial: Trial) {
    assert_eq!(trial.store.has_organisation_token().await, Ok(false));
    let app = trial.app().await;
    let of_app = token(&trial, 1, Scope::App(app.id));
    trial.store.put_token(of_app).await.expect("it is put");
    assert_eq!(trial.store.has_organisation_token().await, Ok(false));
    let of_organisation = token(&trial, 2, Scope::Organisation);
    trial.store.put_token(of_organisation).await.expect("it is put");
    assert_eq!(trial.store.has_organisation_token().await, Ok(true));
}
