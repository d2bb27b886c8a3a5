//! Apps as the organisation sees them.

use serde_json::json;

use crate::house::House;

const SETTINGS: [(&str, &str); 4] =
    [("name", "Acme"), ("uid", "acme"), ("throttle_rate", "50"), ("payload_validation", "warn")];

/// A token of the organisation that may do this alone.
async fn token(house: &House, capabilities: &[&str]) -> String {
    let wanted = json!({"name": "a part", "capabilities": capabilities});
    let made = house.api("POST", "/admin/token", wanted).await;
    made["token"].as_str().expect("it is shown").to_owned()
}

#[tokio::test]
async fn an_app_is_made_changed_and_deleted() {
    let house = House::open().await;
    let browser = house.as_organisation().await;
    assert!(browser.page("/apps").await.contains("No apps yet"));
    browser.page("/apps/new").await;
    let made = browser.post("/apps/new", &SETTINGS).await;
    assert_eq!(made.status, 303, "{made:?}");
    let path = made.led_to().expect("to the app");
    let page = browser.page(&path).await;
    assert!(page.contains("The app is there.") && page.contains("<h1>Acme</h1>"), "{page}");
    let app = house.api("GET", "/app/acme", json!(null)).await;
    assert_eq!((&app["name"], &app["throttleRate"]), (&json!("Acme"), &json!(50)));
    house.api("PATCH", "/app/acme", json!({"metadata": {"plan": "gold"}})).await;

    let id = app["id"].as_str().expect("an id");
    let here = format!("/apps/{id}");
    let fields = [("name", "Acme Ltd"), ("uid", ""), ("throttle_rate", ""), ("payload_validation", "off")];
    let changed = browser.post(&here, &fields).await;
    assert_eq!(changed.led_to(), Some(format!("{here}?done=saved")), "{changed:?}");
    let app = house.api("GET", &format!("/app/{id}"), json!(null)).await;
    assert_eq!(app["name"], "Acme Ltd");
    assert_eq!((&app["uid"], &app["throttleRate"]), (&json!(null), &json!(null)));
    assert_eq!(app["metadata"], json!({"plan": "gold"}), "what the form does not show stays");

    let asked = browser.page(&format!("{here}/delete")).await;
    assert!(asked.contains("<h1>Delete Acme Ltd?</h1>"), "{asked}");
    let deleted = browser.post(&format!("{here}/delete"), &[]).await;
    assert_eq!(deleted.led_to().as_deref(), Some("/apps?done=app-deleted"));
    assert_eq!(browser.get(&here).await.status, 404);
    assert!(browser.page("/apps?done=app-deleted").await.contains("The app is deleted."));
}

