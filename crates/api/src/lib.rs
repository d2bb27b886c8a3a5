//! JSON in and out: turns requests into operations of `control` and their results into answers.
//!
//! It holds no rule that the pages would need too, and sees neither a store nor the engine.

mod answer_once;
mod auth;
mod body;
mod cors;
mod dam;
mod envelope;
mod error;
mod head_bounds;
mod idempotency_key;
mod json;
mod listing;
mod metrics;
mod object;
mod openapi;
mod parameters;
mod path;
mod request_id;
mod router;
mod settings;
mod v1;

pub use metrics::start_metering;
pub use router::router;
pub use settings::ApiSettings;
