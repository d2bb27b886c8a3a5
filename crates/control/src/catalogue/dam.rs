//! The event types of a digital asset manager, as data that comes with the program.
//!
//! How sure each is, is kept in its schema: `x-status` (`available` or `planned`), `x-certainty` (`page`, `partly` or
//! `inferred`) and `x-invented-values`, the fields of the example that nobody published.

use serde::Deserialize;
use serde_json::{Value, json};

use super::Catalogue;
use crate::change::Change;
use crate::event_types::{EventTypeChanges, described_in};
use crate::fault::Fault;

/// An array of [`Entry`].
const DAM_EVENTS: &str = include_str!("../../../../catalog/dam-events.json");

/// One event type of the data.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    name: String,
    group: String,
    description: String,
    status: String,
    certainty: String,
    invented_values: Vec<String>,
    schema: Value,
    example: Value,
}

impl Catalogue {
    /// The event types of a digital asset manager, planned ones included.
    ///
    /// # Errors
    /// Never with the data that comes with the program: a test reads it.
    pub fn dam() -> Result<Self, Fault> {
        let entries: Vec<Entry> =
            serde_json::from_str(DAM_EVENTS).map_err(|error| Fault::at(["dam"], error.to_string()))?;
        let described = entries.into_iter().map(|entry| {
            let name = entry.name.clone();
            described_in(&name, entry.into_changes()).map_err(|fault| fault.within(["dam", &name]))
        });
        Self::of(described.collect::<Result<_, _>>()?)
    }
}

impl Entry {
    fn into_changes(self) -> EventTypeChanges {
        let mut schema = self.schema;
        if let Some(schema) = schema.as_object_mut() {
            schema.insert("examples".to_owned(), json!([self.example]));
            schema.insert("x-status".to_owned(), json!(self.status));
            schema.insert("x-certainty".to_owned(), json!(self.certainty));
            if !self.invented_values.is_empty() {
                schema.insert("x-invented-values".to_owned(), json!(self.invented_values));
            }
        }
        EventTypeChanges {
            description: Change::Set(self.description),
            archived: Change::Set(false),
            deprecated: Change::Set(false),
            schemas: Change::Set(Some(json!({ "1": schema }))),
            group_name: Change::Set(Some(self.group)),
            ..EventTypeChanges::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use wirepost_model::event_type::EventType;

    use super::*;
    use crate::payload_schema::PayloadSchema;

    fn dam() -> Vec<EventType> {
        let read = Catalogue::dam().expect("the data is good");
        read.0.iter().map(|(name, changes)| changes.apply_to(EventType::blank(name.clone()))).collect()
    }

    #[test]
    fn all_64_come_with_an_example_that_fits_their_schema() {
        let event_types = dam();
        assert_eq!(event_types.len(), 64);
        for event_type in &event_types {
            let schema = event_type.newest_schema().expect("every entry has a schema");
            assert_eq!(
                schema["$schema"], "https://json-schema.org/draft/2020-12/schema",
                "{}",
                event_type.name
            );
            let example = event_type.example().expect("every entry has an example");
            let compiled = PayloadSchema::compile(schema).map_err(|fault| fault.to_string());
            let faults = compiled.expect("a good schema").faults(example);
            assert!(faults.is_empty(), "{}: {faults:?}", event_type.name);
        }
    }

    #[test]
    fn a_schema_of_the_catalogue_refuses_what_is_not_its_event() {
        for event_type in dam() {
            let schema = event_type.newest_schema().expect("every entry has a schema");
            let compiled = PayloadSchema::compile(schema).map_err(|fault| fault.to_string());
            let faults = compiled.expect("a good schema").faults(&json!({"eventType": "another"}));
            assert!(!faults.is_empty(), "{} takes anything", event_type.name);
        }
    }

    #[test]
    fn each_says_how_sure_it_is() {
        let said = |event_type: &EventType, word: &str| {
            event_type.newest_schema().map(|schema| schema[word].clone()).unwrap_or_default()
        };
        let count = |word, value| dam().iter().filter(|entry| said(entry, word) == value).count();
        assert_eq!((count("x-status", "available"), count("x-status", "planned")), (44, 20));
        let certain = ["page", "partly", "inferred"].map(|value| count("x-certainty", value));
        assert_eq!(certain, [12, 29, 23]);
    }
}
