//! What every store must do with apps.

use std::time::Duration;

use wirepost_model::app::Metadata;
use wirepost_model::names::Uid;
use wirepost_model::payload_validation::PayloadValidation;

use super::Trial;
use crate::StoreError;
use crate::error::Conflict;

pub(super) async fn an_app_is_found_by_id_and_by_uid(trial: Trial) {
    let mut app = trial.unsaved_app();
    app.uid = Uid::parse("customer-1").ok();
    app.name = "Ünïcode \"quoted\"".to_owned();
    app.throttle_rate = Some(u32::MAX);
    app.payload_validation = PayloadValidation::Enforce;
    app.metadata = Metadata::from([("a".to_owned(), "b\n\"c\"".to_owned())]);
    app.updated_at = trial.now().plus(Duration::from_millis(1));
    trial.store.create_app(app.clone()).await.expect("it is created");
    let plain = trial.app().await;
    assert_eq!(trial.store.find_app(&app.id.to_string()).await, Ok(app.clone()));
    assert_eq!(trial.store.find_app("customer-1").await, Ok(app));
    assert_eq!(trial.store.find_app(&plain.id.to_string()).await, Ok(plain));
    assert_eq!(trial.store.find_app("customer-2").await, Err(StoreError::NotFound));
    assert_eq!(trial.store.find_app("").await, Err(StoreError::NotFound));
}

pub(super) async fn two_apps_cannot_share_a_uid(trial: Trial) {
    let taken = Err(StoreError::Conflict(Conflict::Uid));
    let mut first = trial.unsaved_app();
    first.uid = Uid::parse("one").ok();
    trial.store.create_app(first.clone()).await.expect("it is created");
    let mut second = trial.unsaved_app();
    second.uid = first.uid.clone();
    assert_eq!(trial.store.create_app(second.clone()).await, taken);
    let unknown = trial.store.find_app(&second.id.to_string()).await;
    assert_eq!(unknown, Err(StoreError::NotFound));

    let second = trial.app().await;
    let mut renamed = second.clone();
    renamed.uid = first.uid.clone();
    assert_eq!(trial.store.update_app(renamed, second.updated_at).await, taken);
    assert_eq!(trial.store.find_app(&second.id.to_string()).await, Ok(second));

    first.name = "Keeps its own uid".to_owned();
    let kept = trial.store.update_app(first.clone(), first.updated_at).await;
    assert_eq!(kept, Ok(()));
    assert_eq!(trial.store.find_app("one").await, Ok(first));
}

pub(super) async fn an_app_that_changed_meanwhile_is_not_overwritten(trial: Trial) {
    let app = trial.app().await;
    let mut changed = app.clone();
    changed.name = "First".to_owned();
    changed.payload_validation = PayloadValidation::Warn;
    changed.updated_at = app.updated_at.plus(Duration::from_millis(1));
    let first = trial.store.update_app(changed.clone(), app.updated_at).await;
    assert_eq!(first, Ok(()));
    let mut late = app.clone();
    late.name = "Second".to_owned();
    let second = trial.store.update_app(late, app.updated_at).await;
    assert_eq!(second, Err(StoreError::Conflict(Conflict::Revision)));
    assert_eq!(trial.store.find_app(&app.id.to_string()).await, Ok(changed));
    let unknown = trial.unsaved_app();
    let at = unknown.updated_at;
    assert_eq!(trial.store.update_app(unknown, at).await, Err(StoreError::NotFound));
}

pub(super) async fn a_deleted_app_is_gone_and_frees_its_uid(trial: Trial) {
    let mut app = trial.unsaved_app();
    app.uid = Uid::parse("one").ok();
    trial.store.create_app(app.clone()).await.expect("it is created");
    let endpoint = trial.endpoint(&app).await;
    let other = trial.app().await;
    assert_eq!(trial.store.delete_app(app.id, trial.now()).await, Ok(()));

    let gone = Err(StoreError::NotFound);
    assert_eq!(trial.store.find_app(&app.id.to_string()).await, Err(StoreError::NotFound));
    assert_eq!(trial.store.find_app("one").await, Err(StoreError::NotFound));
    assert_eq!(trial.store.delete_app(app.id, trial.now()).await, gone);
    assert_eq!(trial.store.update_app(app.clone(), app.updated_at).await, gone);
    let endpoint = trial.store.find_endpoint(app.id, &endpoint.id.to_string()).await;
    assert_eq!(endpoint, Err(StoreError::NotFound));

    let mut heir = trial.unsaved_app();
    heir.uid = app.uid.clone();
    assert_eq!(trial.store.create_app(heir.clone()).await, Ok(()));
    assert_eq!(trial.store.find_app("one").await, Ok(heir));
    assert_eq!(trial.store.find_app(&other.id.to_string()).await, Ok(other));
}

pub(super) async fn apps_are_found_by_how_names_and_uids_begin(trial: Trial) {
    let mut made = Vec::new();
    for (name, uid) in [
        ("Acme Paper", Some("zz-1")),
        ("acme Archive", Some("acme-2")),
        ("Bacme", Some("acme-1")),
        ("Ökonomie", None),
        ("100 % Acme_", None),
    ] {
        let mut app = trial.unsaved_app();
        (app.name, app.uid) = (name.to_owned(), uid.and_then(|uid| Uid::parse(uid).ok()));
        trial.store.create_app(app.clone()).await.expect("it is created");
        made.push(app);
    }
    let found = async |beginning, most| {
        let found = trial.store.find_apps(beginning, most).await.expect("an answer");
        found.into_iter().map(|app| app.name).collect::<Vec<_>>()
    };
    assert_eq!(found("ACME", 9).await, ["acme Archive", "Acme Paper"], "uids are what they are");
    assert_eq!(found("acme", 9).await, ["acme Archive", "Acme Paper", "Bacme"]);
    assert_eq!(found("acme", 2).await, ["acme Archive", "Acme Paper"]);
    assert_eq!(found("zz", 9).await, ["Acme Paper"]);
    assert_eq!(found("Ökon", 9).await, ["Ökonomie"]);
    assert_eq!(found("100 %", 9).await, ["100 % Acme_"]);
    assert_eq!(found("%", 9).await, [""; 0], "it is no pattern");
    trial.store.delete_app(made[1].id, trial.now()).await.expect("it is there");
    assert_eq!(found("acme", 9).await, ["Acme Paper", "Bacme"]);
}
