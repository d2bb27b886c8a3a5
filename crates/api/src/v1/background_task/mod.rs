//! Background tasks: how far the work has come that goes on behind an answer.

pub(crate) mod cancel;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod shapes;
