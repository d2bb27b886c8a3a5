//! The API driven from outside its router, over a real store in a folder of its own; no socket is opened but to
//! token servers that are tried out.

mod apps;
mod attempt_details;
mod attempts;
mod authority;
mod background_tasks;
mod basic_auth;
mod browsers;
mod capabilities;
mod catalogue;
mod compatibility;
mod dam;
mod delivery_rules;
mod described;
mod edges;
mod endpoint_messages;
mod endpoints;
mod event_types;
mod explain;
mod harness;
mod headers;
mod idempotency;
mod isolation;
mod messages;
mod oauth;
mod oauth_trial;
mod openapi;
mod pages;
mod pulses;
mod recovery;
mod refusals;
mod secrets;
mod sending;
mod statistics;
mod strangers;
mod tokens;
