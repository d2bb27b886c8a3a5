//! Errors of this face: 400, 401, 403, 404 and 503, each with a word and a sentence. What the first face tells
//! apart as 409, 413 and 422 is told here by the word.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use wirepost_control::ControlError;

use crate::error::ApiError;

/// An answer that is not the one that was asked for.
#[derive(Debug)]
pub(super) struct DamError(ApiError);

/// What an operation gives back.
pub(super) type DamResult<T> = Result<T, DamError>;

impl DamError {
    /// A request that cannot be understood.
    pub(super) fn bad_request(sentence: impl Into<String>) -> Self {
        Self(ApiError::new(StatusCode::BAD_REQUEST, "validation_error", sentence))
    }

    /// Something in an element of a list, its place counted from one.
    pub(super) fn at_place(self, place: usize) -> Self {
        let (code, sentence) = self.0.as_line();
        Self(ApiError::new(self.0.status(), code, format!("{sentence} (endpoint {place})")))
    }
}

impl From<ApiError> for DamError {
    fn from(error: ApiError) -> Self {
        let status = match error.status() {
            StatusCode::UNPROCESSABLE_ENTITY | StatusCode::PAYLOAD_TOO_LARGE => StatusCode::BAD_REQUEST,
            // It collided with another change; that passes.
            StatusCode::CONFLICT => StatusCode::SERVICE_UNAVAILABLE,
            _ => return Self(error),
        };
        let (code, sentence) = error.as_line();
        Self(ApiError::new(status, code, sentence))
    }
}

/// Names fields as this face does.
impl From<ControlError> for DamError {
    fn from(error: ControlError) -> Self {
        let error = match error {
            ControlError::Invalid { location, field, message } => {
                let field = match field {
                    "throttleRate" => "rateLimit",
                    "scopes" => "scope",
                    field => field,
                };
                ControlError::Invalid { location, field, message }
            }
            error => error,
        };
        ApiError::from(error).into()
    }
}

impl IntoResponse for DamError {
    fn into_response(self) -> Response {
        self.0.into_response()
    }
}
