//! Health, for load balancers and people; needs no token.

pub(crate) mod get;
pub(crate) mod ping;
