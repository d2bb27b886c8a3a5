//! How people come in and go.

use std::time::Duration;

use serde_json::json;
use wirepost_control::ControlSettings;
use wirepost_control::issuer::Grants;
use wirepost_control::openid::OpenIdAccess;
use wirepost_ui::UiSettings;

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

#[tokio::test]
async fn a_link_that_ended_is_told_from_nothing_else() {
    let house = House::open().await;
    house.app("acme").await;
    let link = house.portal_link("acme", &[]).await;
    let (_, key) = link.split_once("?key=").expect("a key");
    house.wait(Duration::from_secs(604_800));
    let browser = house.stranger();
    let late = browser.post("/app-portal/login", &[("key", key)]).await;
    let unknown = browser.post("/app-portal/login", &[("key", "never made")]).await;
    assert_eq!((late.status.as_u16(), &late.text), (404, &unknown.text));
    assert_eq!(browser.cookie(), None);
}

#[tokio::test]
async fn opening_a_link_does_not_use_it_up() {
    let house = House::open().await;
    house.app("acme").await;
    let link = house.portal_link("acme", &[]).await;
    let path = link.strip_prefix("http://127.0.0.1:8071").expect("our own address");
    let browser = house.stranger();
    for _ in 0..2 {
        let page = browser.page(path).await;
        assert!(page.contains("Continue") && browser.cookie().is_none());
    }
    let (_, key) = link.split_once("?key=").expect("a key");
    assert_eq!(browser.post("/app-portal/login", &[("key", key)]).await.status, 303);
}

#[tokio::test]
async fn what_cannot_look_gets_no_session() {
    let house = House::open().await;
    house.app("acme").await;
    let wanted = json!({"name": "sender", "appId": "acme", "capabilities": ["SendMessages"]});
    let made = house.api("POST", "/admin/token", wanted).await;
    let browser = house.stranger();
    let shown = browser.post("/login", &[("token", made["token"].as_str().expect("a token"))]).await;
    assert_eq!((shown.status.as_u16(), browser.cookie()), (403, None));
    let link = house.portal_link("acme", &["CreateAttempts"]).await;
    let (_, key) = link.split_once("?key=").expect("a key");
    let shown = browser.post("/app-portal/login", &[("key", key)]).await;
    assert_eq!((shown.status.as_u16(), browser.cookie()), (404, None));
}

#[tokio::test]
async fn one_comes_back_to_where_one_was_and_nowhere_else() {
    let house = House::open().await;
    let browser = house.stranger();
    let asked = browser.get("/app/x/logs?event_types=a.b&event_types=c").await;
    let sign_in = asked.led_to().expect("to the sign-in");
    let page = browser.page(&sign_in).await;
    assert!(page.contains("value=\"/app/x/logs?event_types=a.b&#38;event_types=c\""), "{page}");
    for (return_to, led_to) in [
        ("/app/x/logs?event_types=a.b", "/app/x/logs?event_types=a.b"),
        ("https://evil.example/", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/\r\nset-cookie: a=b", "/"),
    ] {
        let shown = browser.post("/login", &[("token", TOKEN), ("return_to", return_to)]).await;
        assert_eq!(shown.led_to().as_deref(), Some(led_to), "{return_to:?}");
    }
}

#[tokio::test]
async fn a_wrong_token_is_told_beside_the_field_and_not_repeated() {
    let house = House::open().await;
    let browser = house.stranger();
    let shown = browser.post("/login", &[("token", "wirepost_wrong"), ("return_to", "/apps")]).await;
    assert_eq!((shown.status.as_u16(), browser.cookie()), (401, None));
    assert!(shown.text.contains("aria-invalid=\"true\"") && shown.text.contains("This token is not good"));
    assert!(shown.text.contains("value=\"/apps\"") && !shown.text.contains("wirepost_wrong"));
}

/// A house whose company cannot be reached.
async fn with_a_company() -> House {
    let access = OpenIdAccess {
        name: "Sign in with “Acme”".to_owned(),
        // Nobody listens where nobody may.
        issuer: "http://127.0.0.1:1".to_owned(),
        client_id: "wirepost".to_owned(),
        client_secret: None,
        scopes: Vec::new(),
        app_claim: "app".to_owned(),
        capabilities_claim: "capabilities".to_owned(),
        grants: Grants::default(),
    };
    let control = ControlSettings { openid: Some(access), ..ControlSettings::default() };
    House::open_with(UiSettings::default(), control).await
}

#[tokio::test]
async fn the_company_is_offered_where_there_is_one() {
    let house = with_a_company().await;
    let browser = house.stranger();
    let page = browser.page("/login?return_to=%2Fapps").await;
    assert!(page.contains("href=\"/login/oidc?return_to=%2Fapps\">Sign in with “Acme”</a>"), "{page}");
    let without = House::open().await;
    assert!(!without.stranger().page("/login").await.contains("/login/oidc"));
    for path in ["/login/oidc", "/login/oidc/callback?code=x&state=y"] {
        assert_eq!(without.stranger().get(path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn a_company_that_does_not_answer_is_told_and_leaves_the_other_ways_open() {
    let house = with_a_company().await;
    let browser = house.stranger();
    let shown = browser.get("/login/oidc?return_to=%2Fapps").await;
    assert_eq!((shown.status.as_u16(), browser.cookie()), (503, None));
    assert!(shown.text.contains("does not answer") && shown.text.contains("Access token"), "{shown:?}");
}

#[tokio::test]
async fn an_answer_of_the_company_that_this_browser_did_not_ask_for_is_refused() {
    let house = with_a_company().await;
    for cookie in [None, Some("wirepost-way-back=1769860800000.wirepost_00.Lw"), Some("wirepost-way-back=.")]
    {
        let browser = house.stranger();
        browser.set_cookie(cookie.map(str::to_owned));
        let shown = browser.get("/login/oidc/callback?code=stolen&state=of-another").await;
        assert_eq!((shown.status.as_u16(), browser.cookie()), (401, None), "{cookie:?}");
        assert!(shown.text.contains("not begun in this browser"), "{shown:?}");
    }
    let declined =
        house.stranger().get("/login/oidc/callback?error=access_denied&error_description=%3Cb%3E").await;
    assert_eq!(declined.status, 401);
    assert!(declined.text.contains("You did not sign in there") && !declined.text.contains("<b>"));
}
