//! The API driven from outside its router, over a real store in a folder of its own; no socket is opened.

mod apps;
mod attempt_details;
mod attempts;
mod authority;
mod browsers;
mod background_tasks;
mod catalogue;
mod described;
mod endpoint_messages;
mod edges;
mod endpoints;
mod event_types;
mod harness;
mod headers;
mod idempotency;
mod isolation;
mod messages;
mod openapi;
mod pages;
mod pulses;
mod refusals;
mod secrets;
mod sending;
mod statistics;
