//! What an import would change of an event type, in words.

use std::collections::BTreeMap;

use serde_json::Value;
use wirepost_model::event_type::EventType;

use super::structure::{Field, structure_of};

/// Most fields that are told of one event type.
const FIELDS_MOST: usize = 20;

/// What differs, each in a few words.
pub(crate) fn differences(before: &EventType, after: &EventType) -> Vec<String> {
    let mut told = Vec::new();
    let mut tell = |differs: bool, words: &str| {
        if differs {
            told.push(words.to_owned());
        }
    };
    tell(before.archived && !after.archived, "comes back from the archive");
    tell(before.description != after.description, "another description");
    tell(before.group_name != after.group_name, "another group");
    tell(after.deprecated && !before.deprecated, "becomes deprecated");
    tell(before.deprecated && !after.deprecated, "is no longer deprecated");
    tell(before.feature_flag != after.feature_flag, "another feature flag");
    tell(before.payload_validation != after.payload_validation, "payloads are checked otherwise");
    tell(before.example() != after.example(), "another example");
    let fields = of_fields(before, after);
    let count = fields.len();
    told.extend(fields.into_iter().take(FIELDS_MOST));
    if count > FIELDS_MOST {
        told.push(format!("{} more fields differ", count - FIELDS_MOST));
    }
    if told.is_empty() {
        told.push("the schema, in what is not shown".to_owned());
    }
    told
}

fn of_fields(before: &EventType, after: &EventType) -> Vec<String> {
    let (before, after) = (fields(before.newest_schema()), fields(after.newest_schema()));
    let gone = before.keys().filter(|name| !after.contains_key(*name));
    let gone = gone.map(|name| format!("{name} goes"));
    let others = after.iter().filter_map(|(name, field)| match before.get(name) {
        None if field.is_required => Some(format!("{name} comes, required")),
        None => Some(format!("{name} comes")),
        Some(old) if old.kind != field.kind => Some(format!("{name}: {}, not {}", field.kind, old.kind)),
        Some(old) if old.is_required != field.is_required => {
            let word = if field.is_required { "required" } else { "optional" };
            Some(format!("{name} becomes {word}"))
        }
        Some(old) if old != field => Some(format!("{name} is described otherwise")),
        Some(_) => None,
    });
    gone.chain(others).collect()
}

fn fields(schema: Option<&Value>) -> BTreeMap<String, Field> {
    let fields = schema.map(structure_of).unwrap_or_default().fields;
    fields.into_iter().map(|field| (format!("{}{}", field.within, field.name), field)).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use wirepost_model::names::EventTypeName;

    use super::*;

    fn event_type(schema: &Value) -> EventType {
        let name = EventTypeName::parse("asset.created").expect("a good name");
        EventType { schemas: Some(json!({ "1": schema })), ..EventType::blank(name) }
    }

    #[test]
    fn what_comes_goes_and_changes_is_told() {
        let before =
            event_type(&json!({"properties": {"a": {"type": "string"}, "b": {"type": "string"}, "c": {}}}));
        let after = event_type(&json!({
            "properties": {"a": {"type": "integer"}, "c": {}, "d": {"type": "string"}},
            "required": ["c", "d"],
            "example": {"a": 1},
        }));
        let after = EventType { deprecated: true, ..after };
        assert_eq!(
            differences(&before, &after),
            [
                "becomes deprecated",
                "another example",
                "b goes",
                "a: integer, not string",
                "c becomes required",
                "d comes, required",
            ]
        );
    }

    #[test]
    fn a_change_that_nobody_sees_is_told_too() {
        let after = event_type(&json!({"$comment": "x"}));
        assert_eq!(differences(&event_type(&json!({})), &after), ["the schema, in what is not shown"]);
    }
}
