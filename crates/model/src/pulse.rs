//! A pulse: an event that a person raises by a decision, and the log of who raised it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ids::{AppId, MessageId, PulseId, RaiseId, TokenId};
use crate::names::EventTypeName;
use crate::timestamp::Timestamp;

/// The event type of a pulse that names no other, as the catalogue describes it.
pub const EVENT_TYPE_DEFAULT: &str = "eventpulse.triggered";
/// Most objects that a pulse can be raised for at once.
pub const OBJECTS_MOST: u32 = 1_000;

/// What a person may raise, as somebody set it up.
#[derive(Debug, Clone, PartialEq)]
pub struct Pulse {
    /// Its id.
    pub id: PulseId,
    /// The app it belongs to.
    pub app: AppId,
    /// Shown to people; unique among the app's pulses that are not archived.
    pub name: String,
    /// The event type of its messages.
    pub event_type: EventTypeName,
    /// Shown to people.
    pub description: String,
    /// What a person fills in, as a JSON Schema (draft 2020-12) of an object; `None` for nothing.
    pub fields: Option<Value>,
    /// What it is raised for.
    pub objects: ObjectRule,
    /// Who may raise it.
    pub raisers: Raisers,
    /// Can no longer be raised, and is hidden from lists.
    pub archived: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Rises with every change; a writer that read an older one is refused.
    pub revision: i64,
}

/// How many objects a pulse is raised for, and what each looks like.
#[derive(Debug, Clone, PartialEq)]
pub struct ObjectRule {
    /// Fewest at once.
    pub least: u32,
    /// Most at once.
    pub most: u32,
    /// A JSON Schema (draft 2020-12) of one object; without one, an object has an `id` and a `type`, both text.
    pub schema: Option<Value>,
}

/// Who may raise a pulse, among those whose token may raise at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Raisers {
    /// Everybody.
    Anyone,
    /// The users of these ids, sorted. Who calls vouches for the id of the user it acts for.
    Users(Vec<String>),
}

/// Who raised a pulse, in the words of the system where the button was pressed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Person {
    /// The user's id there.
    pub id: String,
    /// Given name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// Family name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
}

/// One raising of a pulse. A fact; it never changes.
#[derive(Debug, Clone, PartialEq)]
pub struct Raise {
    /// Its id.
    pub id: RaiseId,
    /// The app it happened in.
    pub app: AppId,
    /// What was raised.
    pub pulse: PulseId,
    /// The message that carries it.
    pub message: MessageId,
    /// Who raised it; `None` when nobody was named.
    pub user: Option<Person>,
    /// The kept token it was raised with; `None` for one from the settings and for signed ones.
    pub token: Option<TokenId>,
    /// For how many objects.
    pub object_count: u32,
    /// What was filled in.
    pub fields: Value,
    /// A remark for this log; it is not sent.
    pub note: Option<String>,
    /// When.
    pub raised_at: Timestamp,
}

impl Raisers {
    /// Whether this user, or a caller that names none, may raise.
    pub fn include(&self, user: Option<&Person>) -> bool {
        match self {
            Self::Anyone => true,
            Self::Users(ids) => user.is_some_and(|user| ids.binary_search(&user.id).is_ok()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(id: &str) -> Person {
        Person { id: id.to_owned(), first_name: None, last_name: None }
    }

    #[test]
    fn a_list_admits_its_users_and_nobody_unnamed() {
        let listed = Raisers::Users(vec!["ann".to_owned(), "bob".to_owned()]);
        assert!(listed.include(Some(&person("bob"))) && Raisers::Anyone.include(None));
        assert!(!listed.include(Some(&person("eve"))) && !listed.include(None));
    }

    #[test]
    fn a_person_without_names_is_an_id_alone() {
        let json = serde_json::to_string(&person("u1")).expect("it is JSON");
        assert_eq!(json, r#"{"id":"u1"}"#);
        assert_eq!(serde_json::from_str::<Person>(&json).expect("it reads back"), person("u1"));
    }
}
