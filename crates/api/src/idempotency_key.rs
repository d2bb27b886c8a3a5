//! The header `idempotency-key`: who sends it wants the request to be done once, however often it is sent.

use axum::extract::FromRequestParts;
use http::request::Parts;
use http::{HeaderName, HeaderValue};
use wirepost_control::caller::Caller;
use wirepost_control::idempotency::{KEY_BYTES_MOST, RequestOnce, RequestWords};

use crate::error::{ApiError, ApiResult};
use crate::settings::ApiState;

/// The header.
pub(crate) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The key of a request and where it was sent; none where the header is absent, which costs nothing.
pub(crate) struct OnceKey(Option<Box<Keyed>>);

struct Keyed {
    key: HeaderValue,
    operation: String,
    parameters: String,
}

impl OnceKey {
    /// Reads it from a request's head.
    pub(crate) fn read(parts: &Parts) -> ApiResult<Self> {
        let Some(key) = parts.headers.get(IDEMPOTENCY_KEY) else {
            return Ok(Self(None));
        };
        if !(1..=KEY_BYTES_MOST).contains(&key.len()) {
            let loc = vec!["header".to_owned(), IDEMPOTENCY_KEY.to_string()];
            let sentence = format!("must have 1 to {KEY_BYTES_MOST} bytes");
            return Err(ApiError::refused(loc, sentence, "value_error"));
        }
        // Every path may end in a slash, and is the same one then.
        let path = parts.uri.path().trim_end_matches('/');
        Ok(Self(Some(Box::new(Keyed {
            key: key.clone(),
            operation: format!("{} {path}", parts.method),
            parameters: parts.uri.query().unwrap_or_default().to_owned(),
        }))))
    }

    /// The request that this caller makes with this body, if it is to be done once.
    pub(crate) fn request(&self, caller: &Caller, body: &[u8]) -> Option<RequestOnce> {
        let Keyed { key, operation, parameters } = self.0.as_deref()?;
        Some(RequestOnce::new(caller, RequestWords { key: key.as_bytes(), operation, parameters, body }))
    }
}

impl FromRequestParts<ApiState> for OnceKey {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &ApiState) -> ApiResult<Self> {
        Self::read(parts)
    }
}
