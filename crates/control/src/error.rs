//! The one error of every operation.

use std::time::Duration;

use thiserror::Error;
use wirepost_model::capability::Capability;
use wirepost_model::invalid::Invalid;
use wirepost_store::StoreError;
pub use wirepost_store::error::Conflict;

use crate::fault::Fault;

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
    /// The caller's token was not given what this needs.
    #[error("This needs the capability {}", .0.as_str())]
    MissingCapability(Capability),
    /// Only a token of an app that is kept here can end itself.
    #[error("Only a token of one app that was made here can log out")]
    CannotLogOut,
    /// Too much was asked in too short a time.
    #[error("Too many requests: wait a little")]
    TooManyRequests {
        /// How long to wait.
        wait: Duration,
    },
    /// The keys that would tell whether a signed token is good cannot be had just now.
    #[error("The keys of the token's issuer cannot be had: try again later")]
    IssuerUnavailable,
    /// The caller belongs to no app, and the path names none.
    #[error("This needs the token of an app: a token of the organisation belongs to none")]
    AppTokenNeeded,
    /// There is no such thing in the caller's reach.
    #[error("Entity not found")]
    NotFound,
    /// Something else already has this, or it changed meanwhile.
    #[error("{}", conflict_sentence(*.0))]
    Conflict(Conflict),
    /// Nothing is sent to a disabled endpoint.
    #[error("The endpoint is disabled: enable it first")]
    EndpointDisabled,
    /// An archived pulse cannot be raised.
    #[error("The pulse is archived: bring it back first")]
    PulseArchived,
    /// The pulse names those who may raise it, and this user is none of them.
    #[error("This user may not raise this pulse")]
    NotARaiser,
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
    /// Values deep in what was sent were refused, one at least.
    #[error("{}", sentence_of(.0))]
    Refused(Vec<Fault>),
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

fn sentence_of(faults: &[Fault]) -> String {
    faults.iter().map(Fault::to_string).collect::<Vec<_>>().join("; ")
}

fn conflict_sentence(conflict: Conflict) -> &'static str {
    match conflict {
        Conflict::Uid => "Another one already has this uid",
        Conflict::EventId => "Another message already has this eventId",
        Conflict::EventType => "An event type of this name already exists",
        Conflict::Revision => "It was changed by another request at the same time: try again",
        Conflict::Secrets => "Too many old secrets are still valid",
        Conflict::Idempotency => "This idempotency key was used for another request: send another key",
        Conflict::PulseName => "Another pulse already has this name",
        Conflict::Pulses => "The app has as many pulses as it may",
        Conflict::Tasks => "The app has as many tasks running as it may",
    }
}
