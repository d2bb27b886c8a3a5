//! Why a value does not parse: one sentence a person can act on.

use std::fmt;

/// A value that was refused, with the reason. Shown to callers as it is, so it never repeats a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid {
    /// What is wrong, e.g. `must be 1 to 256 characters`.
    pub reason: String,
}

impl Invalid {
    /// A refusal with this reason.
    pub fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into() }
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.reason)
    }
}

impl std::error::Error for Invalid {}
