//! Attempts: what was sent and what came back.

pub(crate) mod count_by_endpoint;
pub(crate) mod expunge_content;
pub(crate) mod get;
pub(crate) mod get_headers;
pub(crate) mod list_by_endpoint;
pub(crate) mod list_by_message;
pub(crate) mod shapes;
