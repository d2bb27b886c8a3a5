//! Who may raise a pulse, and who a person in the pages is to a list of raisers.

use wirepost_model::capability::Capability;
use wirepost_model::pulse::{Person, Pulse};

use crate::Control;
use crate::caller::AppAccess;
use crate::portal::NAMED_SESSION;

impl Control {
    /// Whether this user may raise the pulse as it is now, in the hands of who entered.
    pub fn may_raise(&self, access: &AppAccess, pulse: &Pulse, user: &Person) -> bool {
        !pulse.archived && access.may(Capability::CreateAttempts) && pulse.raisers.include(Some(user))
    }
}

/// The user that somebody of this name in the pages is: whoever made the person's access named a session after it, or
/// the person is known by the name alone.
pub fn raiser(person: &str) -> Person {
    let id = person.strip_prefix(NAMED_SESSION).unwrap_or(person);
    Person { id: id.to_owned(), first_name: None, last_name: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_named_session_is_the_user_it_is_named_after() {
        assert_eq!(raiser("app portal, session ada@example.com").id, "ada@example.com");
        assert_eq!(raiser("Operator").id, "Operator");
        assert_eq!(raiser("app portal").id, "app portal");
    }
}
