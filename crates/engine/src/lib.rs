//! Decides what to send when, and sends it: lanes, dispatcher, sender, recorder.
//!
//! The database is the truth; all that is in memory here is derived and is rebuilt at start. It sees no
//! concrete store, no API and no page.

mod answer_pruner;
mod app_pace;
mod authorization;
mod dispatcher;
mod endpoint_health;
mod engine;
mod in_flight_limit;
mod lane;
mod lane_cell;
mod lanes;
mod memory;
mod pace;
mod reading;
mod recorder;
mod sender;
mod settings;
mod sockets;
mod timers;
mod transport;

#[cfg(test)]
mod sample;

pub use engine::{Engine, EngineParts};
pub use settings::EngineSettings;
pub use transport::{Answer, HttpTransport, Outlet, Reply, TokenSource, Transport};
