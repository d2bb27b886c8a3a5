//! One thing that is wrong in what somebody sent, and the place where it stands.

use std::fmt;

/// A value that was refused, deep in a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The names and numbers on the way to it, from the outside in.
    pub place: Vec<String>,
    /// What is wrong with it; never the value itself.
    pub message: String,
}

/// Most faults that are told at once.
pub(crate) const FAULTS_MOST: usize = 20;

impl Fault {
    /// A fault at this place.
    pub(crate) fn at<P: Into<String>>(
        place: impl IntoIterator<Item = P>,
        message: impl Into<String>,
    ) -> Self {
        Self { place: place.into_iter().map(Into::into).collect(), message: message.into() }
    }

    /// The same fault, seen from further outside.
    #[must_use]
    pub fn within<P: Into<String>>(self, outside: impl IntoIterator<Item = P>) -> Self {
        let outside = outside.into_iter().map(Into::into);
        Self { place: outside.chain(self.place).collect(), message: self.message }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.place.join("."), self.message)
    }
}
