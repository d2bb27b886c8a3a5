//! Requests that are done once, by either way to say who calls, and refused in the words of this face.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::StatusCode;

use super::answer::DamError;
use super::entry::take_api_key;
use crate::answer_once::{answer, is_keyed};
use crate::error::ApiError;
use crate::settings::ApiState;

/// Passes on what carries no key.
pub(crate) async fn answer_once(State(state): State<ApiState>, mut request: Request, next: Next) -> Response {
    if !is_keyed(&request) {
        return next.run(request).await;
    }
    take_api_key(request.headers_mut());
    answer(state, request, next).await.unwrap_or_else(|error| in_plain_words(error).into_response())
}

/// A key that came with another request before is a mistake that does not pass.
fn in_plain_words(error: ApiError) -> DamError {
    if error.status() != StatusCode::CONFLICT {
        return error.into();
    }
    let (_, sentence) = error.as_line();
    DamError::bad_request(sentence)
}
