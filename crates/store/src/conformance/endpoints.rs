//! What every store must do with endpoints and their secrets.

use std::collections::BTreeMap;
use std::time::Duration;

use wirepost_model::app::Metadata;
use wirepost_model::delivery_rules::{DeliveryRules, FailingHead, HttpVersion, SuccessRule};
use wirepost_model::endpoint::{CustomHeaders, Disabled, DisabledReason, EndpointSecret};
use wirepost_model::names::{Channel, Uid};
use wirepost_model::retry_schedule::RetrySchedule;

use super::Trial;
use super::trial::event_type;
use crate::StoreError;
use crate::endpoints::{AppWithEndpoints, EndpointWithSecrets};
use crate::error::Conflict;

const HOUR: Duration = Duration::from_secs(60 * 60);

pub(super) async fn every_field_comes_back_as_it_was_written(trial: Trial) {
    let app = trial.app().await;
    let mut endpoint = trial.unsaved_endpoint(&app);
    endpoint.uid = Uid::parse("hook-1").ok();
    endpoint.url = "https://example.com/ü?a=b&c=\"d\"".to_owned();
    endpoint.description = "Says \"hello\"\n".to_owned();
    endpoint.event_types = vec![event_type("asset.created"), event_type("asset.deleted")];
    endpoint.channels = vec![Channel::parse("eu").expect("a good name")];
    endpoint.disabled = Some(Disabled { reason: DisabledReason::ByHand, at: trial.now() });
    endpoint.throttle_rate = Some(5);
    endpoint.metadata = Metadata::from([("k".to_owned(), "v".to_owned())]);
    endpoint.headers = CustomHeaders(BTreeMap::from([("x-a".to_owned(), "b".to_owned())]));
    endpoint.delivery_rules = DeliveryRules {
        retry_schedule: RetrySchedule::parse("5s,1m").ok(),
        request_timeout: Some(Duration::from_secs(7)),
        in_flight_most: Some(3),
        http_version: HttpVersion::Http1,
        success_rule: SuccessRule::Only200,
        fifo: true,
        fifo_failing_head: FailingHead::Skip,
    };
    endpoint.failing_since = Some(trial.now());
    let created = trial.store.create_endpoint(endpoint.clone(), trial.secret(1)).await;
    assert_eq!(created, Ok(()));
    let id = endpoint.id.to_string();
    assert_eq!(trial.store.find_endpoint(app.id, &id).await, Ok(endpoint.clone()));
    assert_eq!(trial.store.find_endpoint(app.id, "hook-1").await, Ok(endpoint.clone()));
    let with_endpoints = trial.store.app_with_endpoints(app.id).await.expect("it is there");
    assert_eq!(with_endpoints.endpoints[0].endpoint, endpoint);

    let mut plain = trial.unsaved_endpoint(&app);
    (plain.id, plain.revision) = (endpoint.id, endpoint.revision);
    plain.updated_at = trial.now().plus(HOUR);
    assert_eq!(trial.store.update_endpoint(plain.clone()).await, Ok(()));
    plain.revision += 1;
    assert_eq!(trial.store.find_endpoint(app.id, &id).await, Ok(plain));
}

pub(super) async fn its_own_rules_of_delivery_can_be_set_and_dropped_one_by_one(trial: Trial) {
    let app = trial.app().await;
    let mut endpoint = trial.endpoint(&app).await;
    let id = endpoint.id.to_string();
    for rules in [
        DeliveryRules { retry_schedule: RetrySchedule::parse("none").ok(), ..DeliveryRules::default() },
        DeliveryRules { http_version: HttpVersion::Http2, ..DeliveryRules::default() },
        DeliveryRules { in_flight_most: Some(1_000), fifo: true, ..DeliveryRules::default() },
        DeliveryRules::default(),
    ] {
        endpoint.delivery_rules = rules;
        assert_eq!(trial.store.update_endpoint(endpoint.clone()).await, Ok(()));
        endpoint.revision += 1;
        assert_eq!(trial.store.find_endpoint(app.id, &id).await, Ok(endpoint.clone()));
    }
}

