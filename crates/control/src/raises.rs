//! Raising a pulse: what a person picked and filled in becomes a message, and is written into the log with it.

use bytes::Bytes;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;
use wirepost_model::capability::Capability;
use wirepost_model::ids::PulseId;
use wirepost_model::names::EventTypeName;
use wirepost_model::pulse::{ObjectRule, Person, Pulse, Raise};
use wirepost_model::timestamp::Timestamp;

use crate::caller::{AppAccess, Caller};
use crate::fault::{FAULTS_MOST, Fault};
use crate::message_draft::MessageDraft;
use crate::messages::Accepted;
use crate::page::{Page, PageQuery};
use crate::payload_schema::PayloadSchema;
use crate::pulse_draft::PERSON_BYTES_MOST;
use crate::{Control, ControlError, ControlResult};

/// Most bytes of a note.
const NOTE_BYTES_MOST: usize = 4_096;
/// Bytes of a UUID.
const UUID_BYTES: usize = 16;

/// A raise as somebody asks for it.
#[derive(Debug, Clone)]
pub struct RaiseDraft<'a> {
    /// A list of objects, as posted: these bytes are sent.
    pub objects: &'a RawValue,
    /// What was filled in, as posted: these bytes are sent.
    pub fields: Option<&'a RawValue>,
    /// Who raises it, in the words of who calls.
    pub user: Option<Person>,
    /// A remark for the log.
    pub note: Option<String>,
}

/// A pulse that was raised.
#[derive(Debug, Clone, PartialEq)]
pub struct Raised {
    /// What stands in the log.
    pub raise: Raise,
    /// The message that carries it.
    pub accepted: Accepted,
    /// Its payload.
    pub payload: Bytes,
}

/// The payload, in the shape that the catalogue gives `eventpulse.triggered`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PulsePayload<'a> {
    event_type: &'a EventTypeName,
    event: EventPart<'a>,
    pulse: PulsePart<'a>,
    objects: &'a RawValue,
    fields: &'a RawValue,
}

#[derive(Serialize)]
struct EventPart<'a> {
    id: String,
    time: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<&'a Person>,
}

#[derive(Serialize)]
struct PulsePart<'a> {
    id: PulseId,
    name: &'a str,
}

impl Control {
    /// Raises a pulse: once this answers, the message is kept and will be attempted, and the log says who raised it.
    ///
    /// # Errors
    /// `MissingCapability`; `NotFound`; `PulseArchived`; `NotARaiser`; `Invalid`; `Refused`; `PayloadTooLarge`;
    /// `Unavailable`.
    pub async fn raise_pulse(
        &self,
        caller: Caller,
        app: &str,
        pulse: &str,
        draft: RaiseDraft<'_>,
    ) -> ControlResult<Raised> {
        let token = caller.token();
        let access = self.enter(caller, app).await?;
        access.require(Capability::CreateAttempts)?;
        let pulse = self.find_pulse(&access, pulse).await?;
        let (object_count, fields) = draft.check(&pulse)?;
        let now = self.now();
        let id = self.ids().next(now);
        let payload = self.payload_of(&pulse, &draft, now);
        let message = MessageDraft {
            event_type: pulse.event_type.as_str().into(),
            payload: payload.clone(),
            ..MessageDraft::default()
        };
        let (prepared, faults) = self.prepare_checked(&access, &message).await?;
        let raise = Raise {
            id,
            app: access.id(),
            pulse: pulse.id,
            message: prepared.message.id,
            user: draft.user,
            token,
            object_count,
            fields,
            note: draft.note,
            raised_at: now,
        };
        let accepted = Accepted { message: prepared.message.clone(), faults };
        self.store().accept_raise(raise.clone(), prepared).await?;
        Ok(Raised { raise, accepted, payload })
    }

    /// A page of an app's raises, of one pulse or of all.
    ///
    /// # Errors
    /// `NotFound` for an unknown pulse; `Unavailable`.
    pub async fn list_raises(
        &self,
        access: &AppAccess,
        pulse: Option<&str>,
        page: PageQuery<i64>,
    ) -> ControlResult<Page<Raise>> {
        let pulse = match pulse {
            None => None,
            Some(id) => Some(self.find_pulse(access, id).await?.id),
        };
        Ok(self.store().list_raises(access.id(), pulse, page).await?)
    }

