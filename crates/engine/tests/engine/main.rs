//! The engine in virtual time: a memory store, receivers of every character, and days that pass in milliseconds.

mod clock;
mod disk;
mod faults;
mod memory_store;
mod receiver;
mod schedule;
mod world;
