//! Pulses and raises on the wire. What a person picked and filled in passes through as the bytes it is.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use wirepost_control::change::Change;
use wirepost_control::pulse_draft::PulseChanges;
use wirepost_control::raises::RaiseDraft;
use wirepost_model::ids::{MessageId, PulseId, RaiseId, TokenId};
use wirepost_model::names::EventTypeName;
use wirepost_model::pulse::{EVENT_TYPE_DEFAULT, OBJECTS_MOST, Person, Pulse, Raise, Raisers};
use wirepost_model::timestamp::Timestamp;

use crate::object::object;
use crate::v1::message::shapes::MessageOut;

/// A pulse as it is sent to us.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PulseIn {
    /// Shown to people; unique among the app's pulses that are not archived.
    #[schemars(length(min = 1, max = 256), regex(pattern = r"\S"))]
    name: String,
    /// The event type of its messages; `eventpulse.triggered` unless said.
    #[schemars(with = "Option<EventTypeName>")]
    event_type: Option<String>,
    /// Shown to people.
    #[schemars(length(max = 4096))]
    description: Option<String>,
    /// What a person fills in: a JSON Schema with `"type": "object"`, without references; `null` for nothing.
    #[schemars(with = "Option<Map<String, Value>>")]
    fields: Option<Value>,
    /// What it is raised for.
    #[serde(default, deserialize_with = "object")]
    objects: Option<ObjectsIn>,
    /// Ids of the users who may raise it; `null` for everybody whose token may raise.
    #[schemars(length(max = 1000), inner(length(min = 1, max = 256)))]
    raisers: Option<Vec<String>>,
    /// Whether it can no longer be raised.
    archived: Option<bool>,
}

/// What a pulse is raised for, as it is sent to us.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub(crate) struct ObjectsIn {
    /// Fewest at once; 1 unless said.
    #[schemars(range(max = OBJECTS_MOST))]
    min: Option<u32>,
    /// Most at once; 1000 unless said.
    #[schemars(range(min = 1, max = OBJECTS_MOST))]
    max: Option<u32>,
    /// A JSON Schema of one object, without references; `null` for an `id` and a `type`, both text.
    schema: Option<Value>,
}

/// Changes of a pulse as they are sent to us.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct PulsePatch {
    /// Shown to people; unique among the app's pulses that are not archived.
    #[schemars(length(min = 1, max = 256), regex(pattern = r"\S"))]
    name: Change<String>,
    /// The event type of its messages.
    #[schemars(with = "EventTypeName")]
    event_type: Change<String>,
    /// Shown to people.
    #[schemars(length(max = 4096))]
    description: Change<String>,
    /// What a person fills in: a JSON Schema with `"type": "object"`, without references; `null` for nothing.
    #[schemars(with = "Option<Map<String, Value>>")]
    fields: Change<Option<Value>>,
    /// What it is raised for.
    objects: ObjectsPatch,
    /// Ids of the users who may raise it; `null` for everybody whose token may raise.
    #[schemars(length(max = 1000), inner(length(min = 1, max = 256)))]
    raisers: Change<Option<Vec<String>>>,
    /// Whether it can no longer be raised.
    archived: Change<bool>,
}

/// Changes of what a pulse is raised for, as they are sent to us.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct ObjectsPatch {
    /// Fewest at once.
    #[schemars(range(max = OBJECTS_MOST))]
    min: Change<u32>,
    /// Most at once.
    #[schemars(range(min = 1, max = OBJECTS_MOST))]
    max: Change<u32>,
    /// A JSON Schema of one object, without references; `null` for an `id` and a `type`, both text.
    schema: Change<Option<Value>>,
}

/// A pulse as we show it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PulseOut {
    id: PulseId,
    name: String,
    event_type: EventTypeName,
    description: String,
    /// A JSON Schema; `null` for no fields.
    fields: Option<Value>,
    objects: ObjectsOut,
    /// Ids of users; `null` for everybody whose token may raise.
    raisers: Option<Vec<String>>,
    archived: bool,
    created_at: Timestamp,
    updated_at: Timestamp,
}

/// What a pulse is raised for, as we show it.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ObjectsOut {
    min: u32,
    max: u32,
    /// A JSON Schema of one object; `null` for an `id` and a `type`.
    schema: Option<Value>,
}

