//! Settings: from flags, the environment and a TOML file, in this order; each with a default.

mod failing;
mod issuer;
mod layers;
mod openid;
mod pages;
mod settings;

pub(crate) use layers::Flags;
pub(crate) use settings::{AdminToken, LogFormat, Settings};