#[tokio::test]
async fn what_is_wrong_stands_beside_its_field_and_nothing_is_lost() {
    let house = House::open().await;
    house.app("taken").await;
    let browser = house.as_organisation().await;
    for (field, text, sentence) in [
        ("name", " ", "The name must be"),
        ("uid", "app_like_an_id", "The uid must"),
        ("throttle_rate", "many", "The rate limit must be a whole number."),
        ("throttle_rate", "0", "The rate limit must be at least 1."),
        ("payload_validation", "sometimes", "The choice must be one of those offered."),
        ("uid", "taken", "uid"),
    ] {
        let filled = SETTINGS.map(|(name, usual)| (name, if name == field { text } else { usual }));
        let shown = browser.post("/apps/new", &filled).await;
        assert_eq!(shown.status, 422, "{field}: {shown:?}");
        assert!(shown.text.contains(sentence) && shown.text.contains("role=\"alert\""), "{}", shown.text);
        assert!(field == "name" || shown.text.contains("value=\"Acme\""), "what was filled in stays");
    }
    let listed = house.api("GET", "/app", json!(null)).await;
    assert_eq!(listed["data"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn apps_are_found_by_id_uid_and_how_the_name_begins() {
    let house = House::open().await;
    let id = house.make("/app", json!({"name": "Paper Ltd", "uid": "customer-7"})).await;
    house.make("/app", json!({"name": "Paint & Co", "uid": "customer-8"})).await;
    let browser = house.as_organisation().await;
    let found = async |text: &str| {
        let page = browser.page(&format!("/apps?find={text}")).await;
        (page.contains(">Paper Ltd</a>"), page.contains(">Paint &#38; Co</a>"))
    };
    assert_eq!(found(&id).await, (true, false));
    assert_eq!(found("customer-8").await, (false, true));
    assert_eq!(found("pA").await, (true, true));
    assert_eq!(found("customer").await, (true, true));
    assert_eq!(found("aper").await, (false, false));
    let page = browser.page("/apps?find=%3Cb%3E").await;
    assert!(page.contains("Nothing found") && page.contains("&#60;b&#62;"), "{page}");
}

#[tokio::test]
async fn only_the_first_of_very_many_are_shown() {
    let house = House::open().await;
    for number in 0..53 {
        house.make("/app", json!({"name": format!("Customer {number}")})).await;
    }
    let browser = house.as_organisation().await;
    let found = browser.page("/apps?find=customer").await;
    assert_eq!(found.matches(">Manage</a>").count(), 50);
    assert!(found.contains("Write more of the name."));
    let first = browser.page("/apps").await;
    assert_eq!(first.matches(">Manage</a>").count(), 50);
    let (_, rest) = first.split_once("href=\"/apps?after=").expect("there is more");
    let (after, _) = rest.split_once('"').expect("the attribute ends");
    let second = browser.page(&format!("/apps?after={after}")).await;
    assert_eq!(second.matches(">Manage</a>").count(), 3);
    assert!(second.contains(">Newest</a>") && !second.contains(">Older</a>"));
}

#[tokio::test]
async fn a_link_for_its_people_is_shown_once_and_opens_once() {
    let house = House::open().await;
    let app = house.app("acme").await;
    let browser = house.as_organisation().await;
    let page = browser.page(&format!("/apps/{app}")).await;
    assert_eq!(page.matches("name=\"capabilities\"").count(), 4, "to look needs no tick");
    let fields = [("seconds", "3600"), ("capabilities", "CreateAttempts")];
    let shown = browser.post(&format!("/apps/{app}/link"), &fields).await;
    assert_eq!(shown.status, 200, "{shown:?}");
    assert_eq!(shown.header("cache-control"), "no-store");
    assert!(shown.text.contains("once, within an hour") && shown.text.contains("have something sent again"));
    let (_, rest) = shown.text.split_once("/app-portal/login?key=").expect("the link");
    let (key, _) = rest.split_once('"').expect("the attribute ends");
    assert!(!browser.page(&format!("/apps/{app}")).await.contains(key));

    let visitor = house.stranger();
    assert_eq!(visitor.post("/app-portal/login", &[("key", key)]).await.status, 303);
    visitor.learn_form_key().await;
    visitor.page(&format!("/app/{app}/endpoints")).await;
    assert_eq!(visitor.get(&format!("/app/{app}/endpoints/new")).await.status, 403, "it may not manage");
    assert_eq!(house.stranger().post("/app-portal/login", &[("key", key)]).await.status, 404);
    for (field, text) in [("seconds", "59"), ("capabilities", "Admin"), ("capabilities", "Everything")] {
        let seconds = if field == "seconds" { text } else { "3600" };
        let capability = if field == "capabilities" { text } else { "CreateAttempts" };
        let fields = [("seconds", seconds), ("capabilities", capability)];
        assert_eq!(browser.post(&format!("/apps/{app}/link"), &fields).await.status, 422, "{field} {text}");
    }
}

#[tokio::test]
async fn who_may_only_look_is_shown_no_way_to_change_apps_and_refused_if_he_tries() {
    let house = House::open().await;
    let app = house.app("acme").await;
    let viewer = house.with_token(&token(&house, &["ViewBase"]).await).await;
    let page = viewer.page("/apps").await;
    assert!(page.contains(">acme</a>") && !page.contains("New App") && !page.contains("Manage"), "{page}");
    assert!(!page.contains("href=\"/tokens\"") && !page.contains("href=\"/server\""));
    for path in ["/apps/new".to_owned(), format!("/apps/{app}"), format!("/apps/{app}/delete")] {
        assert_eq!(viewer.get(&path).await.status, 403, "{path}");
    }
    let posts = ["/apps/new".to_owned(), format!("/apps/{app}"), format!("/apps/{app}/delete")];
    for path in posts {
        assert_eq!(viewer.post(&path, &SETTINGS).await.status, 403, "{path}");
    }
    assert_eq!(viewer.post(&format!("/apps/{app}/link"), &[("seconds", "3600")]).await.status, 403);
    house.api("GET", "/app/acme", json!(null)).await;
}
