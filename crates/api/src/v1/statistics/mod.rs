//! Statistics: what an app's attempts came to.

pub(crate) mod app_attempts;
pub(crate) mod attempts_over_time;
