//! Pulses and raises on the wire. What a person picked and filled in passes through as the bytes it is.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use wirepost_control::change::Change;
use wirepost_control::pulse_draft::PulseChanges;
use wirepost_control::raises::RaiseDraft;
use wirepost_model::ids::{MessageId, PulseId, RaiseId, TokenId};
use wirepost_model::names::EventTypeName;
use wirepost_model::pulse::{EVENT_TYPE_DEFAULT, OBJECTS_MOST, Person, Pulse, Raise, Raisers};
use wirepost_model::timestamp::Timestamp;

use crate::v1::message::shapes::MessageOut;

/// A pulse as it is sent to us.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PulseIn {
    name: String,
    event_type: Option<String>,
    description: Option<String>,
    fields: Option<Value>,
    objects: Option<ObjectsIn>,
    raisers: Option<Vec<String>>,
    archived: Option<bool>,
}

/// What a pulse is raised for, as it is sent to us.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct ObjectsIn {
    min: Option<u32>,
    max: Option<u32>,
    schema: Option<Value>,
}

/// Changes of a pulse as they are sent to us.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct PulsePatch {
    name: Change<String>,
    event_type: Change<String>,
    description: Change<String>,
    fields: Change<Option<Value>>,
    objects: ObjectsPatch,
    raisers: Change<Option<Vec<String>>>,
    archived: Change<bool>,
}

/// Changes of what a pulse is raised for, as they are sent to us.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ObjectsPatch {
    min: Change<u32>,
    max: Change<u32>,
    schema: Change<Option<Value>>,
}

/// A pulse as we show it.
#[derive(Debug, Serialize)]
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
#[derive(Debug, Serialize)]
pub(crate) struct ObjectsOut {
    min: u32,
    max: u32,
    /// A JSON Schema of one object; `null` for an `id` and a `type`.
    schema: Option<Value>,
}

/// A raise as it is asked for.
#[derive(Deserialize)]
pub(crate) struct RaiseIn<'a> {
    /// Left in the body, as posted.
    #[serde(borrow)]
    objects: &'a RawValue,
    #[serde(borrow)]
    fields: Option<&'a RawValue>,
    user: Option<Person>,
    note: Option<String>,
}

/// A raise as we show it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RaiseOut {
    id: RaiseId,
    pulse_id: PulseId,
    msg_id: MessageId,
    /// Who raised it, in the words of who called.
    user: Option<Person>,
    /// The kept token it was raised with.
    token_id: Option<TokenId>,
    object_count: u32,
    fields: Value,
    note: Option<String>,
    timestamp: Timestamp,
}

/// What came of a raise.
#[derive(Serialize)]
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
        Self { objects: raise.objects, fields: raise.fields, user: raise.user, note: raise.note }
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
            user: raise.user,
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
