//! The bounds of a request: its address, its headers, the time its body takes.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, HttpBody};
use bytes::Bytes;
use http::Request;
use hyper::body::Frame;
use serde_json::json;
use wirepost_api::ApiSettings;
use wirepost_store::Store;

use crate::harness::{Answer, Api, TOKEN};

async fn ask(api: &Api, query: usize, header: usize) -> Answer {
    let request = Request::get(format!("/api/v1/app?limit=1&x={}", "x".repeat(query)))
        .header("authorization", format!("Bearer {TOKEN}"))
        .header("x-long", "h".repeat(header));
    api.send(request.body(Body::empty()).expect("a good request")).await
}

#[tokio::test]
async fn an_address_or_headers_that_are_too_long_are_refused_in_json() {
    let api = Api::start().await;
    assert_eq!(ask(&api, 8_000, 32_000).await.status, 200);
    let address = ask(&api, 8_192, 0).await;
    assert_eq!((address.status.as_u16(), address.code()), (414, "uri_too_long".into()));
    let headers = ask(&api, 0, 32_768).await;
    assert_eq!((headers.status.as_u16(), headers.code()), (431, "headers_too_large".into()));
    assert_eq!(headers.headers["x-request-id"].len(), 16);
}

/// A body whose first part comes at once and whose second never does.
struct Halting(Option<Bytes>);

impl HttpBody for Halting {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.0.take() {
            Some(part) => Poll::Ready(Some(Ok(Frame::data(part)))),
            None => Poll::Pending,
        }
    }
}

#[tokio::test]
async fn a_body_that_does_not_come_in_time_is_given_up() {
    let body_timeout = Duration::from_millis(50);
    let api = Api::start_with(ApiSettings { body_timeout, ..ApiSettings::default() }).await;
    api.app("acme").await;
    for key in [None, Some("key")] {
        for path in ["/app", "/app/acme/msg", "/app/acme/msg/batch"] {
            let mut request = Request::post(format!("/api/v1{path}"))
                .header("authorization", format!("Bearer {TOKEN}"))
                .header("content-length", "100");
            if let Some(key) = key {
                request = request.header("idempotency-key", key);
            }
            let body = Body::new(Halting(Some(Bytes::from_static(b"{\"name\":"))));
            let answer = api.send(request.body(body).expect("a good request")).await;
            assert_eq!((answer.status.as_u16(), answer.code()), (408, "request_timeout".into()), "{path}");
            assert_eq!(answer.headers["connection"], "close");
        }
    }
}

#[tokio::test]
async fn while_the_database_is_away_callers_hear_when_to_ask_again() {
    let api = Api::start().await;
    api.store.close().await;
    let answer = api.call("POST", "/app", json!({"name": "One"})).await;
    assert_eq!((answer.status.as_u16(), answer.code()), (503, "unavailable".into()));
    assert_eq!(answer.headers["retry-after"], "1");
}