    fn payload_of(&self, pulse: &Pulse, draft: &RaiseDraft<'_>, now: Timestamp) -> Bytes {
        let mut random = [0; UUID_BYTES];
        self.fill_random(&mut random);
        let nothing = serde_json::from_str("{}").expect("an empty object is JSON");
        let payload = PulsePayload {
            event_type: &pulse.event_type,
            event: EventPart {
                id: event_id(&pulse.event_type, random),
                time: now,
                user: draft.user.as_ref(),
            },
            pulse: PulsePart { id: pulse.id, name: &pulse.name },
            objects: draft.objects,
            fields: draft.fields.unwrap_or(nothing),
        };
        Bytes::from(serde_json::to_vec(&payload).expect("texts and what was JSON before are always JSON"))
    }
}

impl RaiseDraft<'_> {
    /// How many objects there are, and the fields, when all of it is as the pulse wants it.
    fn check(&self, pulse: &Pulse) -> ControlResult<(u32, Value)> {
        if pulse.archived {
            return Err(ControlError::PulseArchived);
        }
        self.user.as_ref().map_or(Ok(()), check_person)?;
        if !pulse.raisers.include(self.user.as_ref()) {
            return Err(ControlError::NotARaiser);
        }
        if self.note.as_ref().is_some_and(|note| note.len() > NOTE_BYTES_MOST) {
            return Err(ControlError::body("note", format!("must be at most {NOTE_BYTES_MOST} bytes")));
        }
        let object_count = check_objects(self.objects, &pulse.objects)?;
        Ok((object_count, check_fields(self.fields, pulse.fields.as_ref())?))
    }
}

fn check_person(person: &Person) -> ControlResult<()> {
    let good = |text: &str| text.len() <= PERSON_BYTES_MOST && !text.chars().any(char::is_control);
    let mut texts = [Some(&person.id), person.first_name.as_ref(), person.last_name.as_ref()].into_iter();
    if person.id.is_empty() || !texts.all(|text| text.is_none_or(|text| good(text))) {
        let sentence = format!("must have an id and names of at most {PERSON_BYTES_MOST} bytes each");
        return Err(ControlError::body("user", sentence));
    }
    Ok(())
}

fn check_objects(objects: &RawValue, rule: &ObjectRule) -> ControlResult<u32> {
    let read: Result<Vec<Value>, _> = serde_json::from_str(objects.get());
    let objects = read.map_err(|_| ControlError::body("objects", "must be a list of JSON objects"))?;
    let count = u32::try_from(objects.len()).unwrap_or(u32::MAX);
    if !(rule.least..=rule.most).contains(&count) {
        let sentence = format!("must be {} to {} objects", rule.least, rule.most);
        return Err(ControlError::body("objects", sentence));
    }
    let schema = rule.schema.as_ref().map(|schema| compile(schema, "objects")).transpose()?;
    let faults = objects.iter().enumerate().flat_map(|(number, object)| {
        let faults = match &schema {
            _ if !object.is_object() => vec![Fault::at(Vec::<String>::new(), "must be a JSON object")],
            Some(schema) => schema.faults(object),
            None => faults_of_plain(object),
        };
        faults.into_iter().map(move |fault| fault.within(["objects".to_owned(), number.to_string()]))
    });
    refuse(faults.take(FAULTS_MOST).collect())?;
    Ok(count)
}

/// What the catalogue asks of an object where the pulse asks nothing of its own.
fn faults_of_plain(object: &Value) -> Vec<Fault> {
    let missing = ["id", "type"].into_iter().filter(|name| !object[name].is_string());
    missing.map(|name| Fault::at([name], "must be a text")).collect()
}

fn check_fields(fields: Option<&RawValue>, schema: Option<&Value>) -> ControlResult<Value> {
    let read =
        fields.map_or(Ok(Value::Object(serde_json::Map::new())), |fields| serde_json::from_str(fields.get()));
    let fields: Value =
        read.map_err(|error| ControlError::body("fields", format!("cannot be read: {error}")))?;
    let faults = match (schema, fields.as_object()) {
        (_, None) => vec![Fault::at(Vec::<String>::new(), "must be a JSON object")],
        (Some(schema), Some(_)) => compile(schema, "fields")?.faults(&fields),
        (None, Some(members)) => members
            .keys()
            .map(|name| Fault::at([name], "the pulse asks for no such field"))
            .take(FAULTS_MOST)
            .collect(),
    };
    refuse(faults.into_iter().map(|fault| fault.within(["fields"])).collect())?;
    Ok(fields)
}

