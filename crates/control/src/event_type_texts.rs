//! An event type as a person writes it: schema and example are texts of their own, though both are kept as one.

use serde_json::{Map, Value, json};
use wirepost_model::event_type::EventType;
use wirepost_model::payload_validation::PayloadValidation;

use crate::change::Change;
use crate::event_types::EventTypeChanges;
use crate::{ControlError, ControlResult};

/// Where a schema keeps examples of what fits it.
const EXAMPLES: &str = "examples";
/// Where some keep the only one.
const EXAMPLE: &str = "example";

/// What a person wrote.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EventTypeTexts {
    /// Shown to people.
    pub description: String,
    /// The heading it stands under; blank for none.
    pub group_name: String,
    /// The newest JSON Schema; blank for none.
    pub schema: String,
    /// An example payload; blank for none.
    pub example: String,
    /// Whether the schema is to stand beside the versions that are there, instead of in place of the newest.
    pub as_new_version: bool,
    /// Whether payloads must fit.
    pub payload_validation: PayloadValidation,
    /// Hidden from who lacks this flag; blank for none.
    pub feature_flag: String,
    /// Not for new integrations.
    pub deprecated: bool,
}

impl EventTypeTexts {
    /// The event type as a person would have written it.
    pub fn of(event_type: &EventType) -> Self {
        let mut schema = event_type.newest_schema().cloned();
        let example = schema.as_mut().and_then(take_example);
        // Braces alone say nothing; the person did not write them.
        let schema = schema.filter(|schema| *schema != json!({}));
        Self {
            description: event_type.description.clone(),
            group_name: event_type.group_name.clone().unwrap_or_default(),
            schema: schema.as_ref().map(pretty).unwrap_or_default(),
            example: example.as_ref().map(pretty).unwrap_or_default(),
            as_new_version: false,
            payload_validation: event_type.payload_validation,
            feature_flag: event_type.feature_flag.clone().unwrap_or_default(),
            deprecated: event_type.deprecated,
        }
    }

    /// What changes by it. `before` is the event type as it is kept, if it is.
    ///
    /// # Errors
    /// `Invalid` for what cannot be read, with the line and column.
    pub fn changes(&self, before: Option<&EventType>) -> ControlResult<EventTypeChanges> {
        let some = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        Ok(EventTypeChanges {
            description: Change::Set(self.description.trim().to_owned()),
            archived: Change::Keep,
            deprecated: Change::Set(self.deprecated),
            schemas: Change::Set(self.schemas(before)?),
            feature_flag: Change::Set(some(&self.feature_flag)),
            group_name: Change::Set(some(&self.group_name)),
            payload_validation: Change::Set(self.payload_validation),
        })
    }

    fn schemas(&self, before: Option<&EventType>) -> ControlResult<Option<Value>> {
        let kept = before.and_then(|before| before.schemas.as_ref()?.as_object());
        let mut schemas = kept.cloned().unwrap_or_default();
        let numbers = schemas.keys().filter_map(|version| version.parse::<u64>().ok());
        let newest = numbers.max().unwrap_or(0);
        let replaced = schemas.keys().max_by_key(|version| version.parse::<u64>().unwrap_or(0)).cloned();
        let others = replaced.as_ref().and_then(|version| schemas.get(version)).map(other_examples);
        match (self.newest(others.unwrap_or_default())?, replaced) {
            (Some(schema), Some(version)) if !self.as_new_version => schemas.insert(version, schema),
            (Some(schema), _) => schemas.insert((newest + 1).to_string(), schema),
            (None, Some(version)) => schemas.remove(&version),
            (None, None) => None,
        };
        Ok((!schemas.is_empty()).then_some(Value::Object(schemas)))
    }

    fn newest(&self, others: Vec<Value>) -> ControlResult<Option<Value>> {
        let schema = read("schema", &self.schema)?;
        let Some(example) = read("example", &self.example)? else {
            return Ok(schema);
        };
        if !example.is_object() {
            return Err(ControlError::body("example", "must be a JSON object, as payloads are"));
        }
        let mut schema = schema.unwrap_or_else(|| Value::Object(Map::new()));
        let Some(members) = schema.as_object_mut() else {
            return Err(ControlError::body("schema", "must be an object where there is an example"));
        };
        // What stands in the schema itself stays, behind the one that was written apart.
        let behind = take_all(members).unwrap_or(others);
        let examples = std::iter::once(example).chain(behind).collect();
        members.insert(EXAMPLES.to_owned(), Value::Array(examples));
        Ok(Some(schema))
    }
}

