//! What a caller may do. A token holds a set of these; every operation asks for the one it needs.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::invalid::Invalid;

/// One thing that a caller may do. The number is the bit that the database keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[repr(u8)]
pub enum Capability {
    /// To see apps, endpoints, messages and attempts. All others but sending need it too: who changes a thing is
    /// shown what became of it.
    ViewBase = 1,
    /// To see the secret of an endpoint.
    ViewEndpointSecret = 1 << 1,
    /// To choose and rotate the secret of an endpoint.
    ManageEndpointSecret = 1 << 2,
    /// To have something attempted: resends, recoveries, examples.
    CreateAttempts = 1 << 3,
    /// To make, change and delete endpoints.
    ManageEndpoint = 1 << 4,
    /// To send messages, and to remove what was sent.
    SendMessages = 1 << 5,
    /// To change the catalogue of event types.
    ManageCatalog = 1 << 6,
    /// To change apps and tokens; who may make tokens may have any token.
    Admin = 1 << 7,
}

/// A set of capabilities.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Capabilities(u8);

impl Capability {
    /// All of them, in the order of their bits.
    pub const ALL: [Self; 8] = [
        Self::ViewBase,
        Self::ViewEndpointSecret,
        Self::ManageEndpointSecret,
        Self::CreateAttempts,
        Self::ManageEndpoint,
        Self::SendMessages,
        Self::ManageCatalog,
        Self::Admin,
    ];

    /// Its name, as callers write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ViewBase => "ViewBase",
            Self::ViewEndpointSecret => "ViewEndpointSecret",
            Self::ManageEndpointSecret => "ManageEndpointSecret",
            Self::CreateAttempts => "CreateAttempts",
            Self::ManageEndpoint => "ManageEndpoint",
            Self::SendMessages => "SendMessages",
            Self::ManageCatalog => "ManageCatalog",
            Self::Admin => "Admin",
        }
    }

    /// Reads a name.
    ///
    /// # Errors
    /// When there is no such capability.
    pub fn parse(name: &str) -> Result<Self, Invalid> {
        let found = Self::ALL.into_iter().find(|capability| capability.as_str() == name);
        found.ok_or_else(|| {
            let names: Vec<&str> = Self::ALL.into_iter().map(Self::as_str).collect();
            Invalid::new(format!("must be one of {}", names.join(", ")))
        })
    }
}

impl Capabilities {
    /// None.
    pub const NONE: Self = Self(0);
    /// All of them: what a token of the organisation has unless told otherwise.
    pub const ALL: Self = Self(u8::MAX);
    /// Those of a customer in its own app: all that only concerns its endpoints.
    pub const OF_CUSTOMER: Self = Self(0b1_1111);
    /// Those that mean something inside one app: a customer's, and sending.
    pub const INSIDE_APP: Self = Self(0b11_1111);

    /// The set with these bits.
    pub const fn from_bits(bits: u8) -> Self {
        Self(bits)
    }

    /// The bits, as the database keeps them.
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// Whether the capability is among them.
    pub const fn has(self, capability: Capability) -> bool {
        self.0 & capability as u8 != 0
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether all of them are among the others.
    pub const fn are_within(self, others: Self) -> bool {
        self.0 & !others.0 == 0
    }

    /// Those of both sets.
    #[must_use]
    pub const fn and(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// One after another.
    pub fn iter(self) -> impl Iterator<Item = Capability> {
        Capability::ALL.into_iter().filter(move |capability| self.has(*capability))
    }
}

impl FromIterator<Capability> for Capabilities {
    fn from_iter<I: IntoIterator<Item = Capability>>(capabilities: I) -> Self {
        Self(capabilities.into_iter().fold(0, |bits, capability| bits | capability as u8))
    }
}

impl fmt::Debug for Capabilities {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_set().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back_to_the_capability() {
        for capability in Capability::ALL {
            assert_eq!(Capability::parse(capability.as_str()), Ok(capability));
        }
        assert!(Capability::parse("viewbase").is_err());
    }

    #[test]
    fn a_set_holds_what_was_put_in_and_nothing_else() {
        let set = Capabilities::from_iter([Capability::ViewBase, Capability::Admin]);
        assert_eq!(set.iter().collect::<Vec<_>>(), [Capability::ViewBase, Capability::Admin]);
        assert_eq!(Capabilities::from_bits(set.bits()), set);
        assert!(set.are_within(Capabilities::ALL) && !set.are_within(Capabilities::OF_CUSTOMER));
        assert_eq!(Capabilities::from_iter(Capability::ALL), Capabilities::ALL);
        assert_eq!(Capabilities::ALL.iter().count(), 8);
        assert!(Capabilities::NONE.is_empty());
    }

    #[test]
    fn a_customer_may_do_what_concerns_its_endpoints() {
        for (capability, inside) in [
            (Capability::ManageEndpoint, true),
            (Capability::SendMessages, false),
            (Capability::ManageCatalog, false),
            (Capability::Admin, false),
        ] {
            assert_eq!(Capabilities::OF_CUSTOMER.has(capability), inside, "{capability:?}");
        }
        let sender = Capabilities::OF_CUSTOMER.and(Capabilities::from_iter([Capability::SendMessages]));
        assert_eq!(sender, Capabilities::INSIDE_APP);
    }
}
