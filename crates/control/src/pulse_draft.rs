//! What is to be written of a pulse, and the check that finds it good.

use serde_json::Value;
use wirepost_model::names::EventTypeName;
use wirepost_model::pulse::{OBJECTS_MOST, Pulse, Raisers};
use wirepost_model::timestamp::Timestamp;

use crate::change::Change;
use crate::channels::parse_event_type;
use crate::payload_schema::PayloadSchema;
use crate::{ControlError, ControlResult};

/// Most bytes of a pulse's name.
const NAME_BYTES_MOST: usize = 256;
/// Most bytes of its description.
const DESCRIPTION_BYTES_MOST: usize = 4_096;
/// Most bytes of one of its schemas.
const SCHEMA_BYTES_MOST: usize = 16 * 1_024;
/// Most users in a list of raisers.
const RAISERS_MOST: usize = 1_000;
/// Most bytes of a user's id, and of each of its names.
pub(crate) const PERSON_BYTES_MOST: usize = 256;
/// What makes one part of a schema stand for another.
const REFERENCES: [&str; 3] = ["$ref", "$dynamicRef", "$recursiveRef"];

/// What is to be written of a pulse; a blank one with these changes is a whole one.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PulseChanges {
    /// Shown to people.
    pub name: Change<String>,
    /// The event type of its messages.
    pub event_type: Change<String>,
    /// Shown to people.
    pub description: Change<String>,
    /// What a person fills in, as a JSON Schema of an object.
    pub fields: Change<Option<Value>>,
    /// Fewest objects at once.
    pub objects_least: Change<u32>,
    /// Most objects at once.
    pub objects_most: Change<u32>,
    /// A JSON Schema of one object.
    pub object_schema: Change<Option<Value>>,
    /// The users who may raise it; `None` for everybody who may raise at all.
    pub raisers: Change<Option<Vec<String>>>,
    /// Whether it can no longer be raised.
    pub archived: Change<bool>,
}

/// Changes that were found good, each by itself.
pub(crate) struct CheckedPulse {
    changes: PulseChanges,
    event_type: Change<EventTypeName>,
    raisers: Change<Raisers>,
}

impl PulseChanges {
    pub(crate) fn check(self) -> ControlResult<CheckedPulse> {
        if let Change::Set(name) = &self.name
            && (name.trim().is_empty() || name.len() > NAME_BYTES_MOST)
        {
            let sentence = format!("must be 1 to {NAME_BYTES_MOST} bytes and not blank");
            return Err(ControlError::body("name", sentence));
        }
        if let Change::Set(description) = &self.description
            && description.len() > DESCRIPTION_BYTES_MOST
        {
            let sentence = format!("must be at most {DESCRIPTION_BYTES_MOST} bytes");
            return Err(ControlError::body("description", sentence));
        }
        if let Change::Set(Some(schema)) = &self.fields {
            check_fields_schema(schema)?;
        }
        if let Change::Set(Some(schema)) = &self.object_schema {
            check_schema(schema, "objects", &["objects", "schema"])?;
        }
        let parse_name = |name: String| parse_event_type(&name, "eventType");
        Ok(CheckedPulse {
            event_type: self.event_type.clone().try_map(parse_name)?,
            raisers: self.raisers.clone().try_map(check_raisers)?,
            changes: self,
        })
    }
}

impl CheckedPulse {
    /// Changes the pulse.
    ///
    /// # Errors
    /// `Invalid` where what came in does not go with what stays.
    pub(crate) fn apply_to(&self, pulse: &mut Pulse, now: Timestamp) -> ControlResult<()> {
        self.changes.name.apply(&mut pulse.name);
        self.event_type.apply(&mut pulse.event_type);
        self.changes.description.apply(&mut pulse.description);
        self.changes.fields.apply(&mut pulse.fields);
        self.changes.objects_least.apply(&mut pulse.objects.least);
        self.changes.objects_most.apply(&mut pulse.objects.most);
        self.changes.object_schema.apply(&mut pulse.objects.schema);
        self.raisers.apply(&mut pulse.raisers);
        self.changes.archived.apply(&mut pulse.archived);
        pulse.updated_at = now;
        let (least, most) = (pulse.objects.least, pulse.objects.most);
        if least > most || !(1..=OBJECTS_MOST).contains(&most) {
            let sentence = format!("min must be at most max, and max 1 to {OBJECTS_MOST}");
            return Err(ControlError::body("objects", sentence));
        }
        Ok(())
    }
}

