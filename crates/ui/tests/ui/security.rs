//! What must hold of every answer, and what other sites, other people and other sessions cannot do.

use http::StatusCode;
use serde_json::json;
use wirepost_control::ControlSettings;
use wirepost_ui::UiSettings;

use crate::house::{Browser, House, Shown, TOKEN};

/// One answer of each kind: pages, what they are made of, ways on, refusals, and what is not there.
async fn answers(house: &House) -> Vec<(&'static str, Shown)> {
    let operator = house.as_organisation().await;
    let stranger = house.stranger();
    let apps = operator.page("/apps").await;
    let after =
        |mark: &str| apps.split_once(mark).and_then(|(_, rest)| rest.split('"').next()).map(str::to_owned);
    let style = after("<link rel=\"stylesheet\" href=\"").expect("a style");
    let script = after("<script src=\"").expect("a script");
    vec![
        ("a page", operator.get("/apps").await),
        ("the first page", operator.get("/").await),
        ("the way to the sign-in", stranger.get("/apps").await),
        ("the sign-in", stranger.get("/login").await),
        ("a link", stranger.get("/app-portal/login?key=x").await),
        ("a spent link", stranger.post("/app-portal/login", &[("key", "x")]).await),
        ("a wrong token", stranger.post("/login", &[("token", "x")]).await),
        ("a form of nobody", operator.post_bare("/logout", &[], &[]).await),
        (
            "a form of another site",
            operator.post_bare("/logout", &[], &[("sec-fetch-site", "cross-site")]).await,
        ),
        ("a form that is none", stranger.post_bare("/login", &[("token", "x"), ("token", "y")], &[]).await),
        ("an app that is not there", operator.get("/app/none/endpoints").await),
        ("a path that is none of ours", operator.get("/nothing/here").await),
        ("a method that is none of ours", operator.get("/logout").await),
        ("the style", stranger.get(&style).await),
        ("the script", stranger.get(&script).await),
        ("the theme", stranger.get("/ui/theme.css").await),
        ("a logo that is not there", stranger.get("/ui/logo").await),
    ]
}

#[tokio::test]
async fn every_answer_tells_browsers_to_be_strict() {
    let house = House::open().await;
    for (name, shown) in answers(&house).await {
        let policy = shown.header("content-security-policy");
        for part in
            ["default-src 'none'", "script-src 'self';", "style-src 'self';", "frame-ancestors 'none'"]
        {
            assert!(policy.contains(part), "{name}: {part} is not in {policy:?}");
        }
        for part in ["form-action 'self'", "base-uri 'none'"] {
            assert!(policy.contains(part), "{name}: {part} is not in {policy:?}");
        }
        assert!(!policy.contains("unsafe"), "{name}: {policy}");
        assert_eq!(shown.header("x-frame-options"), "DENY", "{name}");
        assert_eq!(shown.header("x-content-type-options"), "nosniff", "{name}");
        assert_eq!(shown.header("referrer-policy"), "same-origin", "{name}");
        assert_eq!(shown.header("cross-origin-opener-policy"), "same-origin", "{name}");
    }
}

#[tokio::test]
async fn no_answer_is_kept_but_what_belongs_to_nobody() {
    let house = House::open().await;
    for (name, shown) in answers(&house).await {
        let kept = shown.header("cache-control");
        match name {
            "the style" | "the script" => assert!(kept.contains("immutable"), "{name}: {kept}"),
            "the theme" => assert!(kept.contains("max-age"), "{name}: {kept}"),
            _ => assert_eq!(kept, "no-store", "{name}"),
        }
    }
}

#[tokio::test]
async fn only_the_named_origins_may_show_the_pages_inside_of_theirs() {
    let pages = UiSettings {
        public_url: "https://hooks.example.com".to_owned(),
        frame_ancestors: vec!["https://dam.example.com".to_owned(), "https://b.example".to_owned()],
        ..UiSettings::default()
    };
    let house = House::open_with(pages, ControlSettings::default()).await;
    for (name, shown) in answers(&house).await {
        let policy = shown.header("content-security-policy");
        // What ends an app or a token stands on no page inside of another's.
        let is_of_organisation = ["a page", "the way to the sign-in"].contains(&name);
        let (origins, older) = match is_of_organisation {
            true => ("'none'", "DENY"),
            false => ("https://dam.example.com https://b.example", ""),
        };
        assert!(policy.ends_with(&format!("frame-ancestors {origins}")), "{name}: {policy}");
        assert_eq!(shown.header("x-frame-options"), older, "{name}: it knows no origins");
    }
}

