//! Values as people read them.

pub(crate) mod instant;
pub(crate) mod number;

pub(crate) use instant::{Instant, lasting};
pub(crate) use number::{counted, percent, sized};