/// A schema was found good when it was stored, so that only another version of this program can refuse it.
fn compile(schema: &Value, field: &'static str) -> ControlResult<PayloadSchema> {
    let compiled = PayloadSchema::compile(schema);
    compiled.map_err(|fault| ControlError::body(field, format!("the pulse's schema cannot be used: {fault}")))
}

fn refuse(faults: Vec<Fault>) -> ControlResult<()> {
    if faults.is_empty() { Ok(()) } else { Err(ControlError::Refused(faults)) }
}

/// The name of the event with hyphens, and a random UUID (RFC 9562, version 4).
fn event_id(event_type: &EventTypeName, mut random: [u8; UUID_BYTES]) -> String {
    random[6] = random[6] & 0x0f | 0x40;
    random[8] = random[8] & 0x3f | 0x80;
    let mut id = event_type.as_str().replace('.', "-");
    for (at, byte) in random.iter().enumerate() {
        let separator = if matches!(at, 0 | 4 | 6 | 8 | 10) { "-" } else { "" };
        id.push_str(&format!("{separator}{byte:02x}"));
    }
    id
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn raw(text: &str) -> &RawValue {
        serde_json::from_str(text).expect("good JSON")
    }

    fn places(outcome: ControlResult<impl std::fmt::Debug>) -> Vec<String> {
        match outcome.expect_err("it is refused") {
            ControlError::Refused(faults) => faults.iter().map(|fault| fault.place.join(".")).collect(),
            ControlError::Invalid { field, .. } => vec![field.to_owned()],
            other => panic!("refused for another reason: {other}"),
        }
    }

    #[test]
    fn an_event_id_is_the_event_with_hyphens_and_a_uuid() {
        let event_type = EventTypeName::parse("eventpulse.triggered").expect("a good name");
        let id = event_id(&event_type, [0xff; UUID_BYTES]);
        assert_eq!(id, "eventpulse-triggered-ffffffff-ffff-4fff-bfff-ffffffffffff");
    }

    #[test]
    fn objects_are_counted_and_each_is_held_against_the_schema() {
        let plain = ObjectRule { least: 1, most: 2, schema: None };
        let good = r#"{"id":"a1","type":"asset"}"#;
        assert_eq!(check_objects(raw(&format!("[{good} , {good}]")), &plain), Ok(2));
        for (objects, place) in [
            ("[]".to_owned(), "objects"),
            (format!("[{good},{good},{good}]"), "objects"),
            (good.to_owned(), "objects"),
            (format!("[{good},7]"), "objects.1"),
            (r#"[{"id":7,"type":"asset"}]"#.to_owned(), "objects.0.id"),
            (r#"[{"id":"a1"}]"#.to_owned(), "objects.0.type"),
        ] {
            assert_eq!(places(check_objects(raw(&objects), &plain)), [place], "{objects}");
        }
        let own = Some(json!({"properties": {"sku": {"type": "integer"}}, "required": ["sku"]}));
        let own = ObjectRule { schema: own, ..plain };
        assert_eq!(check_objects(raw(r#"[{"sku":1}]"#), &own), Ok(1));
        assert_eq!(places(check_objects(raw(r#"[{"sku":"x"}]"#), &own)), ["objects.0.sku"]);
    }

    #[test]
    fn fields_are_those_that_the_pulse_asks_for() {
        let schema =
            json!({"type": "object", "properties": {"reason": {"maxLength": 3}}, "required": ["reason"]});
        let good = check_fields(Some(raw(r#"{"reason":"old"}"#)), Some(&schema));
        assert_eq!(good, Ok(json!({"reason": "old"})));
        assert_eq!(check_fields(None, None), Ok(json!({})));
        assert_eq!(places(check_fields(None, Some(&schema))), ["fields"]);
        assert_eq!(
            places(check_fields(Some(raw(r#"{"reason":"older"}"#)), Some(&schema))),
            ["fields.reason"]
        );
        assert_eq!(places(check_fields(Some(raw("[]")), Some(&schema))), ["fields"]);
        assert_eq!(places(check_fields(Some(raw(r#"{"reason":"old"}"#)), None)), ["fields.reason"]);
    }

    #[test]
    fn a_person_has_an_id_and_short_names() {
        let person = |id: &str, name: &str| Person {
            id: id.to_owned(),
            first_name: Some(name.to_owned()),
            last_name: None,
        };
        assert_eq!(check_person(&person("u1", "Zoë")), Ok(()));
        for (id, name) in [("", "x"), ("u1", "a\nb"), (&"x".repeat(257), "x")] {
            assert_eq!(places(check_person(&person(id, name))), ["user"]);
        }
    }
}
