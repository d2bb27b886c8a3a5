//! Access tokens: made, shown once, listed, revoked.

use std::time::Duration;

use serde_json::json;

use crate::house::{House, Shown};

/// The token on the page that shows it.
fn shown_token(shown: &Shown) -> String {
    assert_eq!(shown.status, 200, "{shown:?}");
    let (_, rest) = shown.text.split_once("value=\"wirepost_").expect("the token");
    let (token, _) = rest.split_once('"').expect("the attribute ends");
    format!("wirepost_{token}")
}

#[tokio::test]
async fn a_token_is_made_shown_once_used_and_revoked() {
    let house = House::open().await;
    let browser = house.as_organisation().await;
    assert!(browser.page("/tokens").await.contains("No tokens"));
    browser.page("/tokens/new").await;
    let fields =
        [("name", "metrics"), ("days", "30"), ("capabilities", "ViewBase"), ("capabilities", "Admin")];
    let shown = browser.post("/tokens/new", &fields).await;
    assert_eq!(shown.header("cache-control"), "no-store");
    let token = shown_token(&shown);
    assert!(shown.text.contains("2026-03-02 12:00:00 UTC"), "{}", shown.text);
    let other = house.with_token(&token).await;
    let listed = other.page("/tokens").await;
    assert!(!listed.contains(&token));
    for text in [">metrics<", "everything", "ViewBase, Admin", "2026-03-02 12:00:00 UTC", ">Good<"] {
        assert!(listed.contains(text), "{text}: {listed}");
    }
    let (_, rest) = listed.split_once("action=\"/tokens/").expect("it can be revoked");
    let (id, _) = rest.split_once("/revoke").expect("the path ends");
    let revoked = browser.post(&format!("/tokens/{id}/revoke"), &[]).await;
    assert_eq!(revoked.led_to().as_deref(), Some("/tokens?done=token-revoked"));
    assert_eq!(other.get("/tokens").await.status, 303, "the session that it opened is over");
    assert!(!browser.page("/tokens").await.contains(">metrics<"));
    let all = browser.page("/tokens?ended=true").await;
    assert!(all.contains(">metrics<") && all.contains(">Revoked<") && !all.contains("action=\"/tokens/"));
}

#[tokio::test]
async fn a_token_of_one_app_names_it_and_ends_by_itself() {
    let house = House::open().await;
    let app = house.app("acme").await;
    let browser = house.as_organisation().await;
    let fields = [("name", "acme"), ("app", "acme"), ("days", "7"), ("capabilities", "ViewBase")];
    shown_token(&browser.post("/tokens/new", &fields).await);
    let listed = browser.page("/tokens").await;
    assert!(listed.contains(&format!("<a href=\"/apps/{app}\">acme</a>")), "{listed}");
    house.wait(Duration::from_secs(7 * 86_400));
    let browser = house.as_organisation().await;
    assert!(browser.page("/tokens").await.contains("No tokens"));
    assert!(browser.page("/tokens?ended=true").await.contains(">Expired<"));
    house.api("DELETE", "/app/acme", json!(null)).await;
    assert!(browser.page("/tokens?ended=true").await.contains("an app that was deleted"));
}

#[tokio::test]
async fn what_is_wrong_stands_beside_its_field() {
    let house = House::open().await;
    house.app("acme").await;
    let browser = house.as_organisation().await;
    for (fields, sentence) in [
        ([("name", " "), ("app", ""), ("capabilities", "ViewBase")], "The name must be"),
        ([("name", "a"), ("app", "nobody"), ("capabilities", "ViewBase")], "The app is not known"),
        ([("name", "a"), ("app", "acme"), ("capabilities", "Admin")], "for tokens of the organisation"),
        ([("name", "a"), ("app", ""), ("capabilities", "Everything")], "The capabilities: must be one of"),
    ] {
        let shown = browser.post("/tokens/new", &fields).await;
        assert_eq!(shown.status, 422, "{shown:?}");
        assert!(shown.text.contains(sentence), "{sentence}: {}", shown.text);
    }
    let shown = browser.post("/tokens/new", &[("name", "a")]).await;
    assert!(shown.status == 422 && shown.text.contains("must be at least one"), "{shown:?}");
    assert!(browser.page("/tokens?ended=true").await.contains("No tokens"));
}

#[tokio::test]
async fn only_who_administers_sees_tokens() {
    let house = House::open().await;
    let wanted = json!({"name": "a part", "capabilities": ["ViewBase", "ManageCatalog", "SendMessages"]});
    let made = house.api("POST", "/admin/token", wanted).await;
    let viewer = house.with_token(made["token"].as_str().expect("it is shown")).await;
    for path in ["/tokens", "/tokens/new"] {
        assert_eq!(viewer.get(path).await.status, 403, "{path}");
    }
    let fields = [("name", "mine"), ("days", "0"), ("capabilities", "ViewBase")];
    assert_eq!(viewer.post("/tokens/new", &fields).await.status, 403);
    let id = made["id"].as_str().expect("an id");
    assert_eq!(viewer.post(&format!("/tokens/{id}/revoke"), &[]).await.status, 403);
    let unknown = house.as_organisation().await.post("/tokens/tok_nobody/revoke", &[]).await;
    assert_eq!(unknown.status, 404);
}
