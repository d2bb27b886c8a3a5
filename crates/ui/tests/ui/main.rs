//! The pages driven from outside their router, over a real store in a folder of its own; no socket is opened.

mod house;
mod signing_in;