pub(super) async fn a_uid_is_unique_in_its_app_and_free_after_deletion(trial: Trial) {
    let taken = Err(StoreError::Conflict(Conflict::Uid));
    let (app, other_app) = (trial.app().await, trial.app().await);
    let with_uid = |app| {
        let mut endpoint = trial.unsaved_endpoint(app);
        endpoint.uid = Uid::parse("one").ok();
        endpoint
    };
    let first = with_uid(&app);
    let create = |endpoint| trial.store.create_endpoint(endpoint, trial.secret(1));
    assert_eq!(create(first.clone()).await, Ok(()));
    let refused = with_uid(&app);
    assert_eq!(create(refused.clone()).await, taken);
    let secrets = trial.store.endpoint_secrets(app.id, refused.id).await;
    assert_eq!(secrets, Err(StoreError::NotFound));
    assert_eq!(create(with_uid(&other_app)).await, Ok(()));

    let second = trial.endpoint(&app).await;
    let mut renamed = second.clone();
    renamed.uid = first.uid.clone();
    assert_eq!(trial.store.update_endpoint(renamed.clone()).await, taken);
    assert_eq!(trial.store.update_endpoint(first.clone()).await, Ok(()));
    let deleted = trial.store.delete_endpoint(app.id, first.id, trial.now()).await;
    assert_eq!(deleted, Ok(()));
    assert_eq!(trial.store.update_endpoint(renamed).await, Ok(()));
    let found = trial.store.find_endpoint(app.id, "one").await.expect("it is found");
    assert_eq!(found.id, second.id);
}

pub(super) async fn an_endpoint_needs_an_app(trial: Trial) {
    let gone = Err(StoreError::NotFound);
    let unknown = trial.unsaved_app();
    let orphan = trial.unsaved_endpoint(&unknown);
    assert_eq!(trial.store.create_endpoint(orphan, trial.secret(1)).await, gone);
    let app = trial.app().await;
    trial.store.delete_app(app.id, trial.now()).await.expect("it is there");
    let orphan = trial.unsaved_endpoint(&app);
    assert_eq!(trial.store.create_endpoint(orphan, trial.secret(1)).await, gone);
}

pub(super) async fn many_endpoints_are_created_all_or_none(trial: Trial) {
    let app = trial.app().await;
    let with_uid = |uid: Option<&str>| {
        let mut endpoint = trial.unsaved_endpoint(&app);
        endpoint.uid = uid.and_then(|uid| Uid::parse(uid).ok());
        (endpoint, trial.secret(1))
    };
    let taken = Err(StoreError::Conflict(Conflict::Uid));
    let twice = vec![with_uid(Some("one")), with_uid(None), with_uid(Some("one"))];
    assert_eq!(trial.store.create_endpoints(twice).await, taken);
    let (plain, named) = (with_uid(None), with_uid(Some("one")));
    assert_eq!(trial.store.create_endpoints(vec![plain, named.clone()]).await, Ok(()));
    assert_eq!(trial.store.create_endpoints(vec![with_uid(None), with_uid(Some("one"))]).await, taken);
    let unknown = trial.unsaved_app();
    let orphan = (trial.unsaved_endpoint(&unknown), trial.secret(1));
    let orphaned = trial.store.create_endpoints(vec![with_uid(None), orphan]).await;
    assert_eq!(orphaned, Err(StoreError::NotFound));
    let found = trial.store.app_with_endpoints(app.id).await.expect("it is there");
    assert_eq!(found.endpoints.len(), 2, "of what was refused nothing was made");
    assert_eq!((&found.endpoints[1].endpoint, found.endpoints[1].secrets.len()), (&named.0, 1));
}

pub(super) async fn an_endpoint_that_changed_meanwhile_is_not_overwritten(trial: Trial) {
    let app = trial.app().await;
    let read = trial.endpoint(&app).await;
    let mut first = read.clone();
    first.description = "First".to_owned();
    assert_eq!(trial.store.update_endpoint(first.clone()).await, Ok(()));
    let mut second = read.clone();
    second.description = "Second".to_owned();
    let late = trial.store.update_endpoint(second).await;
    assert_eq!(late, Err(StoreError::Conflict(Conflict::Revision)));
    first.revision += 1;
    let id = read.id.to_string();
    assert_eq!(trial.store.find_endpoint(app.id, &id).await, Ok(first));
    let unknown = trial.unsaved_endpoint(&app);
    assert_eq!(trial.store.update_endpoint(unknown).await, Err(StoreError::NotFound));
}

