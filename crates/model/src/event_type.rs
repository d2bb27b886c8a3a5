//! An event type: what may happen, described by schema and example.

use crate::names::EventTypeName;
use crate::payload_validation::PayloadValidation;
use crate::timestamp::Timestamp;

/// One entry of the catalogue.
#[derive(Debug, Clone, PartialEq)]
pub struct EventType {
    /// `topic.event`.
    pub name: EventTypeName,
    /// Shown to people.
    pub description: String,
    /// Hidden from new subscriptions and lists.
    pub archived: bool,
    /// Still sent, but not for new integrations.
    pub deprecated: bool,
    /// JSON Schemas by version: `{"1": {…}}`. `None` when nobody described it.
    pub schemas: Option<serde_json::Value>,
    /// Hidden from who lacks this flag.
    pub feature_flag: Option<String>,
    /// The heading it stands under.
    pub group_name: Option<String>,
    /// Whether payloads of this type must fit its newest schema; an app may ask for more.
    pub payload_validation: PayloadValidation,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl EventType {
    /// One of which nothing is known but its name.
    pub fn blank(name: EventTypeName) -> Self {
        Self {
            name,
            description: String::new(),
            archived: false,
            deprecated: false,
            schemas: None,
            feature_flag: None,
            group_name: None,
            payload_validation: PayloadValidation::Off,
            created_at: Timestamp::default(),
            updated_at: Timestamp::default(),
        }
    }

    /// An example payload from the newest schema that carries one (`examples[0]` or `example`).
    pub fn example(&self) -> Option<&serde_json::Value> {
        self.example_at(0)
    }

    /// The example with this number, from 0, of the newest schema that carries any; a lone `example` is number 0.
    pub fn example_at(&self, number: usize) -> Option<&serde_json::Value> {
        let schemas = self.schemas.as_ref()?.as_object()?;
        let mut versions: Vec<_> = schemas.iter().collect();
        versions.sort_by_key(|(version, _)| version.parse::<u64>().unwrap_or(0));
        let mut described = versions.into_iter().rev().map(|(_, schema)| examples_of(schema));
        described.find(|examples| !examples.is_empty())?.get(number)
    }

    /// The schema that payloads are to fit: the one of the highest version.
    pub fn newest_schema(&self) -> Option<&serde_json::Value> {
        let schemas = self.schemas.as_ref()?.as_object()?;
        let newest = schemas.iter().max_by_key(|(version, _)| version.parse::<u64>().unwrap_or(0));
        newest.map(|(_, schema)| schema)
    }
}

fn examples_of(schema: &serde_json::Value) -> &[serde_json::Value] {
    match schema.get("examples").and_then(serde_json::Value::as_array) {
        Some(examples) if !examples.is_empty() => examples,
        _ => schema.get("example").map_or(&[], std::slice::from_ref),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_newest_example_is_taken() {
        let mut event_type = EventType {
            name: EventTypeName::parse("asset.created").expect("a good name"),
            description: String::new(),
            archived: false,
            deprecated: false,
            schemas: Some(json!({"2": {"examples": [{"v": 2}]}, "10": {"example": {"v": 10}}, "11": {}})),
            feature_flag: None,
            group_name: None,
            payload_validation: PayloadValidation::Off,
            created_at: Timestamp::default(),
            updated_at: Timestamp::default(),
        };
        assert_eq!(event_type.example(), Some(&json!({"v": 10})));
        assert_eq!(event_type.example_at(1), None);
        event_type.schemas = Some(json!({"1": {"examples": [{"v": 1}, {"v": 2}]}, "2": {"examples": []}}));
        assert_eq!(event_type.example_at(1), Some(&json!({"v": 2})));
        assert_eq!(event_type.newest_schema(), Some(&json!({"examples": []})));
        event_type.schemas = None;
        assert_eq!((event_type.example(), event_type.newest_schema()), (None, None));
    }
}
