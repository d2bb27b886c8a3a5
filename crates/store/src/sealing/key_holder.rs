//! Who keeps the main keys, and which of them a database is opened with. A database knows its key by a proof; while
//! one key takes the place of another it knows two, and both are needed.

use std::sync::Arc;

use parking_lot::Mutex;
use rand::Rng;
use thiserror::Error;

use super::sealer::Nonces;
use super::{KeyId, MainKey, Sealer};

/// Keeps main keys where the database does not reach.
pub trait KeyHolder: Send + Sync {
    /// The keys at hand. The first one is taken by a database that has none yet.
    ///
    /// # Errors
    /// A sentence that says why they cannot be had.
    fn keys(&self) -> Result<Vec<MainKey>, String>;

    /// One more key, kept for good before it is given.
    ///
    /// # Errors
    /// A sentence that says why there is none.
    fn another(&self) -> Result<MainKey, String>;

    /// From now on this key alone opens the database.
    ///
    /// # Errors
    /// A sentence that says why that could not be noted.
    fn settle(&self, key: &KeyId) -> Result<(), String>;
}

/// Keys that were given, and no others.
#[derive(Debug, Clone, Default)]
pub struct GivenKeys {
    /// Those at hand.
    pub keys: Vec<MainKey>,
    /// The one that is to come.
    pub another: Option<MainKey>,
}

/// All that sealing needs: keys and chance.
#[derive(Clone)]
pub struct Sealing {
    holder: Arc<dyn KeyHolder>,
    nonces: Nonces,
}

/// Why the secrets of a database cannot be opened: what follows its name in a sentence.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum KeyError {
    /// Its secrets are sealed, and no key is at hand.
    #[error(
        "is sealed with the main key {wanted}, and there is none here; \
         give that key by WIREPOST_MAIN_KEY or put its key file back"
    )]
    Missing {
        /// The key it is sealed with.
        wanted: KeyId,
    },
    /// Its secrets are sealed with another key.
    #[error(
        "is sealed with the main key {wanted}, not with {given}; \
         give that key by WIREPOST_MAIN_KEY or put its key file back"
    )]
    Wrong {
        /// The key it is sealed with.
        wanted: KeyId,
        /// A key that was tried.
        given: KeyId,
    },
    /// Its key was being replaced, and one of the two is not at hand.
    #[error(
        "is half sealed anew, with the main key {next} instead of {current}, and {absent} is not here; \
         end that first: run `wirepost keys rotate` again, with both keys"
    )]
    HalfWay {
        /// The key before.
        current: KeyId,
        /// The key to come.
        next: KeyId,
        /// The one that is missing.
        absent: KeyId,
    },
    /// The new key is the one in force.
    #[error("is sealed with the main key {0} already; a new one must be another")]
    Same(KeyId),
    /// Who keeps the keys says why not.
    #[error("cannot be opened: {0}")]
    Holder(String),
}

impl Sealing {
    /// With these keys, and nonces from this generator.
    pub fn new(holder: impl KeyHolder + 'static, rng: impl Rng + Send + 'static) -> Self {
        Self { holder: Arc::new(holder), nonces: Arc::new(Mutex::new(rng)) }
    }

    /// The sealer of a database that has no key yet.
    ///
    /// # Errors
    /// `Holder`.
    pub fn begin(&self) -> Result<Sealer, KeyError> {
        let first = self.keys()?.into_iter().next();
        let key = first.map_or_else(|| self.holder.another().map_err(KeyError::Holder), Ok)?;
        Ok(self.sealer(key, None))
    }

    /// The sealer of a database that knows its key by `proof`.
    ///
    /// # Errors
    /// `Missing`; `Wrong`; `Holder`.
    pub fn unlock(&self, proof: &str) -> Result<Sealer, KeyError> {
        let keys = self.keys()?;
        if let Some(key) = self.find(&keys, proof) {
            return Ok(self.sealer(key, None));
        }
        let wanted = id_in(proof);
        Err(match keys.first() {
            None => KeyError::Missing { wanted },
            Some(key) => KeyError::Wrong { wanted, given: key.id().clone() },
        })
    }

    /// The sealer of a database whose key of `proof` gives way to that of `next_proof`: it seals with the latter.
    ///
    /// # Errors
    /// `HalfWay`; `Holder`.
    pub fn unlock_half_way(&self, proof: &str, next_proof: &str) -> Result<Sealer, KeyError> {
        let keys = self.keys()?;
        let absent = |absent: &str| KeyError::HalfWay {
            current: id_in(proof),
            next: id_in(next_proof),
            absent: id_in(absent),
        };
        let next = self.find(&keys, next_proof).ok_or_else(|| absent(next_proof))?;
        let current = self.find(&keys, proof).ok_or_else(|| absent(proof))?;
        Ok(self.sealer(next, Some(current)))
    }

