//! The tab Advanced: rate limit, headers, authentication, rules of delivery and channels, each in its own form.

use serde_json::{Value, json};

use crate::house::{Browser, House};

/// An app with one endpoint: the tab's path, and the endpoint's in the API.
async fn furnish(house: &House) -> (String, String) {
    let app = house.app("acme").await;
    let endpoint = house.endpoint(&app, "https://example.com/hook").await;
    (format!("/app/{app}/endpoints/{endpoint}/advanced"), format!("/app/{app}/endpoint/{endpoint}"))
}

async fn saved(browser: &Browser<'_>, path: &str, fields: &[(&str, &str)]) -> String {
    let shown = browser.post(path, fields).await;
    assert_eq!(shown.status, 303, "{shown:?}");
    browser.page(&shown.led_to().expect("it leads back")).await
}

async fn refused(browser: &Browser<'_>, path: &str, fields: &[(&str, &str)]) -> String {
    let shown = browser.post(path, fields).await;
    assert_eq!(shown.status, 422, "{shown:?}");
    shown.text
}

#[tokio::test]
async fn a_rate_limit_is_set_and_taken_back() {
    let house = House::open().await;
    let (path, api) = furnish(&house).await;
    let browser = house.as_organisation().await;
    let page = saved(&browser, &path, &[("part", "rate-limit"), ("throttle_rate", " 25 ")]).await;
    assert!(page.contains("Saved.") && page.contains("value=\"25\""), "{page}");
    assert_eq!(house.api("GET", &api, Value::Null).await["throttleRate"], 25);
    for bad in ["fast", "0", "-1"] {
        let page = refused(&browser, &path, &[("part", "rate-limit"), ("throttle_rate", bad)]).await;
        assert!(page.contains("The rate limit must be"), "{page}");
        assert!(page.contains(&format!("value=\"{bad}\"")), "what was filled in stays: {page}");
    }
    saved(&browser, &path, &[("part", "rate-limit"), ("throttle_rate", "")]).await;
    assert_eq!(house.api("GET", &api, Value::Null).await["throttleRate"], Value::Null);
}

#[tokio::test]
async fn headers_are_added_one_by_one_and_credentials_are_never_shown() {
    let house = House::open().await;
    let (path, api) = furnish(&house).await;
    let browser = house.as_organisation().await;
    saved(&browser, &path, &[("part", "header"), ("name", "X-Api-Key"), ("value", "s3cret")]).await;
    let page =
        saved(&browser, &path, &[("part", "header"), ("name", "X-Tenant"), ("value", "<b>7</b>")]).await;
    assert!(page.contains("The header is set."), "{page}");
    assert!(page.contains("x-tenant") && page.contains("&#60;b&#62;7&#60;/b&#62;"), "{page}");
    assert!(page.contains("x-api-key") && !page.contains("s3cret"), "{page}");
    let page = refused(&browser, &path, &[("part", "header"), ("name", "Host"), ("value", "x")]).await;
    assert!(page.contains("Not set: host cannot be set.") && page.contains("value=\"Host\""), "{page}");
    let page = saved(&browser, &path, &[("part", "header"), ("remove", "x-tenant")]).await;
    assert!(page.contains("The header is removed.") && !page.contains(">x-tenant<"), "{page}");
    let kept = house.api("GET", &format!("{api}/headers"), Value::Null).await;
    assert_eq!(kept, json!({"headers": {}, "sensitive": ["x-api-key"]}), "the credential is still there");
}

