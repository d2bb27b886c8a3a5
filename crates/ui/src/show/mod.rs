//! Values as people read them.

pub(crate) mod instant;
pub(crate) mod number;
mod text;

pub(crate) use instant::{Instant, lasting};
pub(crate) use number::{counted, percent, sized};
pub(crate) use text::shortened;