    /// The proof of one more key, which is to take the place of the one of `proof`.
    ///
    /// # Errors
    /// `Missing`; `Wrong`; `Same`; `Holder`.
    pub fn next_proof(&self, proof: &str) -> Result<String, KeyError> {
        let current = self.unlock(proof)?;
        let next = self.holder.another().map_err(KeyError::Holder)?;
        if next.id() == current.key_id() {
            return Err(KeyError::Same(next.id().clone()));
        }
        Ok(self.sealer(next, None).proof())
    }

    /// Tells the holder which key alone is needed from now on.
    ///
    /// # Errors
    /// `Holder`.
    pub fn settle(&self, sealer: &Sealer) -> Result<(), KeyError> {
        self.holder.settle(sealer.key_id()).map_err(KeyError::Holder)
    }

    fn keys(&self) -> Result<Vec<MainKey>, KeyError> {
        self.holder.keys().map_err(KeyError::Holder)
    }

    fn find(&self, keys: &[MainKey], proof: &str) -> Option<MainKey> {
        keys.iter().find(|key| self.sealer((*key).clone(), None).proves(proof)).cloned()
    }

    fn sealer(&self, current: MainKey, former: Option<MainKey>) -> Sealer {
        Sealer::new(current, former, self.nonces.clone())
    }
}

impl KeyHolder for GivenKeys {
    fn keys(&self) -> Result<Vec<MainKey>, String> {
        Ok(self.keys.iter().chain(&self.another).cloned().collect())
    }

    fn another(&self) -> Result<MainKey, String> {
        self.another.clone().ok_or_else(|| "no other main key was given".to_owned())
    }

    fn settle(&self, _: &KeyId) -> Result<(), String> {
        Ok(())
    }
}

impl From<MainKey> for GivenKeys {
    fn from(key: MainKey) -> Self {
        Self { keys: vec![key], another: None }
    }
}

/// The key that made this proof, by its name.
fn id_in(proof: &str) -> KeyId {
    KeyId::split(proof).map_or_else(KeyId::unknown, |(id, _)| id)
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;

    fn key(byte: u8) -> MainKey {
        MainKey::new([byte; 32])
    }

    fn sealing(keys: &[u8], another: Option<u8>) -> Sealing {
        let keys = GivenKeys { keys: keys.iter().copied().map(key).collect(), another: another.map(key) };
        Sealing::new(keys, StdRng::seed_from_u64(1))
    }

    fn proof(byte: u8) -> String {
        sealing(&[byte], None).begin().expect("a key is given").proof()
    }

    #[test]
    fn the_first_key_is_taken_or_one_is_made() {
        assert_eq!(sealing(&[1, 2], None).begin().expect("keys are given").key_id(), key(1).id());
        assert_eq!(sealing(&[], Some(3)).begin().expect("one is made").key_id(), key(3).id());
        assert!(matches!(sealing(&[], None).begin().map(drop), Err(KeyError::Holder(_))));
    }

    #[test]
    fn the_key_that_fits_is_found_and_of_others_it_is_said_which_is_wanted() {
        let proof = proof(1);
        let unlock = |keys: &[u8]| sealing(keys, None).unlock(&proof).map(|sealer| sealer.key_id().clone());
        assert_eq!(unlock(&[2, 1]), Ok(key(1).id().clone()));
        let wanted = key(1).id().clone();
        assert_eq!(unlock(&[]), Err(KeyError::Missing { wanted: wanted.clone() }));
        assert_eq!(unlock(&[2]), Err(KeyError::Wrong { wanted, given: key(2).id().clone() }));
    }

    #[test]
    fn half_way_both_keys_are_needed() {
        let (one, two) = (proof(1), proof(2));
        let unlock = |keys: &[u8]| {
            sealing(keys, None).unlock_half_way(&one, &two).map(|sealer| sealer.key_id().clone())
        };
        assert_eq!(unlock(&[1, 2]), Ok(key(2).id().clone()));
        for (keys, absent) in [(&[1], 2), (&[2], 1)] {
            let refusal = unlock(keys).expect_err("one is missing").to_string();
            assert!(refusal.contains(&format!("{} is not here", key(absent).id())), "{refusal}");
        }
    }

    #[test]
    fn a_new_key_must_be_another() {
        let same = sealing(&[1], Some(1)).next_proof(&proof(1));
        assert_eq!(same, Err(KeyError::Same(key(1).id().clone())));
        let next = sealing(&[1], Some(2)).next_proof(&proof(1)).expect("it is another");
        assert_eq!(
            sealing(&[2], None).unlock(&next).map(|sealer| sealer.key_id().clone()),
            Ok(key(2).id().clone())
        );
        assert!(matches!(sealing(&[1], None).next_proof(&proof(1)), Err(KeyError::Holder(_))));
    }
}