#[tokio::test]
async fn basic_gives_way_to_a_header_and_that_to_nothing() {
    let house = House::open().await;
    let (path, api) = furnish(&house).await;
    let browser = house.as_organisation().await;
    let basic = [("part", "authentication"), ("kind", "basic"), ("username", "us"), ("password", "pa55word")];
    let page = saved(&browser, &path, &basic).await;
    assert!(page.contains("Each request carries a user name and a password."), "{page}");
    assert!(!page.contains("pa55word") && !page.contains("dXM6cGE1NXdvcmQ"), "{page}");
    assert_eq!(house.api("GET", &format!("{api}/basic-auth"), Value::Null).await["enabled"], true);

    let page = browser.page(&format!("{path}?auth=header")).await;
    assert!(page.contains("The user name and the password that are set go away."), "{page}");
    let header = [("part", "authentication"), ("kind", "header"), ("name", "X-Api-Key"), ("value", "k3y")];
    let page = saved(&browser, &path, &header).await;
    assert!(page.contains("Each request carries x-api-key.") && !page.contains("k3y"), "{page}");
    assert_eq!(house.api("GET", &format!("{api}/basic-auth"), Value::Null).await["enabled"], false);

    let page = browser.page(&format!("{path}?auth=none")).await;
    assert!(page.contains("name=\"drop\" value=\"x-api-key\" checked"), "{page}");
    let none = [("part", "authentication"), ("kind", "none"), ("drop", "x-api-key")];
    let page = saved(&browser, &path, &none).await;
    assert!(page.contains("Requests prove who sends them by their signature."), "{page}");
    let kept = house.api("GET", &format!("{api}/headers"), Value::Null).await;
    assert_eq!(kept, json!({"headers": {}, "sensitive": []}));
}

#[tokio::test]
async fn a_header_whose_value_would_be_shown_is_refused_as_authentication() {
    let house = House::open().await;
    let (path, _) = furnish(&house).await;
    let browser = house.as_organisation().await;
    let fields = [("part", "authentication"), ("kind", "header"), ("name", "x-tenant"), ("value", "k3y")];
    let page = refused(&browser, &path, &fields).await;
    assert!(page.contains("The name must say that its value is a credential"), "{page}");
    assert!(page.contains("value=\"x-tenant\"") && !page.contains("k3y"), "{page}");
}

#[tokio::test]
async fn oauth_is_set_and_changed_without_its_secret_being_shown() {
    let house = House::open().await;
    let (path, api) = furnish(&house).await;
    let browser = house.as_organisation().await;
    let mut fields = vec![
        ("part", "authentication"),
        ("kind", "oauth"),
        ("token_url", "https://auth.example/token"),
        ("client_id", "us"),
        ("client_secret", "s3cret"),
        ("auth_method", "client_secret_post"),
        ("scopes", "read, write"),
        ("extra_params", "audience=https://api.example\r\nclient_assertion_key=h1dden"),
    ];
    let page = saved(&browser, &path, &fields).await;
    assert!(page.contains("a token that https://auth.example/token gives for the client us"), "{page}");
    assert!(page.contains("audience=https://api.example") && page.contains("read write"), "{page}");
    assert!(!page.contains("s3cret") && !page.contains("h1dden"), "{page}");
    assert!(
        page.contains("Set, not shown, and kept for the same client at the same URL: client_assertion_key")
    );
    // Another scope, no secret: what is not shown is kept.
    fields[4].1 = "";
    fields[6].1 = "read";
    fields[7].1 = "audience=https://api.example";
    let page = saved(&browser, &path, &fields).await;
    assert!(page.contains("client_assertion_key"), "{page}");
    assert_eq!(house.api("GET", &format!("{api}/oauth"), Value::Null).await["scopes"], json!(["read"]));
    // Another client has no secret yet.
    fields[3].1 = "them";
    let page = refused(&browser, &path, &fields).await;
    assert!(page.contains("The client secret is needed"), "{page}");
    let page = browser.page(&format!("{path}?auth=basic")).await;
    assert!(page.contains("The OAuth 2.0 configuration goes away, with its client secret."), "{page}");
}

