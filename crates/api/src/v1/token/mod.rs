//! Access tokens: made, listed and revoked by the organisation's administration.

pub(crate) mod create;
pub(crate) mod list;
pub(crate) mod revoke;
pub(crate) mod shapes;
