//! Checking a connection from the forms and from its own page.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::house::House;

/// A server that answers each request with 405, as receivers do that take events alone.
async fn receiver() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("a bound socket");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = [0; 1_024];
            let read = stream.read(&mut head).await.expect("a request");
            assert!(head[..read].starts_with(b"HEAD /hook "), "nothing that looks like an event is sent");
            let answer = b"HTTP/1.1 405 Method Not Allowed\r\ncontent-length: 0\r\n\r\n";
            stream.write_all(answer).await.expect("it listens");
        }
    });
    format!("http://{address}/hook")
}

#[tokio::test]
async fn a_receiver_that_answers_is_told_with_what_was_sent() {
    let (house, url) = (House::open().await, receiver().await);
    let app = house.app("acme").await;
    let browser = house.as_organisation().await;
    let path = format!("/app/{app}/endpoints/connection");
    // A form sends all of its fields; those of others are left alone.
    let shown = browser.post(&path, &[("url", &url), ("description", "x"), ("event_types", "a.b")]).await;
    assert_eq!(shown.status, 200, "{shown:?}");
    assert!(shown.text.contains("A server answered with 405."), "{shown:?}");
    assert!(
        shown.text.contains("At most one HEAD request") && shown.text.contains("First byte"),
        "{shown:?}"
    );
    assert!(shown.text.contains(&format!("value=\"{url}\"")), "{shown:?}");
}

#[tokio::test]
async fn what_may_not_be_asked_is_told_at_once() {
    let house = House::open().await;
    let app = house.app("acme").await;
    let browser = house.as_organisation().await;
    let path = format!("/app/{app}/endpoints/connection");
    let shown = browser.post(&path, &[("url", "https://10.0.0.1/<b>")]).await;
    assert_eq!(shown.status, 422, "{shown:?}");
    assert!(shown.text.contains("This URL cannot be used."), "{shown:?}");
    assert!(shown.text.contains("10.0.0.1 is a private address") && !shown.text.contains("<b>"), "{shown:?}");
    let judge =
        |url: &str| format!("{path}/url?{}", serde_html_form::to_string([("url", url)]).expect("a text"));
    let told = browser.get(&judge("ftp://example.com/")).await;
    assert_eq!(told.text, "The URL must begin with https:// or http://, not with ftp:.");
    assert!(told.headers["content-type"].to_str().is_ok_and(|kind| kind.starts_with("text/plain")));
    assert_eq!(browser.get(&judge("https://example.com/hook")).await.text, "");
}

#[tokio::test]
async fn an_app_checks_now_and_then_and_is_told_when_it_was_too_much() {
    let (house, url) = (House::open().await, receiver().await);
    let app = house.app("acme").await;
    let browser = house.as_organisation().await;
    let path = format!("/app/{app}/endpoints/connection");
    for _ in 0..10 {
        assert_eq!(browser.post(&path, &[("url", &url)]).await.status, 200);
    }
    let shown = browser.post(&path, &[("url", &url)]).await;
    assert_eq!(shown.status, 429, "{shown:?}");
    assert!(shown.text.contains("Check again in 6 s."), "{shown:?}");
}

#[tokio::test]
async fn both_forms_have_the_button_and_viewers_none() {
    let house = House::open().await;
    let app = house.app("acme").await;
    let endpoint = house.endpoint(&app, "https://example.com/hook").await;
    let browser = house.as_organisation().await;
    let here = format!("/app/{app}/endpoints");
    for path in [format!("{here}/new"), format!("{here}/{endpoint}/edit")] {
        let page = browser.page(&path).await;
        assert!(page.contains(&format!("formaction=\"{here}/connection\"")), "{path}: {page}");
        // Who presses Enter in a field wants the form's own button: it stands before all others.
        let first = page.find("<button class=\"heard-only\"").expect("the form's own button");
        assert!(first < page.find("formaction").expect("the other button"), "{path}");
    }
    let viewer = house.as_visitor(&app, &["ViewBase"]).await;
    let path = format!("{here}/connection");
    assert_eq!(viewer.get(&path).await.status, 403);
    assert_eq!(viewer.post(&path, &[("url", "https://example.com/")]).await.status, 403);
    assert_eq!(viewer.get(&format!("{path}/url?url=x")).await.status, 403);
}
