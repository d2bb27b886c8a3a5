//! Request bodies as bytes, never more of them than allowed, and within a bounded time.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use http::header;
use http_body_util::{BodyExt, LengthLimitError, Limited};

use crate::error::{ApiError, ApiResult};
use crate::settings::ApiState;

/// The body of a request.
pub(crate) struct RawBody(pub(crate) Bytes);

/// The body of a request that brings many things.
pub(crate) struct BatchBody(pub(crate) Bytes);

impl FromRequest<ApiState> for RawBody {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &ApiState) -> ApiResult<Self> {
        read(request, state, state.body_bytes_most()).await.map(Self)
    }
}

impl FromRequest<ApiState> for BatchBody {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &ApiState) -> ApiResult<Self> {
        read(request, state, state.batch_bytes_most()).await.map(Self)
    }
}

/// Reads the whole body.
pub(crate) async fn read(request: Request, state: &ApiState, limit: usize) -> ApiResult<Bytes> {
    // Said in advance, so that nothing of it need be read.
    let announced = request.headers().get(header::CONTENT_LENGTH);
    let announced = announced.and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > limit) {
        return Err(ApiError::too_large(limit));
    }
    let mut body = pin!(Limited::<Body>::new(request.into_body(), limit).collect());
    // Most bodies came with their heads; a timer is set for those that did not.
    let here = poll_fn(|context| Poll::Ready(body.as_mut().poll(context))).await;
    let body = match here {
        Poll::Ready(body) => body,
        Poll::Pending => match tokio::time::timeout(state.body_timeout(), body).await {
            Ok(body) => body,
            Err(_) => return Err(ApiError::too_slow(state.body_timeout())),
        },
    };
    match body {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(ApiError::too_large(limit)),
        Err(error) => {
            let sentence = format!("The body ended early: {error}");
            Err(ApiError::new(http::StatusCode::BAD_REQUEST, "generic_error", sentence))
        }
    }
}
