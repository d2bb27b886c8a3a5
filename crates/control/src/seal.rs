//! Seals answers that may hold a secret (a fresh token, a signing key) before they are kept: only whoever shows the
//! idempotency key again can open them, and the database knows no more of that than its hash.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

/// What seals the answers to one request; made of its idempotency key.
#[derive(Clone)]
pub(crate) struct Seal([u8; 32]);

impl Seal {
    pub(crate) fn new(key: [u8; 32]) -> Self {
        Self(key)
    }

    /// The answer, sealed. The nonce must be random; it stands in front.
    pub(crate) fn close(&self, nonce: [u8; NONCE_LEN], answer: &[u8]) -> Vec<u8> {
        let mut text = answer.to_vec();
        let sealed =
            self.key().seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut text);
        sealed.expect("an answer is far shorter than AES-GCM allows");
        [&nonce[..], &text].concat()
    }

    /// The answer that was sealed, if this seal did it.
    pub(crate) fn open(&self, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, text) = sealed.split_first_chunk::<NONCE_LEN>()?;
        let mut text = text.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let length = self.key().open_in_place(nonce, Aad::empty(), &mut text).ok()?.len();
        text.truncate(length);
        Some(text)
    }

    fn key(&self) -> LessSafeKey {
        LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &self.0).expect("the key has 32 bytes"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_seal_opens_it_and_only_whole() {
        let seal = Seal::new([1; 32]);
        let sealed = seal.close([7; NONCE_LEN], b"a fresh token");
        assert_eq!(seal.open(&sealed).as_deref(), Some(&b"a fresh token"[..]));
        assert!(!sealed.windows(5).any(|window| window == b"fresh"));
        assert_eq!(Seal::new([2; 32]).open(&sealed), None);
        assert_eq!(seal.open(&sealed[..sealed.len() - 1]), None);
        assert_eq!(seal.open(b"short"), None);
    }
}
