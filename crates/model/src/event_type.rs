//! An event type: what may happen, described by schema and example.

use crate::names::EventTypeName;
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
    /// Only apps with this flag see it.
    pub feature_flag: Option<String>,
    /// The heading it stands under.
    pub group_name: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl EventType {
    /// An example payload from the newest schema that carries one (`examples[0]` or `example`).
    pub fn example(&self) -> Option<&serde_json::Value> {
        let schemas = self.schemas.as_ref()?.as_object()?;
        let mut versions: Vec<_> = schemas.iter().collect();
        versions.sort_by_key(|(version, _)| version.parse::<u64>().unwrap_or(0));
        versions.into_iter().rev().find_map(|(_, schema)| {
            schema.get("examples").and_then(|examples| examples.get(0)).or_else(|| schema.get("example"))
        })
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
            created_at: Timestamp::default(),
            updated_at: Timestamp::default(),
        };
        assert_eq!(event_type.example(), Some(&json!({"v": 10})));
        event_type.schemas = None;
        assert_eq!(event_type.example(), None);
    }
}
