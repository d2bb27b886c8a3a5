//! Names that callers choose: uids, event types, channels, tags.

use std::fmt;
use std::sync::Arc;

use crate::invalid::Invalid;

const NAME_CHARACTERS: &str = "letters, digits, - _ and .";

fn check_name(text: &str, longest: usize) -> Result<(), Invalid> {
    if text.is_empty() || text.len() > longest {
        return Err(Invalid::new(format!("must be 1 to {longest} characters")));
    }
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if text.bytes().all(allowed) {
        Ok(())
    } else {
        Err(Invalid::new(format!("may hold only {NAME_CHARACTERS}")))
    }
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $longest:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Most bytes a name of this kind may have.
            pub const LONGEST: usize = $longest;

            /// Reads a name.
            ///
            /// # Errors
            /// When it is empty, too long, or holds other characters than letters, digits, `-`, `_` and `.`.
            pub fn parse(text: &str) -> Result<Self, Invalid> {
                check_name(text, $longest)?;
                Ok(Self(text.into()))
            }

            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(&self.0)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }
    };
}

name!(
    /// The caller's own id for an app or endpoint; also a message's `eventId`.
    Uid,
    256
);
name!(
    /// `topic.event`, e.g. `asset.metadata.updated`.
    EventTypeName,
    256
);
name!(
    /// A further filter beside the event type.
    Channel,
    128
);

impl Uid {
    /// Reads a uid for a thing whose ids start with `own_prefix`.
    ///
    /// # Errors
    /// As [`Uid::parse`], and when it starts with that prefix: ids and uids share the path.
    pub fn parse_beside_ids(text: &str, own_prefix: &str) -> Result<Self, Invalid> {
        if text.starts_with(own_prefix) {
            return Err(Invalid::new(format!("must not start with {own_prefix}, which marks an id")));
        }
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_names_pass_and_bad_ones_say_why() {
        assert!(EventTypeName::parse("asset.metadata.updated").is_ok());
        assert!(Uid::parse("a-B_9.").is_ok());
        assert!(Uid::parse(&"x".repeat(256)).is_ok());
        for bad in ["", "with space", "ü", "a/b", &"x".repeat(257)] {
            assert!(Uid::parse(bad).is_err(), "{bad}");
        }
        assert!(Channel::parse(&"x".repeat(129)).is_err());
    }

    #[test]
    fn a_uid_may_not_look_like_an_id() {
        assert!(Uid::parse_beside_ids("app_mine", "app_").is_err());
        assert!(Uid::parse_beside_ids("ep_mine", "app_").is_ok());
    }
}