#[tokio::test]
async fn the_cookie_is_kept_from_scripts_other_sites_and_plain_connections() {
    for (public_url, ancestors, expected) in [
        ("http://127.0.0.1:8071", &[][..], "wirepost=…; Path=/; Max-Age=43200; HttpOnly; SameSite=Lax"),
        (
            "https://hooks.example.com",
            &[],
            "__Host-wirepost=…; Path=/; Max-Age=43200; HttpOnly; Secure; SameSite=Lax",
        ),
        (
            "https://hooks.example.com",
            &["https://dam.example.com"],
            "__Host-wirepost=…; Path=/; Max-Age=43200; HttpOnly; Secure; SameSite=None; Partitioned",
        ),
    ] {
        let pages = UiSettings {
            public_url: public_url.to_owned(),
            frame_ancestors: ancestors.iter().map(|&origin| str::to_owned(origin)).collect(),
            ..UiSettings::default()
        };
        let house = House::open_with(pages, ControlSettings::default()).await;
        let browser = house.stranger();
        let shown = browser.post("/login", &[("token", TOKEN)]).await;
        let cookie = browser.cookie().expect("it was set");
        let (_, secret) = cookie.split_once('=').expect("a name and a value");
        assert_eq!(shown.header("set-cookie").replace(secret, "…"), expected);
        browser.learn_form_key().await;
        let out = browser.post("/logout", &[]).await;
        let taken = expected.replace('…', "").replace("43200", "0");
        assert_eq!(out.header("set-cookie"), taken, "it is taken back as it was given");
    }
}

/// Whether the app still has no endpoint.
async fn is_untouched(browser: &Browser<'_>, app: &str) -> bool {
    browser.page(&format!("/app/{app}/endpoints")).await.contains("No endpoints yet")
}

#[tokio::test]
async fn a_form_that_our_own_page_did_not_draw_for_this_session_changes_nothing() {
    let house = House::open().await;
    let app = house.app("acme").await;
    let visitor = house.as_visitor("acme", &[]).await;
    let (another, operator) = (house.as_visitor("acme", &[]).await, house.as_organisation().await);
    assert!(is_untouched(&visitor, &app).await);
    let path = format!("/app/{app}/endpoints/new");
    let url = ("url", "https://example.com/");
    let own = visitor.form_key();
    let site = |site: &'static str| [("sec-fetch-site", site)];
    let (theirs, operators) = (another.form_key(), operator.form_key());
    for (fields, headers) in [
        (vec![url], site("same-origin")),
        (vec![url, ("form_key", "")], site("same-origin")),
        (vec![url, ("form_key", &own[1..])], site("same-origin")),
        (vec![url, ("form_key", &theirs)], site("same-origin")),
        (vec![url, ("form_key", &operators)], site("same-origin")),
        (vec![url, ("form_key", &own)], site("cross-site")),
        (vec![url, ("form_key", &own)], site("same-site")),
        (vec![url, ("form_key", &own)], [("origin", "https://evil.example")]),
        (vec![url, ("form_key", &own)], [("origin", "null")]),
    ] {
        let shown = visitor.post_bare(&path, &fields, &headers).await;
        assert_eq!(shown.status, StatusCode::FORBIDDEN, "{fields:?} {headers:?}");
        assert!(is_untouched(&visitor, &app).await, "{fields:?} {headers:?}");
    }
    let origin = [("origin", "http://127.0.0.1:8071")];
    let shown = visitor.post_bare(&path, &[url, ("form_key", &own)], &origin).await;
    assert_eq!(shown.status, StatusCode::SEE_OTHER, "{shown:?}");
    assert!(!is_untouched(&visitor, &app).await);
}

