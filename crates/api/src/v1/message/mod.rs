//! Messages: sent, listed, found; their contents removed.

pub(crate) mod create;
pub(crate) mod create_batch;
pub(crate) mod explain;
pub(crate) mod explain_shapes;
pub(crate) mod expunge_content;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod list_by_endpoint;
pub(crate) mod raw_payload;
pub(crate) mod shapes;
