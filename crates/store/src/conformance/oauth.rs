//! What every store must do with the OAuth configurations of endpoints.

use std::collections::BTreeMap;

use wirepost_model::endpoint::CustomHeaders;
use wirepost_model::oauth::{ClientSecret, OauthAuthMethod, OauthConfig};

use super::Trial;
use crate::StoreError;

fn config(trial: &Trial) -> OauthConfig {
    OauthConfig {
        token_url: "https://auth.example/token?a=\"b\"".to_owned(),
        client_id: "us, \"them\"".to_owned(),
        client_secret: ClientSecret::new("s3cret ü"),
        auth_method: OauthAuthMethod::ClientSecretPost,
        scopes: vec!["write".to_owned(), "read".to_owned()],
        extra_params: BTreeMap::from([("audience".to_owned(), "https://x.example/".to_owned())]),
        extra_headers: CustomHeaders(BTreeMap::from([("x-tenant".to_owned(), "7".to_owned())])),
        updated_at: trial.now(),
    }
}

fn other_config(trial: &Trial) -> OauthConfig {
    OauthConfig {
        auth_method: OauthAuthMethod::ClientSecretBasic,
        scopes: Vec::new(),
        extra_params: BTreeMap::new(),
        extra_headers: CustomHeaders::default(),
        ..config(trial)
    }
}

pub(super) async fn an_oauth_config_comes_back_as_it_was_written_and_replaced(trial: Trial) {
    let app = trial.app().await;
    let (endpoint, plain) = (trial.endpoint(&app).await, trial.endpoint(&app).await);
    assert_eq!(trial.store.find_oauth(app.id, endpoint.id).await, Ok(None));
    for wanted in [config(&trial), other_config(&trial)] {
        let put = trial.store.put_oauth(app.id, endpoint.id, wanted.clone()).await;
        assert_eq!(put, Ok(()));
        assert_eq!(trial.store.find_oauth(app.id, endpoint.id).await, Ok(Some(wanted.clone())));
        let view = trial.store.app_with_endpoints(app.id).await.expect("it is there");
        let seen: Vec<_> = view.endpoints.into_iter().map(|with| (with.endpoint.id, with.oauth)).collect();
        assert_eq!(seen, [(endpoint.id, Some(wanted)), (plain.id, None)]);
    }
    for _ in 0..2 {
        assert_eq!(trial.store.delete_oauth(app.id, endpoint.id).await, Ok(()));
        assert_eq!(trial.store.find_oauth(app.id, endpoint.id).await, Ok(None));
    }
    let found = trial.store.find_endpoint(app.id, &endpoint.id.to_string()).await.expect("it is there");
    assert_eq!(found.revision, endpoint.revision + 3, "each change is one");
}

pub(super) async fn an_oauth_config_is_its_endpoints_alone_and_leaves_with_it(trial: Trial) {
    let (app, other) = (trial.app().await, trial.app().await);
    let endpoint = trial.endpoint(&app).await;
    let put = trial.store.put_oauth(app.id, endpoint.id, config(&trial)).await;
    assert_eq!(put, Ok(()));
    let gone = Err(StoreError::NotFound);
    let nothing_there = async |app| {
        let put = trial.store.put_oauth(app, endpoint.id, other_config(&trial)).await;
        assert_eq!(put, gone);
        assert_eq!(trial.store.delete_oauth(app, endpoint.id).await, gone);
        assert_eq!(trial.store.find_oauth(app, endpoint.id).await.map(drop), gone);
    };
    nothing_there(other.id).await;
    assert_eq!(trial.store.find_oauth(app.id, endpoint.id).await, Ok(Some(config(&trial))));
    trial.store.delete_endpoint(app.id, endpoint.id, trial.now()).await.expect("it is there");
    nothing_there(app.id).await;
}