/// Takes the first example out of a schema, and leaves no others in it.
fn take_example(schema: &mut Value) -> Option<Value> {
    let examples = take_all(schema.as_object_mut()?)?;
    examples.into_iter().next()
}

fn take_all(members: &mut Map<String, Value>) -> Option<Vec<Value>> {
    let list = members.remove(EXAMPLES).and_then(|examples| examples.as_array().cloned());
    let lone = members.remove(EXAMPLE).map(|example| vec![example]);
    list.filter(|examples| !examples.is_empty()).or(lone)
}

/// The examples that the form does not show.
fn other_examples(schema: &Value) -> Vec<Value> {
    let examples = schema.get(EXAMPLES).and_then(Value::as_array);
    examples.into_iter().flatten().skip(1).cloned().collect()
}

fn read(field: &'static str, text: &str) -> ControlResult<Option<Value>> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let read = serde_json::from_str(text);
    read.map(Some).map_err(|error| ControlError::body(field, format!("is not JSON: {error}")))
}

fn pretty(value: &Value) -> String {
    format!("{value:#}")
}

#[cfg(test)]
mod tests {
    use wirepost_model::names::EventTypeName;

    use super::*;

    fn event_type(schemas: Value) -> EventType {
        let name = EventTypeName::parse("asset.created").expect("a good name");
        EventType { schemas: Some(schemas), ..EventType::blank(name) }
    }

    fn refusal(texts: &EventTypeTexts) -> String {
        texts.changes(None).expect_err("it is refused").to_string()
    }

    #[test]
    fn what_was_not_touched_comes_back_as_it_was() {
        let before = event_type(json!({
            "1": {"type": "object"},
            "2": {"type": "object", "examples": [{"n": 1}, {"n": 2}], "required": ["n"]},
        }));
        let texts = EventTypeTexts::of(&before);
        assert_eq!(texts.example, "{\n  \"n\": 1\n}");
        assert!(!texts.schema.contains("examples"), "{}", texts.schema);
        let changes = texts.changes(Some(&before)).expect("it is good");
        assert_eq!(changes.apply_to(before.clone()), before);
    }

    #[test]
    fn a_new_version_stands_beside_the_others() {
        let before = event_type(json!({"1": {"type": "object"}, "2": {"required": ["n"]}}));
        let texts = EventTypeTexts {
            schema: "{\"required\": [\"m\"]}".to_owned(),
            as_new_version: true,
            ..EventTypeTexts::of(&before)
        };
        let schemas = texts.schemas(Some(&before)).expect("it is good");
        let wanted = json!({"1": {"type": "object"}, "2": {"required": ["n"]}, "3": {"required": ["m"]}});
        assert_eq!(schemas, Some(wanted));
    }

    #[test]
    fn an_example_alone_is_kept_and_nothing_is_nothing() {
        let texts = EventTypeTexts { example: "{\"n\": 7}".to_owned(), ..Default::default() };
        assert_eq!(texts.schemas(None), Ok(Some(json!({"1": {"examples": [{"n": 7}]}}))));
        let kept = event_type(json!({"1": {"examples": [{"n": 7}]}}));
        assert_eq!(EventTypeTexts::of(&kept).schema, "");
        assert_eq!(EventTypeTexts::default().schemas(Some(&kept)), Ok(None));
    }

    #[test]
    fn what_cannot_be_read_is_named_with_its_place() {
        let texts = EventTypeTexts { schema: "{\n \"a\": }".to_owned(), ..Default::default() };
        assert!(refusal(&texts).contains("schema: is not JSON: expected value at line 2 column 7"));
        let texts = EventTypeTexts { example: "[1]".to_owned(), ..Default::default() };
        assert!(refusal(&texts).contains("example: must be a JSON object"));
        let texts =
            EventTypeTexts { schema: "true".to_owned(), example: "{}".to_owned(), ..Default::default() };
        assert!(refusal(&texts).contains("schema: must be an object"));
    }
}
