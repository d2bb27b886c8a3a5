//! The main key: 32 bytes that the operator keeps apart from the database, and the name by which it is told from
//! others.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use rand::Rng;
use wirepost_model::invalid::Invalid;

use super::Seal;

/// Goes before the key where its name is made, so that the name is a hash of nothing else.
const ID_PURPOSE: &[u8] = b"wirepost main key id";
/// Bytes of the hash that make the name.
const ID_BYTES: usize = 8;

/// What secrets are sealed with. Never printed by `Debug`.
#[derive(Clone)]
pub struct MainKey {
    id: KeyId,
    seal: Seal,
}

/// The name of a main key: 16 hex digits of a hash over it, from which nobody learns the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyId(String);

impl MainKey {
    /// The key of these bytes.
    pub fn new(bytes: [u8; Seal::KEY_BYTES]) -> Self {
        let hash = digest(&SHA256, &[ID_PURPOSE, &bytes].concat());
        Self { id: KeyId(to_hex(&hash.as_ref()[..ID_BYTES])), seal: Seal::new(bytes) }
    }

    /// A key that nobody had before.
    pub fn random(rng: &mut dyn Rng) -> Self {
        let mut bytes = [0; Seal::KEY_BYTES];
        rng.fill_bytes(&mut bytes);
        Self::new(bytes)
    }

    /// Reads 32 bytes in base64 (either alphabet, padded or not) or in hex.
    ///
    /// # Errors
    /// When it is neither, or not 32 bytes. The text is not repeated.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = text.trim();
        let bytes = from_hex(text).or_else(|| {
            let plain = text.trim_end_matches('=').replace('-', "+").replace('_', "/");
            STANDARD_NO_PAD.decode(plain).ok()
        });
        let bytes = bytes.and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self::new).ok_or_else(|| Invalid::new("must be 32 bytes in base64 or hex"))
    }

    /// The key itself in base64, for the file that keeps it.
    pub fn expose(&self) -> String {
        STANDARD.encode(self.seal.key_bytes())
    }

    /// Its name.
    pub fn id(&self) -> &KeyId {
        &self.id
    }

    pub(super) fn seal(&self) -> &Seal {
        &self.seal
    }
}

impl KeyId {
    /// The name that stands before a sealed text, and the rest.
    pub(super) fn split(sealed: &str) -> Option<(Self, &str)> {
        let (id, rest) = sealed.split_once(':')?;
        Some((Self(id.to_owned()), rest))
    }

    /// Stands for the key of a proof that names none.
    pub(super) fn unknown() -> Self {
        Self("unknown".to_owned())
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl fmt::Debug for MainKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "MainKey({}, …)", self.id)
    }
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let fits = text.len() == 2 * Seal::KEY_BYTES && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let pair = |at: usize| u8::from_str_radix(text.get(at..at + 2)?, 16).ok();
    fits.then(|| (0..text.len()).step_by(2).map(pair).collect())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_in_base64_and_in_hex() {
        let bytes: [u8; Seal::KEY_BYTES] =
            std::array::from_fn(|at| 255 - u8::try_from(at).expect("32 of them"));
        let key = MainKey::new(bytes);
        let base64 = key.expose();
        let url_safe = base64.replace('+', "-").replace('/', "_");
        for text in
            [&base64, &url_safe, base64.trim_end_matches('='), &format!(" {base64}\n"), &to_hex(&bytes)]
        {
            let read = MainKey::parse(text).expect("a good key");
            assert_eq!((read.id(), read.expose()), (key.id(), base64.clone()));
        }
    }

    #[test]
    fn another_length_is_refused_and_not_repeated() {
        for bad in [
            "",
            "short",
            "c2hvcnQ=",
            &"ab".repeat(31),
            &"ab".repeat(33),
            &"é".repeat(32),
            "not base64 at all!",
        ] {
            let refusal = MainKey::parse(bad).expect_err(bad);
            assert!(bad.is_empty() || !refusal.reason.contains(bad));
        }
    }

    #[test]
    fn the_name_tells_keys_apart_and_nothing_of_them() {
        let (one, other) = (MainKey::new([1; Seal::KEY_BYTES]), MainKey::new([2; Seal::KEY_BYTES]));
        assert_ne!(one.id(), other.id());
        assert_eq!(one.id().to_string().len(), 2 * ID_BYTES);
        assert_eq!(format!("{one:?}"), format!("MainKey({}, …)", one.id()));
    }
}
