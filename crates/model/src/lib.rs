//! The words of Wirepost and the pure rules between them.
//!
//! Nothing here does I/O, is async, reads a clock, or knows SQL or HTTP: time and chance are arguments.

pub mod app;
pub mod attempt;
pub mod background_task;
mod base62;
pub mod capability;
pub mod clock;
pub mod delivery;
pub mod delivery_rules;
pub mod endpoint;
pub mod event_type;
pub mod failure_words;
pub mod feature_flags;
pub mod id_source;
pub mod ids;
pub mod invalid;
mod json_schema;
pub mod lane;
pub mod latency;
pub mod message;
pub mod names;
pub mod oauth;
pub mod operational;
pub mod payload_validation;
pub mod pulse;
pub mod rate_trial;
pub mod replay;
pub mod retry_after;
pub mod retry_schedule;
pub mod session;
pub mod signature;
pub mod signing_secret;
pub mod storage;
pub mod timestamp;
pub mod token;
pub mod verdict;
