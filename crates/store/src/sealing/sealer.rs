//! Seals texts with the key in force, and opens what that one or the one before sealed.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use parking_lot::Mutex;
use rand::Rng;

use super::{KeyId, MainKey, NONCE_BYTES};

/// Where the nonces come from.
pub(super) type Nonces = Arc<Mutex<dyn Rng + Send>>;

/// What proves a key: this, sealed with it.
const PROOF: &str = "wirepost";
const PROOF_PLACE: Place<'_> = Place { column: "main_key.proof", key: 0 };

/// Where a sealed text lies. Taken to another column or row, it does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'a> {
    /// `table.column`.
    pub column: &'a str,
    /// The key of what the row belongs to.
    pub key: i64,
}

/// Seals and opens.
pub struct Sealer {
    current: MainKey,
    former: Option<MainKey>,
    nonces: Nonces,
}

impl Sealer {
    /// Seals with `current`; opens what `former` sealed, too.
    pub(super) fn new(current: MainKey, former: Option<MainKey>, nonces: Nonces) -> Self {
        Self { current, former, nonces }
    }

    /// The text, sealed for this place. Twice the same text is not the same, sealed.
    pub fn seal(&self, place: Place<'_>, clear: &str) -> String {
        let mut nonce = [0; NONCE_BYTES];
        self.nonces.lock().fill_bytes(&mut nonce);
        let sealed = self.current.seal().close(nonce, &place.context(), clear.as_bytes());
        format!("{}:{}", self.current.id(), STANDARD.encode(sealed))
    }

    /// The text that was sealed for this place; `None` where it was not, or with a key that is not here.
    pub fn unseal(&self, place: Place<'_>, sealed: &str) -> Option<String> {
        let (id, text) = KeyId::split(sealed)?;
        let mut keys = std::iter::once(&self.current).chain(&self.former);
        let key = keys.find(|key| *key.id() == id)?;
        let clear = key.seal().open(&place.context(), &STANDARD.decode(text).ok()?)?;
        String::from_utf8(clear).ok()
    }

    /// What the database keeps to know the key in force by.
    pub fn proof(&self) -> String {
        self.seal(PROOF_PLACE, PROOF)
    }

    /// Whether the key in force made this proof.
    pub(super) fn proves(&self, proof: &str) -> bool {
        self.unseal(PROOF_PLACE, proof).as_deref() == Some(PROOF)
    }

    /// The key in force.
    pub fn key_id(&self) -> &KeyId {
        self.current.id()
    }
}

impl Place<'_> {
    /// The zero ends the name, so that no two places look alike.
    fn context(self) -> Vec<u8> {
        [self.column.as_bytes(), &[0], &self.key.to_be_bytes()].concat()
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;

    const URL: Place<'_> = Place { column: "endpoint.url", key: 7 };

    fn key(byte: u8) -> MainKey {
        MainKey::new([byte; 32])
    }

    fn sealer(current: u8, former: Option<u8>) -> Sealer {
        Sealer::new(key(current), former.map(key), Arc::new(Mutex::new(StdRng::seed_from_u64(1))))
    }

    #[test]
    fn a_text_opens_where_it_was_sealed_and_nowhere_else() {
        let sealer = sealer(1, None);
        let sealed = sealer.seal(URL, "https://user:hidden@example.com/ü");
        assert!(!sealed.contains("hidden") && sealed.starts_with(&key(1).id().to_string()), "{sealed}");
        assert_eq!(sealer.unseal(URL, &sealed).as_deref(), Some("https://user:hidden@example.com/ü"));
        for elsewhere in [Place { key: 8, ..URL }, Place { column: "endpoint.headers", ..URL }] {
            assert_eq!(sealer.unseal(elsewhere, &sealed), None);
        }
        assert_ne!(sealer.seal(URL, "a"), sealer.seal(URL, "a"), "twice the same text shows nothing");
        for damaged in ["", "https://example.com/", &sealed[..sealed.len() - 4], &sealed.replace(':', "")] {
            assert_eq!(sealer.unseal(URL, damaged), None, "{damaged}");
        }
    }

    #[test]
    fn both_keys_open_while_one_takes_the_place_of_the_other() {
        let before = sealer(1, None).seal(URL, "a");
        let between = sealer(2, Some(1));
        assert_eq!(between.unseal(URL, &before).as_deref(), Some("a"));
        let anew = between.seal(URL, "a");
        assert_eq!(sealer(2, None).unseal(URL, &anew).as_deref(), Some("a"));
        assert_eq!(sealer(2, None).unseal(URL, &before), None);
    }

    #[test]
    fn a_proof_is_good_for_its_key_alone() {
        let proof = sealer(1, None).proof();
        assert!(sealer(1, None).proves(&proof));
        assert!(!sealer(2, None).proves(&proof));
        assert!(!sealer(1, None).proves(&sealer(1, None).seal(URL, PROOF)));
    }
}
