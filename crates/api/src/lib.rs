//! JSON in and out: turns requests into operations of `control` and their results into answers.
//!
//! It holds no rule that the pages would need too, and sees neither a store nor the engine.

mod auth;
mod body;
mod envelope;
mod error;
mod json;
mod listing;
mod openapi;
mod parameters;
mod path;
mod router;
mod settings;
mod v1;

pub use router::router;
pub use settings::ApiSettings;
