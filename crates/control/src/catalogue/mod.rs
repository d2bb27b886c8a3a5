//! Whole catalogues of event types: read from documents, compared with what is stored, taken in, and written out.
//!
//! A document is an OpenAPI description with `webhooks`, or a plain list of event types.

mod dam;
mod import;
mod openapi_reading;
mod openapi_writing;
mod plain;
mod references;
mod shown;

pub use import::{ImportMode, ImportReport};
pub use shown::{faults_of_example, openapi_of};

use std::collections::BTreeSet;

use serde_json::Value;
use wirepost_model::event_type::EventType;
use wirepost_model::names::EventTypeName;

use crate::event_types::EventTypeChanges;
use crate::fault::Fault;

/// Event types as a document describes them. What it does not say of one that is stored stays as it is.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Catalogue(Vec<(EventTypeName, EventTypeChanges)>);

impl Catalogue {
    /// Reads a document in JSON or YAML.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let nowhere = Vec::<String>::new;
        let document = if text.trim_start().starts_with(['{', '[']) {
            serde_json::from_str(text).map_err(|error| Fault::at(nowhere(), error.to_string()))
        } else {
            serde_saphyr::from_str(text).map_err(|error| Fault::at(nowhere(), first_line(&error.to_string())))
        };
        Self::from_document(&document?)
    }

    /// Reads a document.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn from_document(document: &Value) -> Result<Self, Fault> {
        if document.get("openapi").is_some() || document.get("swagger").is_some() {
            openapi_reading::read(document)
        } else {
            plain::read(document)
        }
    }

    /// Event types that were found good.
    fn of(described: Vec<(EventTypeName, EventTypeChanges)>) -> Result<Self, Fault> {
        let mut names = BTreeSet::new();
        for (number, (name, _)) in described.iter().enumerate() {
            if !names.insert(name) {
                return Err(Fault::at([number.to_string()], format!("{name} is described twice")));
            }
        }
        Ok(Self(described))
    }

    /// How many event types it describes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether it describes none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The same as an OpenAPI description.
    pub fn to_openapi(&self) -> Value {
        let described = self.0.iter().map(|(name, changes)| changes.apply_to(EventType::blank(name.clone())));
        openapi_writing::write(&described.collect::<Vec<_>>())
    }
}

/// The sentence of a reader that draws the place below it.
fn first_line(sentence: &str) -> String {
    sentence.lines().next().unwrap_or_default().to_owned()
}