pub(super) async fn a_deleted_endpoint_is_gone(trial: Trial) {
    let app = trial.app().await;
    let endpoint = trial.endpoint(&app).await;
    let delete = || trial.store.delete_endpoint(app.id, endpoint.id, trial.now());
    assert_eq!(delete().await, Ok(()));
    assert_eq!(delete().await, Err(StoreError::NotFound));
    let found = trial.store.find_endpoint(app.id, &endpoint.id.to_string()).await;
    assert_eq!(found, Err(StoreError::NotFound));
    let updated = trial.store.update_endpoint(endpoint.clone()).await;
    assert_eq!(updated, Err(StoreError::NotFound));
    let secrets = trial.store.endpoint_secrets(app.id, endpoint.id).await;
    assert_eq!(secrets, Err(StoreError::NotFound));
    let rotated =
        trial.store.rotate_secret(app.id, endpoint.id, trial.secret(2), trial.now().plus(HOUR), 10).await;
    assert_eq!(rotated, Err(StoreError::NotFound));
}

pub(super) async fn secrets_rotate_and_expire(trial: Trial) {
    let app = trial.app().await;
    let endpoint = trial.endpoint(&app).await;
    let mut expected = vec![trial.secret(1)];
    for byte in 2..=3 {
        trial.pass(Duration::from_secs(1));
        let ends = trial.now().plus(HOUR);
        let rotated = trial.store.rotate_secret(app.id, endpoint.id, trial.secret(byte), ends, 10).await;
        assert_eq!(rotated, Ok(()));
        expected[0].expires_at = Some(ends);
        expected.insert(0, trial.secret(byte));
        let secrets = trial.store.endpoint_secrets(app.id, endpoint.id).await;
        assert_eq!(secrets, Ok(expected.clone()));
    }
    trial.pass(HOUR * 2);
    let ends = trial.now().plus(HOUR);
    let rotated = trial.store.rotate_secret(app.id, endpoint.id, trial.secret(4), ends, 1).await;
    assert_eq!(rotated, Ok(()));
    let before = EndpointSecret { expires_at: Some(ends), ..expected[0].clone() };
    let secrets = trial.store.endpoint_secrets(app.id, endpoint.id).await;
    assert_eq!(secrets, Ok(vec![trial.secret(4), before]));
}

pub(super) async fn as_many_old_secrets_as_allowed_and_no_more(trial: Trial) {
    let app = trial.app().await;
    let endpoint = trial.endpoint(&app).await;
    let ends = trial.now().plus(HOUR);
    let rotate = |byte| trial.store.rotate_secret(app.id, endpoint.id, trial.secret(byte), ends, 2);
    assert_eq!(rotate(2).await, Ok(()));
    assert_eq!(rotate(3).await, Ok(()));
    let before = trial.store.endpoint_secrets(app.id, endpoint.id).await;
    assert_eq!(rotate(4).await, Err(StoreError::Conflict(Conflict::Secrets)));
    assert_eq!(trial.store.endpoint_secrets(app.id, endpoint.id).await, before);
}

pub(super) async fn an_app_comes_with_its_endpoints_and_secrets(trial: Trial) {
    let (app, other) = (trial.app().await, trial.app().await);
    let first = trial.endpoint(&app).await;
    trial.endpoint(&other).await;
    let deleted = trial.endpoint(&app).await;
    let second = trial.endpoint(&app).await;
    trial.store.delete_endpoint(app.id, deleted.id, trial.now()).await.expect("it is there");
    let with_secrets =
        |endpoint| EndpointWithSecrets { endpoint, secrets: vec![trial.secret(1)], oauth: None };
    let expected =
        AppWithEndpoints { app: app.clone(), endpoints: vec![with_secrets(first), with_secrets(second)] };
    assert_eq!(trial.store.app_with_endpoints(app.id).await, Ok(expected));
    let unknown = trial.unsaved_app().id;
    let found = trial.store.app_with_endpoints(unknown).await;
    assert_eq!(found, Err(StoreError::NotFound));
}
