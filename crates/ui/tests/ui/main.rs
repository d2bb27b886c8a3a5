//! The pages driven from outside their router, over a real store in a folder of its own; no socket is opened.

mod activity;
mod advanced;
mod apps;
mod catalogue;
mod connection;
mod endpoints;
mod every_form;
mod filters;
mod house;
mod logs;
mod markup;
mod message;
mod pulses;
mod rate_trial;
mod recovery;
mod security;
mod server;
mod signing_in;
mod testing;
mod tokens;
