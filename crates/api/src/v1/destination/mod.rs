//! Destinations: a message at each of its endpoints.

pub(crate) mod list;
pub(crate) mod resend;
pub(crate) mod shapes;
