//! The event types of a digital asset manager, as data that comes with the program.

use serde::Deserialize;
use serde_json::{Value, json};
use wirepost_model::event_type::EventType;
use wirepost_model::names::EventTypeName;
use wirepost_model::timestamp::Timestamp;

use crate::caller::Caller;
use crate::{Control, ControlError, ControlResult};

/// An array of [`Entry`].
const DAM_EVENTS: &str = include_str!("../../../catalog/dam-events.json");

/// One event type of the data.
#[derive(Deserialize)]
struct Entry {
    name: String,
    group: String,
    description: String,
    schema: Value,
    example: Value,
}

impl Control {
    /// Adds the event types of a digital asset manager to the catalogue, or brings those of them that are there up
    /// to date; answers how many there are.
    ///
    /// # Errors
    /// `Forbidden` for an app's caller; `Unavailable`.
    pub async fn load_dam_catalogue(&self, caller: Caller) -> ControlResult<usize> {
        caller.require_organisation()?;
        let entries = dam_event_types(self.now())?;
        let count = entries.len();
        self.store().put_event_types(entries).await?;
        Ok(count)
    }
}

fn dam_event_types(now: Timestamp) -> ControlResult<Vec<EventType>> {
    let broken = |reason: String| ControlError::body("catalogue", reason);
    let entries: Vec<Entry> = serde_json::from_str(DAM_EVENTS).map_err(|error| broken(error.to_string()))?;
    entries
        .into_iter()
        .map(|entry| entry.into_event_type(now).map_err(|invalid| broken(invalid.reason)))
        .collect()
}

impl Entry {
    fn into_event_type(self, now: Timestamp) -> Result<EventType, wirepost_model::invalid::Invalid> {
        let mut schema = self.schema;
        if let Some(schema) = schema.as_object_mut() {
            schema.insert("examples".to_owned(), json!([self.example]));
        }
        Ok(EventType {
            name: EventTypeName::parse(&self.name)?,
            description: self.description,
            archived: false,
            deprecated: false,
            schemas: Some(json!({ "1": schema })),
            feature_flag: None,
            group_name: Some(self.group),
            created_at: now,
            updated_at: now,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_64_event_types_come_with_an_example() {
        let event_types = dam_event_types(Timestamp::default()).expect("the data is good");
        assert_eq!(event_types.len(), 64);
        for event_type in &event_types {
            let example = event_type.example().expect("every entry has an example");
            assert!(example.is_object(), "{}", event_type.name);
        }
        let created = event_types.iter().find(|entry| entry.name.as_str() == "asset.created");
        assert_eq!(created.and_then(|entry| entry.group_name.as_deref()), Some("Assets"));
    }
}
