//! Feature flags: who has only some of them does not see the event types behind the others.

use std::sync::Arc;

use crate::invalid::Invalid;
use crate::names::Uid;

/// Most flags that are named one by one.
pub const FLAGS_MOST: usize = 100;

/// The feature flags that somebody has: all there are, or those that are named. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FeatureFlags(Option<Arc<[String]>>);

impl FeatureFlags {
    /// These and no other: sorted, each once.
    ///
    /// # Errors
    /// When they are too many, or one has not the letters and the length of a uid.
    pub fn only(mut flags: Vec<String>) -> Result<Self, Invalid> {
        if flags.len() > FLAGS_MOST {
            return Err(Invalid::new(format!("must be at most {FLAGS_MOST} flags")));
        }
        for flag in &flags {
            Uid::parse(flag)?;
        }
        flags.sort_unstable();
        flags.dedup();
        Ok(Self(Some(flags.into())))
    }

    /// Their names; `None` where they are all there are.
    pub fn names(&self) -> Option<&[String]> {
        self.0.as_deref()
    }

    /// Whether what is behind this flag, or behind none, can be seen with them.
    pub fn show(&self, flag: Option<&str>) -> bool {
        match (self.names(), flag) {
            (Some(own), Some(flag)) => own.binary_search_by(|own| own.as_str().cmp(flag)).is_ok(),
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(flags: &[&str]) -> FeatureFlags {
        FeatureFlags::only(flags.iter().copied().map(str::to_owned).collect()).expect("good flags")
    }

    #[test]
    fn what_is_behind_a_flag_is_seen_by_who_has_it() {
        for (flags, flag, seen) in [
            (FeatureFlags::default(), Some("beta"), true),
            (only(&["gamma", "beta", "alpha"]), Some("beta"), true),
            (only(&["alpha", "gamma"]), Some("beta"), false),
            (only(&[]), Some("beta"), false),
            (only(&[]), None, true),
            (only(&["alpha"]), None, true),
        ] {
            assert_eq!(flags.show(flag), seen, "{flags:?} {flag:?}");
        }
    }

    #[test]
    fn they_are_a_hundred_at_most_and_spelt_like_uids() {
        let names = |count: usize| (0..count).map(|number| format!("flag-{number}")).collect::<Vec<_>>();
        assert!(FeatureFlags::only(names(FLAGS_MOST)).is_ok());
        assert!(FeatureFlags::only(names(FLAGS_MOST + 1)).is_err());
        for bad in ["", "with space", "a/b", &"x".repeat(257)] {
            assert!(FeatureFlags::only(vec![bad.to_owned()]).is_err(), "{bad}");
        }
        assert_eq!(only(&["b", "a", "b"]), only(&["a", "b"]), "order and repetition mean nothing");
    }
}
