//! The engine in virtual time: a memory store, receivers of every character, and days that pass in milliseconds.

mod authorization;
mod clock;
mod disk;
mod faults;
mod history;
mod isolation;
mod memory_store;
mod outage;
mod people;
mod receiver;
mod schedule;
mod signing;
mod simulation;
mod standing;
mod token_server;
mod verdicts;
mod world;
