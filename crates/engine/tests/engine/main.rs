//! The engine in virtual time: a memory store, receivers of every character, and days that pass in milliseconds.

mod authorization;
mod clock;
mod disk;
mod disk_tasks;
mod faults;
mod fifo;
mod history;
mod isolation;
mod memory_store;
mod memory_store_lines;
mod memory_store_retention;
mod memory_store_tasks;
mod operational;
mod outage;
mod own_rules;
mod people;
mod receiver;
mod replays;
mod schedule;
mod signing;
mod simulation;
mod standing;
mod token_server;
mod verdicts;
mod world;
