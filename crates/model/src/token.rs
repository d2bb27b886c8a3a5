//! Access tokens: who may call.

use crate::capability::Capabilities;
use crate::feature_flags::FeatureFlags;
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
    /// What it may do there.
    pub capabilities: Capabilities,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ceases to be good by itself.
    pub expires_at: Option<Timestamp>,
    /// When it was last used, to about a minute.
    pub last_used_at: Option<Timestamp>,
    /// When somebody put an end to it.
    pub revoked_at: Option<Timestamp>,
    /// Which event types it shows.
    pub feature_flags: FeatureFlags,
}

/// What a token may reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Everything.
    Organisation,
    /// One app.
    App(AppId),
}

impl Token {
    /// Whether it is good at this instant.
    pub fn is_good_at(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| now < end)
    }
}

impl Scope {
    /// The capabilities of a token of this reach that was given none by name.
    pub fn capabilities_by_default(self) -> Capabilities {
        match self {
            Self::Organisation => Capabilities::ALL,
            Self::App(_) => Capabilities::OF_CUSTOMER,
        }
    }

    /// All capabilities that mean something in this reach.
    pub fn capabilities_at_most(self) -> Capabilities {
        match self {
            Self::Organisation => Capabilities::ALL,
            Self::App(_) => Capabilities::INSIDE_APP,
        }
    }
}
