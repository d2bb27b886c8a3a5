//! The operations over a real store: what holds when many change the same thing, and when callers go away.

mod catalogues;
mod changes;
mod connections;
mod explaining;
mod openid;
mod operational;
mod provider;
mod pulses;
mod rate_trials;
mod rig;
mod sessions;
mod signed_tokens;
mod signing_issuer;
mod tokens;
