//! Pulses: what people may raise; raising them, and the log of it.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod list_raises;
pub(crate) mod list_raises_of_app;
pub(crate) mod patch;
pub(crate) mod put;
pub(crate) mod raise;
pub(crate) mod shapes;
