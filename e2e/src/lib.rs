//! Everything around the binary that its tests need: the server as a child process, a client of its API, receivers
//! that behave as badly as a test asks, and certificates. It knows the program only from outside: flags,
//! environment, files, sockets. A wait here is for an event, within a bound; nothing passes time.

pub mod answer;
pub mod api;
pub mod authority;
pub mod customer;
pub mod faulty_peer;
pub mod program;
pub mod receiver;
pub mod server;
pub mod waiting;
pub mod witness;
