//! A plain list of event types, named as the API names their fields; also inside `{"data": […]}`, as the API lists
//! them.

use serde::Deserialize;
use serde_json::Value;
use wirepost_model::payload_validation::PayloadValidation;

use super::Catalogue;
use crate::change::Change;
use crate::event_types::{EventTypeChanges, described_in};
use crate::fault::Fault;

/// One event type of the list.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    name: String,
    #[serde(default)]
    description: Change<String>,
    #[serde(default)]
    archived: bool,
    #[serde(default)]
    deprecated: bool,
    #[serde(default)]
    schemas: Change<Option<Value>>,
    #[serde(default)]
    feature_flag: Change<Option<String>>,
    #[serde(default)]
    group_name: Change<Option<String>>,
    #[serde(default)]
    payload_validation: Change<PayloadValidation>,
}

/// Reads the list.
pub(super) fn read(document: &Value) -> Result<Catalogue, Fault> {
    let (list, outside) = match document.get("data") {
        Some(list) => (list, Some("data")),
        None => (document, None),
    };
    let sentence = "must be an OpenAPI document with `webhooks`, or a list of event types";
    let list = list.as_array().ok_or_else(|| Fault::at(outside, sentence))?;
    let mut described = Vec::with_capacity(list.len());
    for (number, entry) in list.iter().enumerate() {
        let place = || outside.map(str::to_owned).into_iter().chain([number.to_string()]);
        let entry = Entry::deserialize(entry).map_err(|error| Fault::at(place(), error.to_string()))?;
        let name = entry.name.clone();
        let read = described_in(&name, entry.into_changes()).map_err(|fault| fault.within(place()))?;
        described.push(read);
    }
    Catalogue::of(described).map_err(|fault| match outside {
        Some(outside) => fault.within([outside]),
        None => fault,
    })
}

impl Entry {
    fn into_changes(self) -> EventTypeChanges {
        EventTypeChanges {
            description: self.description,
            archived: Change::Set(self.archived),
            deprecated: Change::Set(self.deprecated),
            schemas: self.schemas,
            feature_flag: self.feature_flag,
            group_name: self.group_name,
            payload_validation: self.payload_validation,
        }
    }
}
