//! What every form of a session carries, so that no other page can send one. It looks different on each page: answers
//! are compressed, and how well something constant compresses beside a guess would tell whether the guess was good.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

const LENGTH: usize = 32;

/// The key of one session's forms. It tells nothing of the session's secret.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct FormKey([u8; LENGTH]);

impl FormKey {
    /// The key for the session with this secret.
    pub(crate) fn of(secret: &str) -> Self {
        let hash = digest(&SHA256, format!("form key of {secret}").as_bytes());
        Self(hash.as_ref().try_into().expect("SHA-256 has 32 bytes"))
    }

    /// What a form carries: these random bytes, and the key mixed with them.
    pub(crate) fn masked(&self, mask: [u8; LENGTH]) -> String {
        URL_SAFE_NO_PAD.encode([mask, self.mixed(mask)].concat())
    }

    /// Whether a form carried this key.
    pub(crate) fn is_in(&self, shown: &str) -> bool {
        let Ok(bytes) = URL_SAFE_NO_PAD.decode(shown) else {
            return false;
        };
        let Some((mask, mixed)) = bytes.split_first_chunk::<LENGTH>() else {
            return false;
        };
        verify_slices_are_equal(&self.mixed(*mask), mixed).is_ok()
    }

    fn mixed(&self, mask: [u8; LENGTH]) -> [u8; LENGTH] {
        std::array::from_fn(|at| self.0[at] ^ mask[at])
    }
}

impl std::fmt::Debug for FormKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FormKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_carries_the_key_of_its_own_session_under_any_mask() {
        let (own, other) = (FormKey::of("one"), FormKey::of("another"));
        for mask in [[0; LENGTH], [7; LENGTH], [255; LENGTH]] {
            assert!(own.is_in(&own.masked(mask)));
            assert!(!other.is_in(&own.masked(mask)));
        }
        assert_ne!(own.masked([1; LENGTH]), own.masked([2; LENGTH]));
    }

    #[test]
    fn what_is_no_key_is_none() {
        let key = FormKey::of("one");
        let whole = key.masked([9; LENGTH]);
        for shown in ["", "a", "????", &whole[1..], &whole[..whole.len() - 4], &format!("{whole}AAAA")] {
            assert!(!key.is_in(shown), "{shown}");
        }
    }
}
