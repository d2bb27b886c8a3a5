//! Sessions: a person who signed in to the pages, and the one-time links by which one may.

use crate::capability::Capabilities;
use crate::timestamp::Timestamp;
use crate::token::Scope;

/// A person's session as it is kept: never its secret, only that one's SHA-256.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// SHA-256 of the secret that the person's browser shows.
    pub hash: [u8; 32],
    /// The hash of the token that opened it. The session ends with that token; one without stands alone.
    pub opened_by: Option<[u8; 32]>,
    /// Who it is, in words for the pages.
    pub person: String,
    /// What the person may reach.
    pub scope: Scope,
    /// What the person may do there.
    pub capabilities: Capabilities,
    /// When it began.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
}

/// A link that opens the pages once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInLink {
    /// SHA-256 of the secret in the link.
    pub hash: [u8; 32],
    /// The hash of the token that it stands for.
    pub token: [u8; 32],
    /// When it ceases to be good by itself.
    pub expires_at: Timestamp,
}
