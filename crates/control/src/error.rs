//! The one error of every operation.

use thiserror::Error;
use wirepost_model::invalid::Invalid;
use wirepost_store::StoreError;
pub use wirepost_store::error::Conflict;

/// What an operation gives back.
pub type ControlResult<T> = Result<T, ControlError>;

/// Why an operation was not done. The text is for the caller; it never repeats a secret.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ControlError {
    /// Nobody is known by this token.
    #[error("Invalid token")]
    Unauthenticated,
    /// The token of the settings is one that no request could carry.
    #[error("The token must be printable ASCII without blanks")]
    UnusableToken,
    /// The caller may not do this.
    #[error("This needs a token of the organisation")]
    Forbidden,
    /// There is no such thing in the caller's reach.
    #[error("Entity not found")]
    NotFound,
    /// Something else already has this, or it changed meanwhile.
    #[error("{}", conflict_sentence(*.0))]
    Conflict(Conflict),
    /// Nothing is sent to a disabled endpoint.
    #[error("The endpoint is disabled: enable it first")]
    EndpointDisabled,
    /// A value was refused.
    #[error("{location}.{field}: {message}")]
    Invalid {
        /// Where it stood.
        location: Location,
        /// Its name as callers write it.
        field: &'static str,
        /// What is wrong with it.
        message: String,
    },
    /// The message's payload is no longer kept.
    #[error("The payload of this message is no longer kept")]
    MissingPayload,
    /// The event type has no example that could be sent.
    #[error("The event type has no example that is a JSON object")]
    NoExample,
    /// As many as may be are there already.
    #[error("{0}")]
    LimitReached(String),
    /// The payload is too large.
    #[error("The payload may have at most {limit} bytes")]
    PayloadTooLarge {
        /// Most bytes.
        limit: usize,
    },
    /// The database cannot be reached or written just now.
    #[error("The database is unavailable: try again later")]
    Unavailable(String),
    /// Something stored is damaged.
    #[error("Internal error")]
    Internal(String),
}

/// Where a refused value stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Location {
    /// In what was sent.
    Body,
    /// Among the parameters of the question.
    Query,
}

impl Location {
    /// The place as error messages spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Body => "body",
            Self::Query => "query",
        }
    }
}

impl std::fmt::Display for Location {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.as_str())
    }
}

impl ControlError {
    /// A refusal of a value that was sent.
    pub fn body(field: &'static str, message: impl Into<String>) -> Self {
        Self::Invalid { location: Location::Body, field, message: message.into() }
    }

    /// A refusal of a parameter.
    pub fn query(field: &'static str, message: impl Into<String>) -> Self {
        Self::Invalid { location: Location::Query, field, message: message.into() }
    }
}

/// Names the field that a refused value of the body stood in.
pub(crate) fn in_body(field: &'static str) -> impl Fn(Invalid) -> ControlError {
    move |invalid| ControlError::body(field, invalid.reason)
}

impl From<StoreError> for ControlError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::NotFound,
            StoreError::Conflict(conflict) => Self::Conflict(conflict),
            StoreError::Unavailable(reason) => Self::Unavailable(reason),
            corrupt @ StoreError::Corrupt { .. } => Self::Internal(corrupt.to_string()),
        }
    }
}

fn conflict_sentence(conflict: Conflict) -> &'static str {
    match conflict {
        Conflict::Uid => "Another one already has this uid",
        Conflict::EventId => "Another message already has this eventId",
        Conflict::EventType => "An event type of this name already exists",
        Conflict::Revision => "It was changed by another request at the same time: try again",
        Conflict::Secrets => "Too many old secrets are still valid",
    }
}
