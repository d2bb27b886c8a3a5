//! How the words look in JSON, for the description of the API: one place, so that each is described once. What may
//! be read is decided by the words themselves, never here.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::ids::{Id, Kind, TAIL_BYTES};
use crate::names::{Channel, EventTypeName, Uid};
use crate::timestamp::Timestamp;

/// The key of the id that stands for all ids of its kind: noon of 2026-01-31.
const EXAMPLE_KEY: i64 = 0x161b_1a60_0000_0001;

impl<K: Kind> JsonSchema for Id<K> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("{}id", K::PREFIX).into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let example = Self::from_parts(EXAMPLE_KEY, [0x5a; TAIL_BYTES]);
        json_schema!({
            "type": "string",
            "pattern": format!("^{}[0-9A-Za-z]{{27}}$", K::PREFIX),
            "examples": [example.to_string()],
        })
    }
}

impl JsonSchema for Timestamp {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Timestamp".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "format": "date-time", "examples": ["2026-01-31T12:00:00.000Z"]})
    }
}

macro_rules! name_schema {
    ($($name:ident $example:literal;)*) => {$(
        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({
                    "type": "string",
                    "minLength": 1,
                    "maxLength": Self::LONGEST,
                    "pattern": "^[A-Za-z0-9_.-]+$",
                    "examples": [$example],
                })
            }
        }
    )*};
}

name_schema! {
    Uid "customer-4711";
    EventTypeName "asset.metadata.updated";
    Channel "project-1337";
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::AppId;

    fn example_of<T: JsonSchema>() -> String {
        let schema = T::json_schema(&mut SchemaGenerator::default());
        schema
            .get("examples")
            .and_then(|list| list[0].as_str())
            .expect("every word has an example")
            .to_owned()
    }

    #[test]
    fn the_examples_are_what_the_words_read() {
        assert!(AppId::parse(&example_of::<AppId>()).is_ok());
        assert!(Uid::parse(&example_of::<Uid>()).is_ok());
        assert!(EventTypeName::parse(&example_of::<EventTypeName>()).is_ok());
        assert!(Channel::parse(&example_of::<Channel>()).is_ok());
        assert!(Timestamp::parse(&example_of::<Timestamp>()).is_ok());
    }
}
