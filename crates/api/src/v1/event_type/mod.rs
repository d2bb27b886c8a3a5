//! Event types: the catalogue of what may happen.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod export_openapi;
pub(crate) mod get;
pub(crate) mod import_openapi;
pub(crate) mod list;
pub(crate) mod patch;
pub(crate) mod put;
pub(crate) mod shapes;
