//! What an operator is told of, by messages of the operational app.

pub(crate) mod list_event_types;
