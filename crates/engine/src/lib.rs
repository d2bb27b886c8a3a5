//! Decides what to send when, and sends it: lanes, dispatcher, sender, recorder.
//!
//! The database is the truth; all that is in memory here is derived and is rebuilt at start. It sees no
//! concrete store, no API and no page.

mod answer_pruner;
mod app_pace;
mod authorization;
mod content_pruner;
mod counts_pruner;
mod dispatcher;
mod due_queue;
mod ended_pruner;
mod endpoint_health;
mod engine;
mod herald;
mod in_flight_limit;
mod lane;
mod lane_cell;
mod lanes;
mod line;
mod memory;
mod meters;
mod pace;
mod paused_ender;
mod queue;
mod reading;
mod record_steps;
mod recorder;
mod replay_pace;
mod replayer;
mod sender;
mod settings;
mod sockets;
mod spacing;
mod timers;
mod transport;
mod trial_outlet;

#[cfg(test)]
mod sample;

pub use engine::{Engine, EngineParts};
pub use settings::EngineSettings;
pub use transport::{Answer, HttpTransport, Outlet, Reply, TokenSource, Transport};
pub use trial_outlet::{TrialOutlet, TrialReply, Trials};
