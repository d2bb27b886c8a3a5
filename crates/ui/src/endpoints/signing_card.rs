//! How an endpoint is signed for, as the side of its page tells it. The secret itself stands there only on the page
//! that answers a person who asked to see it.

use wirepost_control::signing::Signing;
use wirepost_model::capability::Capability;

use crate::person::Person;
use crate::show::Instant;

/// What is shown of an endpoint's secrets.
pub(crate) struct SigningCard {
    /// Whether receivers verify with a public key.
    pub(crate) asymmetric: bool,
    pub(crate) since: Instant,
    /// Until when the last of the old secrets signs as well.
    pub(crate) old_until: Option<Instant>,
    /// Until when the present one would sign, were it rotated now.
    pub(crate) overlap_until: Instant,
    /// What receivers verify with, where a person just asked for it.
    pub(crate) revealed: Option<String>,
    pub(crate) may_reveal: bool,
    pub(crate) may_rotate: bool,
}

impl SigningCard {
    pub(crate) fn of(signing: &Signing, person: &Person) -> Self {
        Self {
            asymmetric: signing.asymmetric,
            since: signing.since.into(),
            old_until: signing.old_until.first().copied().map(Instant::from),
            overlap_until: signing.overlap_until.into(),
            revealed: None,
            may_reveal: person.may(Capability::ViewEndpointSecret),
            may_rotate: person.may(Capability::ManageEndpointSecret),
        }
    }

    /// What it is called.
    pub(crate) fn name(&self) -> &'static str {
        if self.asymmetric { "Verification Key" } else { "Signing Secret" }
    }
}
