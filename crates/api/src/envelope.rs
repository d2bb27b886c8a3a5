//! What every answer has around it: the header `x-request-id`, a bound on its request's head, and a body even where
//! a handler panicked.

use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::Method;
use tower::{Layer, Service};
use wirepost_control::ControlError;

use crate::error::ApiError;
use crate::head_bounds::head_refusal;
use crate::request_id::{REQUEST_ID, RequestId};

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
pub(crate) struct Answering {
    answer: Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>,
    request: RequestId,
    /// What was asked, where it is logged.
    asked: Option<Box<(Method, String)>>,
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
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Answering;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let asked = tracing::enabled!(tracing::Level::DEBUG)
            .then(|| Box::new((request.method().clone(), request.uri().path().to_owned())));
        let number = RequestId(self.envelope.next.fetch_add(1, Ordering::Relaxed));
        match head_refusal(&request) {
            None => Answering { answer: Box::pin(self.inner.call(request)), request: number, asked },
            Some(refusal) => {
                let answer = Box::pin(std::future::ready(Ok(refusal.into_response())));
                Answering { answer, request: number, asked }
            }
        }
    }
}

impl Future for Answering {
    type Output = Result<Response, Infallible>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let request = self.request;
        request.during(|| self.answer_now(context))
    }
}

impl Answering {
    fn answer_now(&mut self, context: &mut Context<'_>) -> Poll<Result<Response, Infallible>> {
        let answer = self.answer.as_mut();
        // A handler that panicked is not polled again: this future ends with it.
        let mut response = match catch_unwind(AssertUnwindSafe(|| answer.poll(context))) {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(Ok(response))) => response,
            Err(_) => ApiError::from(ControlError::Internal("a handler panicked".to_owned())).into_response(),
        };
        response.headers_mut().insert(REQUEST_ID, self.request.header());
        if let Some((method, path)) = self.asked.as_deref() {
            tracing::debug!(request = %self.request, %method, path, status = response.status().as_u16(), "answered");
        }
        Poll::Ready(Ok(response))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn panics() -> Result<Response, Infallible> {
        panic!("as a handler might");
    }

    #[tokio::test]
    async fn a_panic_becomes_a_500_with_a_body() {
        let request = RequestId(0x0123_4567_89ab_cdef);
        let answering = Answering { answer: Box::pin(panics()), request, asked: None };
        let Ok(response) = answering.await;
        assert_eq!(response.status(), 500);
        assert_eq!(response.headers()[REQUEST_ID], "0123456789abcdef");
        let body = axum::body::to_bytes(response.into_body(), 1_000).await.expect("the body is whole");
        assert_eq!(body, r#"{"code":"internal_error","detail":"Internal error"}"#);
    }
}
