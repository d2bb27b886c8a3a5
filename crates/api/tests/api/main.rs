//! The API driven from outside its router, over a real store in a folder of its own; no socket is opened.

mod apps;
mod attempts;
mod authority;
mod described;
mod endpoints;
mod event_types;
mod harness;
mod headers;
mod isolation;
mod messages;
mod openapi;
mod pages;
mod refusals;
mod secrets;
mod sending;