#[tokio::test]
async fn a_trial_says_what_came_of_it_and_saves_nothing() {
    let house = House::open().await;
    let (path, _) = furnish(&house).await;
    let browser = house.as_organisation().await;
    let fields = [
        ("part", "authentication"),
        ("kind", "oauth"),
        ("test", "yes"),
        // Nobody listens on this port of the machine that the tests run on.
        ("token_url", "http://127.0.0.1:1/token"),
        ("client_id", "us"),
        ("client_secret", "s3cret"),
    ];
    let shown = browser.post(&path, &fields).await;
    assert_eq!(shown.status, 200, "{shown:?}");
    assert!(shown.text.contains("No token: ") && shown.text.contains("refused the connection"), "{shown:?}");
    assert!(shown.text.contains("value=\"http://127.0.0.1:1/token\"") && !shown.text.contains("s3cret"));
    let page = browser.post(&path, &[&fields[..3], &[("token_url", "nonsense")]].concat()).await.text;
    assert!(page.contains("Nothing was tried. Token URL: this is not a URL"), "{page}");
    let page = browser.page(&path).await;
    assert!(page.contains("Requests prove who sends them by their signature."), "nothing is saved: {page}");
}

#[tokio::test]
async fn rules_are_set_refused_at_their_field_and_taken_back() {
    let house = House::open().await;
    let (path, api) = furnish(&house).await;
    let browser = house.as_organisation().await;
    let page = browser.page(&path).await;
    assert!(page.contains("Empty: 9 attempts, with these waits between them: 0s, 5s, 5m"), "{page}");
    let mut fields = vec![
        ("part", "rules"),
        ("retry_schedule", "10s, 1m, 2h"),
        ("request_timeout_seconds", "45"),
        ("in_flight_most", ""),
        ("http_version", "1.1"),
        ("success_rule", "200"),
        ("fifo", "yes"),
        ("fifo_failing_head", "skip"),
    ];
    let page = saved(&browser, &path, &fields).await;
    assert!(page.contains("value=\"10s, 1m, 2h\"") && page.contains("value=\"skip\" selected"), "{page}");
    let kept = house.api("GET", &api, Value::Null).await;
    assert_eq!(kept["retrySchedule"], json!([10, 60, 7_200]));
    assert_eq!((&kept["httpVersion"], &kept["fifo"]), (&json!("1.1"), &json!(true)));
    fields[1].1 = "soon";
    fields[2].1 = "3";
    let page = refused(&browser, &path, &fields).await;
    assert!(page.contains("`soon` is not a wait") && page.contains("value=\"3\""), "{page}");
    let page = saved(&browser, &path, &[("part", "rules")]).await;
    assert!(page.contains("Saved."), "{page}");
    let kept = house.api("GET", &api, Value::Null).await;
    assert_eq!((&kept["retrySchedule"], &kept["fifo"]), (&Value::Null, &json!(false)));
}

#[tokio::test]
async fn channels_are_names_with_blanks_between_them() {
    let house = House::open().await;
    let (path, api) = furnish(&house).await;
    let browser = house.as_organisation().await;
    let page = saved(&browser, &path, &[("part", "channels"), ("channels", "project_7, project_8")]).await;
    assert!(page.contains("value=\"project_7 project_8\""), "{page}");
    let page = refused(&browser, &path, &[("part", "channels"), ("channels", "<b>")]).await;
    assert!(page.contains("The channels ") && page.contains("value=\"&#60;b&#62;\""), "{page}");
    saved(&browser, &path, &[("part", "channels"), ("channels", "")]).await;
    assert_eq!(house.api("GET", &api, Value::Null).await["channels"], Value::Null);
}

#[tokio::test]
async fn who_may_only_look_sees_no_form_and_is_refused() {
    let house = House::open().await;
    let (path, _) = furnish(&house).await;
    let browser = house.as_visitor("acme", &["ViewBase"]).await;
    let page = browser.page(&path).await;
    assert!(page.contains("No limit of its own.") && page.contains("9 attempts"), "{page}");
    assert!(!page.contains("name=\"part\""), "{page}");
    for fields in [
        vec![("part", "rate-limit"), ("throttle_rate", "5")],
        vec![("part", "header"), ("name", "x-a"), ("value", "b")],
        vec![("part", "authentication"), ("kind", "none")],
        vec![
            ("part", "authentication"),
            ("kind", "oauth"),
            ("test", "yes"),
            ("token_url", "https://a.example/"),
        ],
        vec![("part", "rules")],
        vec![("part", "channels")],
    ] {
        let shown = browser.post(&path, &fields).await;
        assert_eq!(shown.status, 403, "{fields:?}: {shown:?}");
    }
}
