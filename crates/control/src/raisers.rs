//! Who may raise a pulse, and who a person in the pages is to a list of raisers.

use wirepost_model::capability::Capability;
use wirepost_model::pulse::{Person, Pulse};
use wirepost_model::token::Scope;

use crate::Control;
use crate::caller::{AppAccess, Caller};
use crate::portal::NAMED_SESSION;
use crate::pulse_draft::PERSON_BYTES_MOST;

impl Control {
    /// Whether this user may raise the pulse as it is now, in the hands of who entered.
    pub fn may_raise(&self, access: &AppAccess, pulse: &Pulse, user: &Person) -> bool {
        !pulse.archived && access.may(Capability::CreateAttempts) && pulse.raisers.include(Some(user))
    }
}

/// The user that somebody of this name in the pages is. Whoever made the person's access may have named a session
/// after the user; else it is the name of the access.
///
/// People whom a sign-in service names in an app are set apart: many may choose their name there, and nobody shall
/// become another user by it.
pub fn raiser(caller: &Caller, name: &str) -> Person {
    let mut id = match (caller.token(), caller.scope()) {
        (Some(_), _) => name.strip_prefix(NAMED_SESSION).unwrap_or(name).to_owned(),
        (None, Scope::App(_)) => format!("openid:{name}"),
        (None, Scope::Organisation) => name.to_owned(),
    };
    id.truncate(id.floor_char_boundary(PERSON_BYTES_MOST));
    Person { id, first_name: None, last_name: None }
}

#[cfg(test)]
mod tests {
    use wirepost_model::ids::AppId;

    use super::*;

    fn app() -> Scope {
        Scope::App(AppId::parse("app_0ujtsYcgvSTl8PAuAdqWYSMnLOv").expect("a good id"))
    }

    #[test]
    fn a_named_session_is_the_user_it_is_named_after() {
        let token = wirepost_model::ids::TokenId::parse("tok_0ujtsYcgvSTl8PAuAdqWYSMnLOv");
        let visitor = Caller::new(app()).with_token(token.expect("a good id"));
        assert_eq!(raiser(&visitor, "app portal, session ada@example.com").id, "ada@example.com");
        assert_eq!(raiser(&visitor, "app portal").id, "app portal");
        assert_eq!(raiser(&Caller::new(Scope::Organisation), "Operator").id, "Operator");
    }

    #[test]
    fn nobody_becomes_another_user_by_a_name_of_their_own() {
        let employee = Caller::new(app());
        assert_eq!(raiser(&employee, "u1").id, "openid:u1");
        assert_eq!(raiser(&employee, "app portal, session u1").id, "openid:app portal, session u1");
        assert_eq!(raiser(&employee, &"é".repeat(200)).id.len(), 255);
    }
}
