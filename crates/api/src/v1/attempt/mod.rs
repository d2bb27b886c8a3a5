//! Attempts: what was sent and what came back.

pub(crate) mod get;
pub(crate) mod list_by_endpoint;
pub(crate) mod list_by_message;
pub(crate) mod shapes;
