//! Apps through the published client.

use serde_json::json;
use svix::api::ApplicationListOptions;
use svix::models::{ApplicationIn, Ordering};

use super::{Setting, client, pairs, part, status_of};

fn wanted(uid: &str) -> ApplicationIn {
    ApplicationIn {
        uid: Some(uid.to_owned()),
        throttle_rate: Some(50),
        metadata: Some(pairs(&[("tier", "gold")])),
        ..ApplicationIn::new("First".to_owned())
    }
}

#[tokio::test]
async fn an_app_is_made_found_changed_and_deleted() {
    let setting = Setting::start().await;
    let apps = setting.svix.application();
    let made = apps.create(wanted("customer-1"), None).await.expect("created");
    assert!(made.id.starts_with("app_") && made.metadata == pairs(&[("tier", "gold")]));
    assert_eq!((made.uid.as_deref(), made.throttle_rate), (Some("customer-1"), Some(50)));
    assert_eq!(status_of(apps.create(wanted("customer-1"), None).await), 409);
    assert_eq!(apps.get_or_create(wanted("customer-1"), None).await.expect("found").id, made.id);
    assert_eq!(apps.get("customer-1".to_owned()).await.expect("found by uid").id, made.id);
    let patch = part(json!({"name": "Renamed", "throttleRate": null}));
    let patched = apps.patch(made.id.clone(), patch).await.expect("patched");
    assert_eq!((patched.name.as_str(), patched.throttle_rate), ("Renamed", None));
    let put = apps.upsert("customer-1".to_owned(), wanted("customer-1")).await.expect("put");
    assert_eq!((put.id.as_str(), put.name.as_str()), (made.id.as_str(), "First"));
    apps.delete(made.id.clone()).await.expect("deleted");
    assert_eq!(status_of(apps.get(made.id).await), 404);
}

#[tokio::test]
async fn pages_of_apps_lead_forward_and_back() {
    let setting = Setting::start().await;
    let apps = setting.svix.application();
    let first = setting.app();
    let second = apps.upsert("customer-2".to_owned(), wanted("customer-2")).await.expect("put").id;
    let page = |iterator| ApplicationListOptions {
        limit: Some(1),
        order: Some(Ordering::Ascending),
        iterator,
        ..ApplicationListOptions::default()
    };
    let first_page = apps.list(Some(page(None))).await.expect("a page");
    assert_eq!((&first_page.data[0].id, first_page.done), (&first, false));
    let next_page = apps.list(Some(page(first_page.iterator))).await.expect("the next page");
    assert_eq!((&next_page.data[0].id, next_page.done), (&second, true));
    let back = apps.list(Some(page(next_page.prev_iterator))).await.expect("the page before");
    assert_eq!(back.data[0].id, first);
}

#[tokio::test]
async fn a_wrong_token_is_refused_and_health_asks_for_none() {
    let setting = Setting::start().await;
    let stranger = client(&setting.witness, "a-wrong-token");
    assert_eq!(status_of(stranger.application().list(None).await), 401);
    stranger.health().get().await.expect("healthy");
}
