//! Pages of other origins: refused by silence unless the operator names them.

use axum::body::Body;
use http::{HeaderValue, Request};
use wirepost_api::ApiSettings;

use crate::harness::{Answer, Api, TOKEN};

const PAGES: &str = "https://pages.example.com";

async fn ask(api: &Api, method: &str, origin: &str, first: bool) -> Answer {
    let mut request = Request::builder().method(method).uri("/api/v1/app").header("origin", origin);
    if first {
        request = request.header("access-control-request-method", "POST");
    } else {
        request = request.header("authorization", format!("Bearer {TOKEN}"));
    }
    api.send(request.body(Body::empty()).expect("a good request")).await
}

fn allowed(answer: &Answer) -> Option<&str> {
    answer.headers.get("access-control-allow-origin").map(|value| value.to_str().expect("text"))
}

#[tokio::test]
async fn named_origins_may_ask_and_others_may_not() {
    let cors_origins = vec![HeaderValue::from_static(PAGES)];
    let api = Api::start_with(ApiSettings { cors_origins, ..ApiSettings::default() }).await;
    let permission = ask(&api, "OPTIONS", PAGES, true).await;
    assert_eq!((permission.status.as_u16(), allowed(&permission)), (204, Some(PAGES)));
    assert_eq!(permission.headers["access-control-allow-methods"], "GET, POST, PUT, PATCH, DELETE");
    let headers = permission.headers["access-control-allow-headers"].to_str().expect("text");
    assert!(headers.contains("authorization") && headers.contains("idempotency-key"), "{headers}");
    let answer = ask(&api, "GET", PAGES, false).await;
    assert_eq!((answer.status.as_u16(), allowed(&answer)), (200, Some(PAGES)));
    assert_eq!(answer.headers["vary"], "origin");
    for origin in
        ["https://example.com", "http://pages.example.com", "https://pages.example.com.evil.example", "null"]
    {
        assert_eq!(allowed(&ask(&api, "OPTIONS", origin, true).await), None, "{origin}");
        let answer = ask(&api, "GET", origin, false).await;
        assert_eq!((answer.status.as_u16(), allowed(&answer)), (200, None), "{origin}");
        assert_eq!(answer.headers["vary"], "origin");
    }
}

#[tokio::test]
async fn without_a_named_origin_no_browser_is_told_anything() {
    let api = Api::start().await;
    let question = ask(&api, "OPTIONS", PAGES, true).await;
    assert_eq!((question.status.as_u16(), question.code()), (405, "method_not_allowed".into()));
    let answer = ask(&api, "GET", PAGES, false).await;
    for answer in [question, answer] {
        assert!(!answer.headers.keys().any(|name| name.as_str().starts_with("access-control")), "{answer:?}");
    }
}
