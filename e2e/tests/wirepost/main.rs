//! The real binary from outside: real sockets, real TLS, real signals, the published verifiers and client library.
//! One program for all of them, so that they are linked once.

mod catalogue;
mod crash;
mod delivery_rules;
mod demo;
mod edges;
mod endpoints;
mod explain;
mod fifo;
mod guard;
mod hostile_receivers;
mod idempotency;
mod isolation;
mod main_key;
mod operational;
mod overflow;
mod payload_bytes;
mod published_client;
mod pulses;
mod recovery;
mod retries;
mod secrets;
mod shutdown;
mod signatures;
mod starting;
mod tls;
mod tokens;