#[tokio::test]
async fn nobody_is_signed_in_or_out_by_another_site() {
    let house = House::open().await;
    house.app("acme").await;
    let link = house.portal_link("acme", &[]).await;
    let (_, key) = link.split_once("?key=").expect("a key");
    let browser = house.stranger();
    let foreign = [("sec-fetch-site", "cross-site")];
    for (path, field) in [("/login", ("token", TOKEN)), ("/app-portal/login", ("key", key))] {
        let shown = browser.post_bare(path, &[field], &foreign).await;
        assert_eq!((shown.status, browser.cookie()), (StatusCode::FORBIDDEN, None), "{path}");
    }
    let shown = browser.post("/app-portal/login", &[("key", key)]).await;
    assert_eq!(shown.status, StatusCode::SEE_OTHER, "the link was not used up");
    browser.post_bare("/logout", &[("form_key", &browser.form_key())], &foreign).await;
    assert_eq!(browser.get("/").await.led_to().map(|path| path.starts_with("/app/")), Some(true));
}

/// Nobody is known yet: what is kept in memory of each must be small.
#[tokio::test]
async fn a_sign_in_takes_no_large_form() {
    let house = House::open().await;
    let browser = house.stranger();
    let large = "x".repeat(81 << 10);
    for (path, field) in [("/login", "token"), ("/app-portal/login", "key")] {
        let shown = browser.post(path, &[(field, &large)]).await;
        assert_eq!(shown.status, StatusCode::BAD_REQUEST, "{path}");
        assert!(shown.text.contains("too large"), "{path}: {shown:?}");
    }
}

#[tokio::test]
async fn a_secret_that_somebody_planted_is_never_a_session() {
    let house = House::open().await;
    let app = house.app("acme").await;
    let browser = house.stranger();
    let planted = "wirepost=wirepost_0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    browser.set_cookie(Some(planted.to_owned()));
    let link = house.portal_link("acme", &[]).await;
    let (_, key) = link.split_once("?key=").expect("a key");
    browser.post("/app-portal/login", &[("key", key)]).await;
    let own = browser.cookie().expect("a session");
    assert_ne!(own, planted);
    let attacker = house.stranger();
    attacker.set_cookie(Some(planted.to_owned()));
    let shown = attacker.get(&format!("/app/{app}/endpoints")).await;
    assert_eq!(shown.status, StatusCode::SEE_OTHER, "it opens nothing");
    // Who planted a session of its own in somebody's browser does not share the next one, nor keep that one there.
    let victim = house.stranger();
    victim.set_cookie(Some(own.clone()));
    victim.post("/login", &[("token", TOKEN)]).await;
    assert_ne!(victim.cookie().expect("a session"), own);
    attacker.set_cookie(Some(own));
    let shown = attacker.get(&format!("/app/{app}/endpoints")).await;
    assert_eq!(shown.status, StatusCode::SEE_OTHER, "the former session ended");
    victim.page("/apps").await;
}

#[tokio::test]
async fn a_session_sees_its_own_app_and_no_page_of_the_organisation() {
    let house = House::open().await;
    let own = house.app("acme").await;
    let other = house.app("other").await;
    let endpoint = house.endpoint("other", "https://example.com/").await;
    let visitor = house.as_visitor("acme", &[]).await;
    visitor.page(&format!("/app/{own}/endpoints")).await;
    for path in [
        format!("/app/{other}/endpoints"),
        "/app/other/endpoints".to_owned(),
        format!("/app/{other}/endpoints/{endpoint}"),
        format!("/app/{own}/endpoints/{endpoint}"),
        format!("/app/{other}/logs"),
        format!("/app/{other}/activity"),
    ] {
        assert_eq!(visitor.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    for path in ["/apps", "/tokens", "/server", "/catalog"] {
        let status = visitor.get(path).await.status;
        assert!(matches!(status.as_u16(), 403 | 404), "{path}: {status}");
    }
}

#[tokio::test]
async fn who_may_only_look_is_shown_no_way_to_change_and_refused_if_he_tries() {
    let house = House::open().await;
    let app = house.app("acme").await;
    let viewer = house.as_visitor("acme", &["ViewBase"]).await;
    let page = viewer.page(&format!("/app/{app}/endpoints")).await;
    assert!(!page.contains("Add Endpoint") && !page.contains("/endpoints/new"), "{page}");
    let path = format!("/app/{app}/endpoints/new");
    assert_eq!(viewer.get(&path).await.status, StatusCode::FORBIDDEN);
    let shown = viewer.post(&path, &[("url", "https://example.com/")]).await;
    assert_eq!(shown.status, StatusCode::FORBIDDEN);
    let listed = house.api("GET", "/app/acme/endpoint", json!(null)).await;
    assert_eq!(listed["data"], json!([]));
}
