//! The one table from what went wrong to a status and a JSON body. Every error has a body: clients parse it.

use std::time::Duration;

use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};
use schemars::JsonSchema;
use serde::Serialize;
use wirepost_control::fault::Fault;
use wirepost_control::{Conflict, ControlError};

use crate::json::Json;
use crate::request_id::RequestId;

/// An answer that is not the one that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ApiError {
    status: StatusCode,
    body: ErrorBody,
    retry_after_seconds: Option<u64>,
}

/// What a handler gives back.
pub(crate) type ApiResult<T> = Result<T, ApiError>;

/// The two shapes of an error's body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
enum ErrorBody {
    Code(ErrorOut),
    Refused(RefusalOut),
}

/// Why a request was not done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct ErrorOut {
    /// A stable word.
    code: &'static str,
    /// A sentence for people.
    detail: String,
}

/// Which values were refused, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct RefusalOut {
    detail: Vec<RefusedValue>,
}

/// One value that was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct RefusedValue {
    /// Where it stood: `body` or `query`, then the names on the way to it.
    loc: Vec<String>,
    /// What is wrong with it.
    msg: String,
    /// A stable word.
    #[serde(rename = "type")]
    kind: &'static str,
}

impl ApiError {
    /// An error with a stable word and a sentence.
    pub(crate) fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self { status, body: ErrorBody::Code(ErrorOut { code, detail }), retry_after_seconds: None }
    }

    /// A value that was refused: where it stood, what is wrong with it, and a stable word for that.
    pub(crate) fn refused(loc: Vec<String>, message: impl Into<String>, kind: &'static str) -> Self {
        let refused = RefusedValue { loc, msg: message.into(), kind };
        Self::refused_values(vec![refused])
    }

    /// Values deep in the body that were refused.
    fn refused_faults(faults: &[Fault]) -> Self {
        Self::refused_values(faults.iter().map(RefusedValue::from).collect())
    }

    fn refused_values(detail: Vec<RefusedValue>) -> Self {
        let body = ErrorBody::Refused(RefusalOut { detail });
        Self { status: StatusCode::UNPROCESSABLE_ENTITY, body, retry_after_seconds: None }
    }

    /// A field of the body that has to be there.
    pub(crate) fn missing_field(name: &str) -> Self {
        let loc = vec!["body".to_owned(), name.to_owned()];
        Self::refused(loc, "field required", "value_error.missing")
    }

    /// A parameter that cannot be read.
    pub(crate) fn unreadable_parameter(name: &str, wanted: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "generic_error", format!("query parameter {name}: {wanted}"))
    }

    /// A query that cannot be read.
    pub(crate) fn unreadable_query(wanted: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "generic_error", format!("query: {wanted}"))
    }

    /// A parameter that can be read, but must not have this value.
    pub(crate) fn refused_parameter(name: &str, message: impl Into<String>) -> Self {
        Self::refused(vec!["query".to_owned(), name.to_owned()], message, "value_error")
    }

    /// No such thing.
    pub(crate) fn not_found() -> Self {
        ControlError::NotFound.into()
    }

    /// A body that is larger than may be.
    pub(crate) fn too_large(limit: usize) -> Self {
        let detail = format!("The body may have at most {limit} bytes");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "payload_too_large", detail)
    }

    /// A body that did not come in time.
    pub(crate) fn too_slow(bound: Duration) -> Self {
        let detail = format!("The body did not come within {} seconds", bound.as_secs_f64());
        Self::new(StatusCode::REQUEST_TIMEOUT, "request_timeout", detail)
    }

    /// Nobody is known.
    pub(crate) fn unauthenticated(detail: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "authentication_failed", detail)
    }

    /// Too much in too short a time; says after how many seconds it is enough.
    fn too_many_requests(wait: Duration, error: &ControlError) -> Self {
        let refused = Self::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", error.to_string());
        let seconds = wait.as_millis().div_ceil(1_000).max(1);
        Self { retry_after_seconds: u64::try_from(seconds).ok(), ..refused }
    }

    /// What a header says about doing better (RFC 9110, sections 11.6.1, 15.5.9 and 10.2.3).
    fn advice(&self) -> Option<(HeaderName, &'static str)> {
        match self.status {
            StatusCode::UNAUTHORIZED => Some((header::WWW_AUTHENTICATE, "Bearer")),
            StatusCode::REQUEST_TIMEOUT => Some((header::CONNECTION, "close")),
            StatusCode::SERVICE_UNAVAILABLE => Some((header::RETRY_AFTER, "1")),
            _ => None,
        }
    }

    /// What kind of error it is.
    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    /// The error as a line among others: a stable word and a sentence.
    pub(crate) fn as_line(&self) -> (&'static str, String) {
        match &self.body {
            ErrorBody::Code(ErrorOut { code, detail }) => (code, detail.clone()),
            ErrorBody::Refused(RefusalOut { detail }) => {
                let sentences = detail.iter().map(|value| format!("{}: {}", value.loc.join("."), value.msg));
                ("validation_error", sentences.collect::<Vec<_>>().join("; "))
            }
        }
    }
}

