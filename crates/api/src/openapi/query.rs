//! What may stand in the query of an operation, in the words of its description.

use schemars::{Schema, json_schema};
use wirepost_control::status::ShownStatus;

use crate::listing::{LIMIT_DEFAULT, LIMIT_MOST};
use crate::parameters::ITERATOR;

const NAME_PATTERN: &str = "^[A-Za-z0-9_.-]+$";

/// One parameter of a query. None is required.
pub(crate) struct QueryParameter {
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
    pub(crate) schema: Schema,
}

/// `true` or `false`.
pub(crate) fn flag(name: &'static str, otherwise: bool, description: &'static str) -> QueryParameter {
    QueryParameter { name, description, schema: json_schema!({"type": "boolean", "default": otherwise}) }
}

/// Any text.
pub(crate) fn text(name: &'static str, description: &'static str) -> QueryParameter {
    QueryParameter { name, description, schema: json_schema!({"type": "string", "minLength": 1}) }
}

/// An instant, RFC 3339.
pub(crate) fn instant(name: &'static str, description: &'static str) -> QueryParameter {
    QueryParameter { name, description, schema: json_schema!({"type": "string", "format": "date-time"}) }
}

/// One of these words.
pub(crate) fn one_of(
    name: &'static str,
    words: &'static [&'static str],
    description: &'static str,
) -> QueryParameter {
    QueryParameter { name, description, schema: json_schema!({"type": "string", "enum": words}) }
}

/// Which page of a list.
pub(crate) fn page() -> [QueryParameter; 2] {
    let limit = json_schema!({
        "type": "integer", "minimum": 1, "maximum": LIMIT_MOST, "default": LIMIT_DEFAULT,
    });
    let leads = "The iterator of the page before, or its prevIterator to go back";
    [
        QueryParameter { name: "limit", description: "Most rows of the page", schema: limit },
        QueryParameter { name: ITERATOR, description: leads, schema: json_schema!({"type": "string"}) },
    ]
}

/// In which order.
pub(crate) fn order() -> QueryParameter {
    one_of("order", &["ascending", "descending"], "Oldest first, or newest first")
}

/// Before and after which instant.
pub(crate) fn window() -> [QueryParameter; 2] {
    [
        instant("before", "Only what is older than this"),
        instant("after", "Only what is newer than this; alone, the page nearest to it"),
    ]
}

/// Filters by what the message is.
pub(crate) fn message_filter() -> [QueryParameter; 3] {
    let channel = json_schema!({
        "type": "string", "minLength": 1, "maxLength": 128, "pattern": NAME_PATTERN,
    });
    [
        event_types(),
        QueryParameter { name: "channel", description: "Only messages of this channel", schema: channel },
        text("tag", "Only messages with this tag"),
    ]
}

/// Which event types.
pub(crate) fn event_types() -> QueryParameter {
    let name = json_schema!({"type": "string", "minLength": 1, "maxLength": 256, "pattern": NAME_PATTERN});
    QueryParameter {
        name: "event_types",
        description: "Only these event types, separated by commas; also event_types[]=a",
        schema: json_schema!({"type": "array", "items": name}),
    }
}

/// Filters by how an attempt ended.
pub(crate) fn attempt_filter() -> [QueryParameter; 2] {
    [
        status(),
        QueryParameter {
            name: "status_code_class",
            description: "Only attempts answered with a status of this hundred; 0 for those without an answer",
            schema: json_schema!({"type": "integer", "enum": [0, 100, 200, 300, 400, 500]}),
        },
    ]
}

/// How it stands.
pub(crate) fn status() -> QueryParameter {
    let numbers: Vec<u8> =
        (0..=u8::MAX).filter(|number| ShownStatus::from_number(*number).is_some()).collect();
    QueryParameter {
        name: "status",
        description: "0 success, 1 pending, 2 failed, 3 sending, 4 canceled",
        schema: json_schema!({"type": "integer", "enum": numbers}),
    }
}
