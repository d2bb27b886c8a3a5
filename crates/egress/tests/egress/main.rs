//! The client against real sockets: what it refuses, what it bounds, what it reuses, what it says.

mod bounds;
mod connections;
mod failures;
mod guard;
mod http2;
mod oauth;
mod probes;
mod requests;
mod servers;
mod tls;
mod versions;