impl From<&Fault> for RefusedValue {
    fn from(fault: &Fault) -> Self {
        let loc = std::iter::once("body".to_owned()).chain(fault.place.iter().cloned()).collect();
        Self { loc, msg: fault.message.clone(), kind: "value_error" }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = Json(self.status, &self.body).into_response();
        if let Some((name, value)) = self.advice() {
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        if let Some(seconds) = self.retry_after_seconds {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<ControlError> for ApiError {
    fn from(error: ControlError) -> Self {
        if let ControlError::Unavailable(reason) | ControlError::Internal(reason) = &error {
            tracing::error!(%reason, request = %RequestId::current(), "a request failed");
        }
        let (status, code) = match &error {
            ControlError::Invalid { location, field, message } => {
                let loc = vec![location.as_str().to_owned(), (*field).to_owned()];
                return Self::refused(loc, message.clone(), "value_error");
            }
            ControlError::Refused(faults) => return Self::refused_faults(faults),
            ControlError::Unauthenticated => return Self::unauthenticated(&error.to_string()),
            ControlError::UnusableToken => (StatusCode::BAD_REQUEST, "generic_error"),
            ControlError::MissingCapability(_) | ControlError::CannotLogOut => {
                (StatusCode::FORBIDDEN, "insufficient access")
            }
            ControlError::TooManyRequests { wait } => return Self::too_many_requests(*wait, &error),
            ControlError::IssuerUnavailable => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
            ControlError::Forbidden => (StatusCode::FORBIDDEN, "insufficient access"),
            ControlError::AppTokenNeeded => (StatusCode::FORBIDDEN, "insufficient access"),
            ControlError::NotFound => (StatusCode::NOT_FOUND, "not_found"),
            ControlError::Conflict(Conflict::EventType) => (StatusCode::CONFLICT, "event_type_exists"),
            ControlError::Conflict(_) => (StatusCode::CONFLICT, "conflict"),
            ControlError::EndpointDisabled => (StatusCode::CONFLICT, "endpoint_disabled"),
            ControlError::PulseArchived => (StatusCode::CONFLICT, "pulse_archived"),
            ControlError::NotARaiser => (StatusCode::FORBIDDEN, "insufficient access"),
            ControlError::MissingPayload => (StatusCode::BAD_REQUEST, "missing_payload"),
            ControlError::NoExample => (StatusCode::BAD_REQUEST, "invalid_scheme"),
            ControlError::LimitReached(_) => (StatusCode::BAD_REQUEST, "limit_reached"),
            ControlError::PayloadTooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "payload_too_large"),
            ControlError::Unavailable(_) => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
            ControlError::Internal(_) => (StatusCode::INTERNAL_SERVER_ERROR, "internal_error"),
        };
        Self::new(status, code, error.to_string())
    }
}
