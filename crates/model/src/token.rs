//! Access tokens: who may call.

use crate::ids::{AppId, TokenId};
use crate::timestamp::Timestamp;

/// A token as it is kept: never itself, only its SHA-256.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Its id.
    pub id: TokenId,
    /// SHA-256 of the token.
    pub hash: [u8; 32],
    /// What it is for, in the words of who made it.
    pub name: String,
    /// What it may reach.
    pub scope: Scope,
    /// When it was made.
    pub created_at: Timestamp,
}

/// What a token may reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Everything.
    Organisation,
    /// One app.
    App(AppId),
}
