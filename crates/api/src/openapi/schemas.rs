//! The shapes that the document names. What is read and what is shown differ (an absent field, a `null`), so each
//! has a generator of its own.

use schemars::generate::SchemaSettings;
use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value};

/// Where the document keeps its shapes.
const HOME: &str = "/components/schemas";

/// The shapes met so far.
pub(crate) struct Schemas {
    pub(crate) read: SchemaGenerator,
    pub(crate) shown: SchemaGenerator,
}

impl Schemas {
    pub(crate) fn new() -> Self {
        let settings =
            || SchemaSettings::draft2020_12().with(|settings| settings.definitions_path = HOME.into());
        Self {
            read: settings().for_deserialize().into_generator(),
            shown: settings().for_serialize().into_generator(),
        }
    }

    /// All named shapes. A name that is read and shown has one shape.
    pub(crate) fn into_definitions(mut self) -> Map<String, Value> {
        let mut definitions = self.read.take_definitions(true);
        for (name, shape) in self.shown.take_definitions(true) {
            let other = definitions.insert(name.clone(), shape.clone());
            debug_assert!(
                other.is_none_or(|other| other == shape),
                "{name} is read in one shape, shown in another"
            );
        }
        definitions
    }
}

/// A schema as the document has it.
pub(crate) fn value_of(schema: Schema) -> Value {
    schema.to_value()
}
