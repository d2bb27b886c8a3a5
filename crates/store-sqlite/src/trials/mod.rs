//! Trials of the whole store: the suite that every store must pass, and what only a file can suffer.

mod bounded_looks;
mod conformance;
mod crash;
mod full_disk;
mod log_growth;
mod room_reuse;
mod secrets;
mod spoiled_batch;
pub(crate) mod workload;
