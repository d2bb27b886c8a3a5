//! Version 1: one folder per resource, one file per operation, the shapes of a resource beside them.

pub(crate) mod app;
pub(crate) mod attempt;
pub(crate) mod authentication;
pub(crate) mod background_task;
pub(crate) mod destination;
pub(crate) mod endpoint;
pub(crate) mod event_type;
pub(crate) mod health;
pub(crate) mod message;
pub(crate) mod operational;
pub(crate) mod pulse;
pub(crate) mod statistics;
pub(crate) mod storage;
pub(crate) mod token;