/// A raise as it is asked for.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct RaiseIn<'a> {
    /// What it is raised for. Receivers get it byte for byte as posted.
    #[serde(borrow)]
    #[schemars(with = "Vec<Map<String, Value>>")]
    objects: &'a RawValue,
    /// What was filled in. Receivers get it byte for byte as posted.
    #[serde(borrow)]
    #[schemars(with = "Option<Map<String, Value>>")]
    fields: Option<&'a RawValue>,
    /// Who raises it.
    #[serde(default, deserialize_with = "object")]
    user: Option<UserIn>,
    /// A remark for the log; it is not sent.
    #[schemars(length(max = 4096))]
    note: Option<String>,
}

/// Who raises, in the words of who calls.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UserIn {
    /// The user's id in the system where the button was pressed.
    #[schemars(length(min = 1, max = 256))]
    id: String,
    /// Given name.
    #[schemars(length(max = 256))]
    first_name: Option<String>,
    /// Family name.
    #[schemars(length(max = 256))]
    last_name: Option<String>,
}

/// Who raised, as we show it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UserOut {
    id: String,
    first_name: Option<String>,
    last_name: Option<String>,
}

/// A raise as we show it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RaiseOut {
    id: RaiseId,
    pulse_id: PulseId,
    msg_id: MessageId,
    /// Who raised it, in the words of who called.
    user: Option<UserOut>,
    /// The kept token it was raised with.
    token_id: Option<TokenId>,
    object_count: u32,
    fields: Value,
    note: Option<String>,
    timestamp: Timestamp,
}

/// What came of a raise.
#[derive(Serialize, JsonSchema)]
pub(crate) struct RaisedOut<'a> {
    id: RaiseId,
    raise: RaiseOut,
    message: MessageOut<'a>,
}

/// A replacement sets everything.
impl From<PulseIn> for PulseChanges {
    fn from(pulse: PulseIn) -> Self {
        let objects = pulse.objects.unwrap_or_default();
        Self {
            name: Change::Set(pulse.name),
            event_type: Change::Set(pulse.event_type.unwrap_or_else(|| EVENT_TYPE_DEFAULT.to_owned())),
            description: Change::Set(pulse.description.unwrap_or_default()),
            fields: Change::Set(pulse.fields),
            objects_least: Change::Set(objects.min.unwrap_or(1)),
            objects_most: Change::Set(objects.max.unwrap_or(OBJECTS_MOST)),
            object_schema: Change::Set(objects.schema),
            raisers: Change::Set(pulse.raisers),
            archived: Change::Set(pulse.archived.unwrap_or_default()),
        }
    }
}

impl From<PulsePatch> for PulseChanges {
    fn from(patch: PulsePatch) -> Self {
        Self {
            name: patch.name,
            event_type: patch.event_type,
            description: patch.description,
            fields: patch.fields,
            objects_least: patch.objects.min,
            objects_most: patch.objects.max,
            object_schema: patch.objects.schema,
            raisers: patch.raisers,
            archived: patch.archived,
        }
    }
}

impl<'a> From<RaiseIn<'a>> for RaiseDraft<'a> {
    fn from(raise: RaiseIn<'a>) -> Self {
        Self {
            objects: raise.objects,
            fields: raise.fields,
            user: raise.user.map(Person::from),
            note: raise.note,
        }
    }
}

impl From<UserIn> for Person {
    fn from(user: UserIn) -> Self {
        Self { id: user.id, first_name: user.first_name, last_name: user.last_name }
    }
}

impl From<Person> for UserOut {
    fn from(person: Person) -> Self {
        Self { id: person.id, first_name: person.first_name, last_name: person.last_name }
    }
}

impl From<Pulse> for PulseOut {
    fn from(pulse: Pulse) -> Self {
        Self {
            id: pulse.id,
            name: pulse.name,
            event_type: pulse.event_type,
            description: pulse.description,
            fields: pulse.fields,
            objects: ObjectsOut {
                min: pulse.objects.least,
                max: pulse.objects.most,
                schema: pulse.objects.schema,
            },
            raisers: match pulse.raisers {
                Raisers::Anyone => None,
                Raisers::Users(ids) => Some(ids),
            },
            archived: pulse.archived,
            created_at: pulse.created_at,
            updated_at: pulse.updated_at,
        }
    }
}

impl From<Raise> for RaiseOut {
    fn from(raise: Raise) -> Self {
        Self {
            id: raise.id,
            pulse_id: raise.pulse,
            msg_id: raise.message,
            user: raise.user.map(UserOut::from),
            token_id: raise.token,
            object_count: raise.object_count,
            fields: raise.fields,
            note: raise.note,
            timestamp: raise.raised_at,
        }
    }
}

impl<'a> RaisedOut<'a> {
    pub(crate) fn new(raise: Raise, message: MessageOut<'a>) -> Self {
        Self { id: raise.id, raise: raise.into(), message }
    }
}
