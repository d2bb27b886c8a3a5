//! Access of a customer to the own app, and its end, through the published client.

use svix::models::{AppPortalAccessIn, AppPortalCapability};

use super::{Setting, client, names, status_of};

#[tokio::test]
async fn the_portal_is_opened_with_few_capabilities_and_left() {
    let setting = Setting::start().await;
    let endpoint = setting.endpoint("https://hooks.example/in").await;
    let wanted = AppPortalAccessIn {
        capabilities: Some([AppPortalCapability::ViewBase].into()),
        feature_flags: Some(names(&["beta"])),
        expiry: Some(3_600),
        ..AppPortalAccessIn::default()
    };
    let access = setting.svix.authentication().app_portal_access(setting.app(), wanted, None).await;
    let access = access.expect("an access");
    assert!(access.url.contains("/app-portal/login?key="), "the address opens the pages: {}", access.url);
    assert!(!access.url.contains(&access.token), "and it does so once, which the token does not");
    let customer = client(&setting.witness, &access.token);
    let listed = customer.endpoint().list(setting.app(), None).await.expect("a list");
    assert_eq!(listed.data[0].id, endpoint);
    assert_eq!(status_of(customer.endpoint().get_secret(setting.app(), endpoint).await), 403);
    assert_eq!(status_of(customer.application().list(None).await), 403);
    customer.authentication().logout(None).await.expect("left");
    assert_eq!(status_of(customer.endpoint().list(setting.app(), None).await), 401);
}
