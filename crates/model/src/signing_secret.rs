//! Signing secrets of Standard Webhooks: `whsec_` (symmetric) and `whsk_` (ed25519).

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::invalid::Invalid;

const SYMMETRIC_PREFIX: &str = "whsec_";
const PRIVATE_PREFIX: &str = "whsk_";
const PUBLIC_PREFIX: &str = "whpk_";
/// Standard Webhooks asks for 24 to 64 bytes; up to 75 are accepted so that secrets from elsewhere move over.
const SYMMETRIC_BYTES: std::ops::RangeInclusive<usize> = 24..=75;
/// An ed25519 private key comes as its seed followed by its public key.
const ED25519_SEED_BYTES: usize = 32;

/// A key that signs what an endpoint receives. Never printed by `Debug`.
#[derive(Clone)]
pub struct SigningSecret(Key);

#[derive(Clone)]
enum Key {
    Symmetric { bytes: Arc<[u8]>, hmac: Arc<aws_lc_rs::hmac::Key> },
    Ed25519 { bytes: Arc<[u8]>, pair: Arc<Ed25519KeyPair> },
}

impl SigningSecret {
    /// Bytes of a secret that Wirepost makes.
    pub const GENERATED_BYTES: usize = 32;

    /// The symmetric secret made of these random bytes.
    pub fn from_random(bytes: [u8; Self::GENERATED_BYTES]) -> Self {
        Self::symmetric(&bytes)
    }

    /// Reads `whsec_…` or `whsk_…`, base64 behind the prefix.
    ///
    /// # Errors
    /// When the prefix is another one, the rest is not base64, or the key has the wrong length or parts that do
    /// not belong together.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        if let Some(rest) = text.strip_prefix(SYMMETRIC_PREFIX) {
            let bytes = decode(rest)?;
            if !SYMMETRIC_BYTES.contains(&bytes.len()) {
                return Err(Invalid::new("must hold 24 to 75 bytes in base64 behind whsec_"));
            }
            return Ok(Self::symmetric(&bytes));
        }
        let rest = text.strip_prefix(PRIVATE_PREFIX);
        let rest = rest.ok_or_else(|| Invalid::new("must start with whsec_ (or whsk_ for ed25519)"))?;
        Self::ed25519(&decode(rest)?)
    }

    fn symmetric(bytes: &[u8]) -> Self {
        let hmac = Arc::new(aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, bytes));
        Self(Key::Symmetric { bytes: bytes.into(), hmac })
    }

    fn ed25519(bytes: &[u8]) -> Result<Self, Invalid> {
        let refuse =
            || Invalid::new("must hold a 32-byte ed25519 seed and its public key in base64 behind whsk_");
        let (seed, public) = bytes.split_at_checked(ED25519_SEED_BYTES).ok_or_else(refuse)?;
        let pair = Ed25519KeyPair::from_seed_and_public_key(seed, public).map_err(|_| refuse())?;
        Ok(Self(Key::Ed25519 { bytes: bytes.into(), pair: Arc::new(pair) }))
    }

    /// The secret itself, with its prefix. For the store and for those who may see it.
    pub fn expose(&self) -> String {
        match &self.0 {
            Key::Symmetric { bytes, .. } => format!("{SYMMETRIC_PREFIX}{}", STANDARD.encode(bytes)),
            Key::Ed25519 { bytes, .. } => format!("{PRIVATE_PREFIX}{}", STANDARD.encode(bytes)),
        }
    }

    /// Whether receivers verify with a public half, which may be shown to anybody.
    pub fn is_asymmetric(&self) -> bool {
        matches!(self.0, Key::Ed25519 { .. })
    }

    /// What a receiver verifies with: the secret itself, or the public half `whpk_…` of an ed25519 key.
    pub fn verification_key(&self) -> String {
        match &self.0 {
            Key::Symmetric { .. } => self.expose(),
            Key::Ed25519 { pair, .. } => {
                format!("{PUBLIC_PREFIX}{}", STANDARD.encode(pair.public_key().as_ref()))
            }
        }
    }

    /// Appends `v1,<base64>` or `v1a,<base64>` over the parts in their order.
    pub(crate) fn append_signature(&self, parts: [&[u8]; 3], header: &mut String) {
        match &self.0 {
            Key::Symmetric { hmac, .. } => {
                let mut context = aws_lc_rs::hmac::Context::with_key(hmac);
                for part in parts {
                    context.update(part);
                }
                header.push_str("v1,");
                STANDARD.encode_string(context.sign(), header);
            }
            Key::Ed25519 { pair, .. } => {
                header.push_str("v1a,");
                STANDARD.encode_string(pair.sign(&parts.concat()), header);
            }
        }
    }
}

fn decode(text: &str) -> Result<Vec<u8>, Invalid> {
    STANDARD.decode(text).map_err(|_| Invalid::new("must be base64 behind its prefix"))
}

impl PartialEq for SigningSecret {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Key::Symmetric { bytes: a, .. }, Key::Symmetric { bytes: b, .. })
            | (Key::Ed25519 { bytes: a, .. }, Key::Ed25519 { bytes: b, .. }) => a == b,
            _ => false,
        }
    }
}
impl Eq for SigningSecret {}

impl fmt::Debug for SigningSecret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self.0 {
            Key::Symmetric { .. } => "whsec_…",
            Key::Ed25519 { .. } => "whsk_…",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ED25519: &str =
        "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==";

    #[test]
    fn it_reads_what_it_exposes() {
        for text in ["whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD", ED25519] {
            assert_eq!(SigningSecret::parse(text).expect("a good secret").expose(), text);
        }
    }

    #[test]
    fn receivers_of_ed25519_get_the_public_half() {
        let secret = SigningSecret::parse(ED25519).expect("a good secret");
        assert_eq!(secret.verification_key(), "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=");
    }

    #[test]
    fn bad_secrets_are_refused_without_repeating_them() {
        let mismatched = format!("whsk_{}", STANDARD.encode([7; 64]));
        for bad in
            ["", "secret", "whsec_!!!!", "whsec_c2hvcnQ=", "whsk_c2hvcnQ=", "whpk_c2hvcnQ=", &mismatched]
        {
            let refusal = SigningSecret::parse(bad).expect_err(bad);
            assert!(bad.len() < 8 || !refusal.reason.contains(bad));
        }
        assert!(SigningSecret::parse(&format!("whsec_{}", STANDARD.encode([7; 76]))).is_err());
        assert!(SigningSecret::parse(&format!("whsec_{}", STANDARD.encode([7; 75]))).is_ok());
    }

    #[test]
    fn debug_shows_no_secret() {
        let secret = SigningSecret::from_random([7; 32]);
        assert_eq!(format!("{secret:?}"), "whsec_…");
    }
}
