//! Who calls: `Authorization: Bearer TOKEN`.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, FromRequestParts};
use http::header;
use http::request::Parts;
use wirepost_control::caller::Caller;

use crate::error::{ApiError, ApiResult};
use crate::settings::ApiState;

/// A caller whose token is good.
pub(crate) struct Auth(pub(crate) Caller);

impl FromRequestParts<ApiState> for Auth {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> ApiResult<Self> {
        // Whoever was asked for once on the way here is not asked, nor counted, again.
        if let Some(caller) = parts.extensions.get::<Caller>() {
            return Ok(Self(caller.clone()));
        }
        let token = parts.headers.get(header::AUTHORIZATION);
        let token = token.and_then(|value| bearer(value.to_str().ok()?));
        let token = token.ok_or_else(|| {
            ApiError::unauthenticated("Send a token in the header Authorization: Bearer TOKEN")
        })?;
        let address = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
        Ok(Self(state.control().authenticate_from(token, address).await?))
    }
}

/// The scheme's name may be written in any case (RFC 9110, section 11.1).
fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_bearer_tokens_count() {
        assert_eq!(bearer("Bearer abc"), Some("abc"));
        assert_eq!(bearer("bearer  abc "), Some("abc"));
        for other in ["abc", "Basic abc", "Bearer ", "Bearer"] {
            assert_eq!(bearer(other), None, "{other:?}");
        }
    }
}
