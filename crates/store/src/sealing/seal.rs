//! One key of AES-256-GCM: who does not have it can neither read what it sealed nor change it unnoticed.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

/// Bytes of the nonce in front of what is sealed.
pub const NONCE_BYTES: usize = NONCE_LEN;

/// What seals and opens.
#[derive(Clone)]
pub struct Seal([u8; Self::KEY_BYTES]);

impl Seal {
    /// Bytes of its key.
    pub const KEY_BYTES: usize = 32;

    /// A seal made of this key.
    pub fn new(key: [u8; Self::KEY_BYTES]) -> Self {
        Self(key)
    }

    /// Seals `clear` for `context`, which is needed again to open it and is not kept. The nonce must be random; it
    /// stands in front.
    pub fn close(&self, nonce: [u8; NONCE_BYTES], context: &[u8], clear: &[u8]) -> Vec<u8> {
        let mut text = clear.to_vec();
        let unique = Nonce::assume_unique_for_key(nonce);
        let sealed = self.key().seal_in_place_append_tag(unique, Aad::from(context), &mut text);
        sealed.expect("what is sealed here is far shorter than AES-GCM allows");
        [&nonce[..], &text].concat()
    }

    /// What was sealed, if this seal did it for this context.
    pub fn open(&self, context: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, text) = sealed.split_first_chunk::<NONCE_BYTES>()?;
        let mut text = text.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let length = self.key().open_in_place(nonce, Aad::from(context), &mut text).ok()?.len();
        text.truncate(length);
        Some(text)
    }

    pub(super) fn key_bytes(&self) -> &[u8; Self::KEY_BYTES] {
        &self.0
    }

    fn key(&self) -> LessSafeKey {
        LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &self.0).expect("the key has 32 bytes"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_seal_opens_it_only_whole_and_only_in_its_context() {
        let seal = Seal::new([1; Seal::KEY_BYTES]);
        let sealed = seal.close([7; NONCE_BYTES], b"here", b"a fresh token");
        assert_eq!(seal.open(b"here", &sealed).as_deref(), Some(&b"a fresh token"[..]));
        assert!(!sealed.windows(5).any(|window| window == b"fresh"));
        assert_eq!(seal.open(b"there", &sealed), None);
        assert_eq!(Seal::new([2; Seal::KEY_BYTES]).open(b"here", &sealed), None);
        assert_eq!(seal.open(b"here", &sealed[..sealed.len() - 1]), None);
        assert_eq!(seal.open(b"here", b"short"), None);
    }
}
