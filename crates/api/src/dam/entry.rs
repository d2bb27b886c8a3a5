//! Who calls, by `Authorization: Bearer TOKEN` or `X-API-Key: TOKEN`, and the app that is entered by that; and
//! bodies, refused in the words of this face.

use axum::extract::{FromRequest, FromRequestParts, Request};
use http::header::AUTHORIZATION;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde::de::DeserializeOwned;
use wirepost_control::caller::AppAccess;

use super::answer::DamError;
use crate::auth::Auth;
use crate::body::RawBody;
use crate::json::read_json;
use crate::path::Named;
use crate::settings::ApiState;

const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// The app that the caller's token is for.
pub(super) struct OwnApp(pub(super) AppAccess);

/// The endpoint that the path names.
pub(super) struct EndpointNamed(pub(super) String);

/// A JSON body that is an object.
pub(super) struct DamBody<T>(pub(super) T);

/// A body as it was sent.
pub(super) struct DamBytes(pub(super) bytes::Bytes);

/// Has a key be a token like any other from here on.
pub(super) fn take_api_key(headers: &mut HeaderMap) {
    if !headers.contains_key(AUTHORIZATION)
        && let Some(key) = headers.get(API_KEY)
        && let Ok(mut bearer) = HeaderValue::from_bytes(&[b"Bearer ", key.as_bytes()].concat())
    {
        bearer.set_sensitive(true);
        headers.insert(AUTHORIZATION, bearer);
    }
}

impl FromRequestParts<ApiState> for OwnApp {
    type Rejection = DamError;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, DamError> {
        take_api_key(&mut parts.headers);
        let Auth(caller) = Auth::from_request_parts(parts, state).await?;
        Ok(Self(state.control().enter_own_app(caller).await?))
    }
}

impl FromRequestParts<ApiState> for EndpointNamed {
    type Rejection = DamError;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, DamError> {
        let Named(name) = Named::<String>::from_request_parts(parts, state).await?;
        Ok(Self(name))
    }
}

impl<T: DeserializeOwned> FromRequest<ApiState> for DamBody<T> {
    type Rejection = DamError;

    async fn from_request(request: Request, state: &ApiState) -> Result<Self, DamError> {
        let DamBytes(body) = DamBytes::from_request(request, state).await?;
        Ok(Self(read_json(&body)?))
    }
}

impl FromRequest<ApiState> for DamBytes {
    type Rejection = DamError;

    async fn from_request(request: Request, state: &ApiState) -> Result<Self, DamError> {
        let RawBody(body) = RawBody::from_request(request, state).await?;
        Ok(Self(body))
    }
}
