//! How people come in and go.

use std::time::Duration;

use crate::house::{House, TOKEN};

#[tokio::test]
async fn the_organisation_signs_in_with_its_token_and_signs_out() {
    let house = House::open().await;
    let browser = house.as_organisation().await;
    assert!(browser.page("/apps").await.contains("<h1>Apps</h1>"));
    let cookie = browser.cookie();
    let out = browser.post("/logout", &[]).await;
    assert_eq!((out.status.as_u16(), out.led_to().as_deref()), (303, Some("/login")));
    assert_eq!(browser.cookie(), None);
    // The session ended here too, whoever kept the cookie.
    browser.set_cookie(cookie);
    assert_eq!(browser.get("/apps").await.led_to().as_deref(), Some("/login?return_to=%2Fapps"));
}

#[tokio::test]
async fn a_link_leads_into_its_own_app_once() {
    let house = House::open().await;
    let app = house.app("acme").await;
    house.app("other").await;
    let link = house.portal_link("acme", &[]).await;
    let (_, key) = link.split_once("?key=").expect("a key");
    let browser = house.stranger();
    let first = browser.post("/app-portal/login", &[("key", key)]).await;
    assert_eq!((first.status.as_u16(), first.led_to().as_deref()), (303, Some("/")));
    assert_eq!(browser.get("/").await.led_to(), Some(format!("/app/{app}/endpoints")));
    assert_eq!(browser.get("/app/other/endpoints").await.status, 404);
    let second = house.stranger().post("/app-portal/login", &[("key", key)]).await;
    assert_eq!(second.status, 404);
    assert!(second.text.contains("This link was used already"));
}

#[tokio::test]
async fn a_session_ends_after_twelve_hours() {
    let house = House::open().await;
    let browser = house.with_token(TOKEN).await;
    house.wait(Duration::from_secs(12 * 3_600 - 1));
    browser.page("/apps").await;
    house.wait(Duration::from_secs(1));
    assert_eq!(browser.get("/apps").await.status, 303);
}