fn check_fields_schema(schema: &Value) -> ControlResult<()> {
    if schema.get("type") != Some(&Value::from("object")) {
        return Err(ControlError::body("fields", "must be a JSON Schema with \"type\": \"object\""));
    }
    check_schema(schema, "fields", &["fields"])
}

fn check_schema(schema: &Value, field: &'static str, place: &[&str]) -> ControlResult<()> {
    if schema.to_string().len() > SCHEMA_BYTES_MOST {
        let sentence = format!("must be at most {SCHEMA_BYTES_MOST} bytes");
        return Err(ControlError::body(field, sentence));
    }
    // Without references, judging a value takes no longer than schema and value are large.
    if has_reference(schema) {
        let sentence = format!("must stand for itself, without {}", REFERENCES.join(", "));
        return Err(ControlError::body(field, sentence));
    }
    let compiled = PayloadSchema::compile(schema).map(drop);
    compiled.map_err(|fault| ControlError::Refused(vec![fault.within(place.iter().copied())]))
}

/// A member of this name whose value is not text is somebody's property, not a reference.
fn has_reference(schema: &Value) -> bool {
    match schema {
        Value::Object(members) => members.iter().any(|(name, value)| {
            REFERENCES.contains(&name.as_str()) && value.is_string() || has_reference(value)
        }),
        Value::Array(items) => items.iter().any(has_reference),
        _ => false,
    }
}

fn check_raisers(users: Option<Vec<String>>) -> ControlResult<Raisers> {
    let Some(mut users) = users else {
        return Ok(Raisers::Anyone);
    };
    let good = |user: &String| !user.is_empty() && user.len() <= PERSON_BYTES_MOST;
    if users.len() > RAISERS_MOST || !users.iter().all(good) {
        let sentence = format!("must be at most {RAISERS_MOST} ids of 1 to {PERSON_BYTES_MOST} bytes each");
        return Err(ControlError::body("raisers", sentence));
    }
    users.sort_unstable();
    users.dedup();
    Ok(Raisers::Users(users))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn field(changes: PulseChanges) -> String {
        match changes.check().map(drop).expect_err("it is refused") {
            ControlError::Invalid { field, .. } => field.to_owned(),
            ControlError::Refused(faults) => faults[0].place.join("."),
            other => panic!("refused for another reason: {other}"),
        }
    }

    #[test]
    fn each_bound_names_its_field() {
        let blank = PulseChanges::default;
        let name = |name: &str| PulseChanges { name: Change::Set(name.to_owned()), ..blank() };
        assert_eq!(field(name(" ")), "name");
        assert_eq!(field(name(&"x".repeat(257))), "name");
        let description = Change::Set("x".repeat(4_097));
        assert_eq!(field(PulseChanges { description, ..blank() }), "description");
        assert_eq!(field(PulseChanges { event_type: Change::Set("a b".into()), ..blank() }), "eventType");
        for raisers in [vec![String::new()], vec!["x".repeat(257)], vec!["x".to_owned(); 1_001]] {
            assert_eq!(field(PulseChanges { raisers: Change::Set(Some(raisers)), ..blank() }), "raisers");
        }
    }

    #[test]
    fn a_schema_of_fields_is_of_an_object_and_stands_for_itself() {
        let refusal =
            |schema| field(PulseChanges { fields: Change::Set(Some(schema)), ..Default::default() });
        for schema in [json!({}), json!(true), json!([]), json!({"type": "array"})] {
            assert_eq!(refusal(schema), "fields");
        }
        let referring = json!({"type": "object", "properties": {"a": {"$ref": "#"}}});
        assert_eq!(refusal(referring), "fields");
        let large = json!({"type": "object", "description": "x".repeat(16 * 1_024)});
        assert_eq!(refusal(large), "fields");
        let nonsense = json!({"type": "object", "properties": {"a": {"type": "nonsense"}}});
        assert_eq!(refusal(nonsense), "fields.properties.a.type");
        let named = json!({"type": "object", "properties": {"$ref": {"type": "string"}}});
        let good = PulseChanges { fields: Change::Set(Some(named)), ..Default::default() };
        assert!(good.check().is_ok(), "a property may have any name");
    }

    #[test]
    fn raisers_are_sorted_and_each_is_there_once() {
        let users = ["bob", "ann", "bob"].map(str::to_owned).to_vec();
        let sorted = ["ann", "bob"].map(str::to_owned).to_vec();
        assert_eq!(check_raisers(Some(users)), Ok(Raisers::Users(sorted)));
        assert_eq!(check_raisers(None), Ok(Raisers::Anyone));
    }
}
