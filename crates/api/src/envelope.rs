//! What every answer has around it: the header `x-request-id`, and a body even where a handler panicked.

use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue};
use tower::{Layer, Service};
use wirepost_control::ControlError;

use crate::error::ApiError;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Digits of a request id.
const DIGITS: usize = 16;

/// Puts answers into their envelope.
#[derive(Clone)]
pub(crate) struct Envelope {
    next: Arc<AtomicU64>,
}

/// A service whose answers come in an envelope.
#[derive(Clone)]
pub(crate) struct Enveloped<S> {
    inner: S,
    envelope: Envelope,
}

/// An answer that is being made.
pub(crate) struct Answering<F> {
    answer: Pin<Box<F>>,
    request: u64,
}

impl Envelope {
    /// Counts requests from `start` on; a random one tells processes apart.
    pub(crate) fn counting_from(start: u64) -> Self {
        Self { next: Arc::new(AtomicU64::new(start)) }
    }
}

impl<S> Layer<S> for Envelope {
    type Service = Enveloped<S>;

    fn layer(&self, inner: S) -> Enveloped<S> {
        Enveloped { inner, envelope: self.clone() }
    }
}

impl<S> Service<Request> for Enveloped<S>
where
    S: Service<Request, Response = Response, Error = Infallible>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Answering<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        Answering {
            answer: Box::pin(self.inner.call(request)),
            request: self.envelope.next.fetch_add(1, Ordering::Relaxed),
        }
    }
}

impl<F> Future for Answering<F>
where
    F: Future<Output = Result<Response, Infallible>>,
{
    type Output = Result<Response, Infallible>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let answer = self.answer.as_mut();
        // A handler that panicked is not polled again: this future ends with it.
        let mut response = match catch_unwind(AssertUnwindSafe(|| answer.poll(context))) {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(Ok(response))) => response,
            Err(_) => ApiError::from(ControlError::Internal("a handler panicked".to_owned())).into_response(),
        };
        response.headers_mut().insert(REQUEST_ID, request_id(self.request));
        Poll::Ready(Ok(response))
    }
}

fn request_id(number: u64) -> HeaderValue {
    let mut digits = [0; DIGITS];
    for (at, digit) in digits.iter_mut().enumerate() {
        let nibble = (number >> (4 * (DIGITS - 1 - at))) & 0xf;
        *digit = b"0123456789abcdef"[usize::try_from(nibble).expect("four bits fit into a usize")];
    }
    HeaderValue::from_bytes(&digits).expect("hexadecimal digits may stand in a header")
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn panics() -> Result<Response, Infallible> {
        panic!("as a handler might");
    }

    #[tokio::test]
    async fn a_panic_becomes_a_500_with_a_body() {
        let answering = Answering { answer: Box::pin(panics()), request: 0x0123_4567_89ab_cdef };
        let Ok(response) = answering.await;
        assert_eq!(response.status(), 500);
        assert_eq!(response.headers()[REQUEST_ID], "0123456789abcdef");
        let body = axum::body::to_bytes(response.into_body(), 1_000).await.expect("the body is whole");
        assert_eq!(body, r#"{"code":"internal_error","detail":"Internal error"}"#);
    }
}
