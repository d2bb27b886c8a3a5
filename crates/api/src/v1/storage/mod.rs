//! What takes how much room on the disk; for the organisation's administration.

pub(crate) mod get;
pub(crate) mod shapes;
