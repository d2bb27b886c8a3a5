//! Tokens in memory: who calls is known without the database, until the token ends or is revoked.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use aws_lc_rs::digest::{SHA256, digest};
use parking_lot::RwLock;
use wirepost_model::timestamp::Timestamp;
use wirepost_model::token::Token;

use crate::caller::Caller;
use crate::request_pace::RequestPace;

/// Most tokens kept in memory; beyond it, one makes room for another.
const KNOWN_MOST: usize = 10_000;
/// The last use of a token is noted no more often than this, in milliseconds.
const NOTE_EVERY_MILLIS: i64 = 60_000;

/// SHA-256 of a token.
pub(crate) type TokenHash = [u8; 32];

/// Tokens whose callers are known.
#[derive(Default)]
pub(crate) struct KnownTokens(RwLock<TokenTable>);

#[derive(Default)]
struct TokenTable {
    /// The organisation token from the settings: valid for as long as it stands there, so never stored.
    configured: Option<(TokenHash, Arc<KnownToken>)>,
    /// Those that were found good.
    found: HashMap<TokenHash, Arc<KnownToken>>,
    /// Rises with every revocation: what was read before one must not be kept after it.
    version: u64,
}

/// A token that was found good.
pub(crate) struct KnownToken {
    pub(crate) caller: Caller,
    pub(crate) pace: RequestPace,
    good_until: Option<Timestamp>,
    use_noted_at: AtomicI64,
}

impl KnownTokens {
    pub(crate) fn configure(&self, hash: TokenHash, caller: Caller) {
        self.0.write().configured = Some((hash, Arc::new(KnownToken::new(caller, None))));
    }

    /// The token of this hash, unless it ended.
    pub(crate) fn find(&self, hash: &TokenHash, now: Timestamp) -> Option<Arc<KnownToken>> {
        let table = self.0.read();
        let known = match &table.configured {
            Some((configured, known)) if configured == hash => known,
            _ => table.found.get(hash)?,
        };
        known.good_until.is_none_or(|end| now < end).then(|| known.clone())
    }

    pub(crate) fn version(&self) -> u64 {
        self.0.read().version
    }

    /// Keeps a token that was read at this version; says whether nothing was revoked since.
    pub(crate) fn keep(&self, hash: TokenHash, known: Arc<KnownToken>, version: u64) -> bool {
        let mut table = self.0.write();
        if table.version != version {
            return false;
        }
        if table.found.len() >= KNOWN_MOST
            && let Some(other) = table.found.keys().next().copied()
        {
            table.found.remove(&other);
        }
        table.found.insert(hash, known);
        true
    }

    /// Forgets one token, from now on.
    pub(crate) fn forget(&self, hash: &TokenHash) {
        let mut table = self.0.write();
        table.version += 1;
        table.found.remove(hash);
    }

    /// Forgets all that can be found again.
    pub(crate) fn forget_all(&self) {
        let mut table = self.0.write();
        table.version += 1;
        table.found.clear();
    }
}

impl KnownToken {
    pub(crate) fn new(caller: Caller, good_until: Option<Timestamp>) -> Self {
        Self { caller, pace: RequestPace::default(), good_until, use_noted_at: AtomicI64::new(0) }
    }

    pub(crate) fn of(token: &Token) -> Self {
        let caller = Caller::new(token.scope)
            .with_capabilities(token.capabilities)
            .with_token(token.id)
            .with_flags(token.feature_flags.clone());
        let noted = token.last_used_at.map_or(0, Timestamp::as_millis);
        Self { use_noted_at: AtomicI64::new(noted), ..Self::new(caller, token.expires_at) }
    }

    /// Whether this use is the one to be noted; of several at once, one is.
    pub(crate) fn use_is_to_be_noted(&self, now: Timestamp) -> bool {
        let (noted, now) = (self.use_noted_at.load(Ordering::Relaxed), now.as_millis());
        now.saturating_sub(noted) >= NOTE_EVERY_MILLIS
            && self.use_noted_at.compare_exchange(noted, now, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}

pub(crate) fn hash_of(token: &str) -> TokenHash {
    let mut hash = TokenHash::default();
    hash.copy_from_slice(digest(&SHA256, token.as_bytes()).as_ref());
    hash
}

#[cfg(test)]
mod tests {
    use wirepost_model::token::Scope;

    use super::*;

    fn known(good_until: Option<i64>) -> Arc<KnownToken> {
        let caller = Caller::new(Scope::Organisation);
        Arc::new(KnownToken::new(caller, good_until.map(Timestamp::from_millis)))
    }

    #[test]
    fn a_token_that_was_read_before_a_revocation_is_not_kept_after_it() {
        let tokens = KnownTokens::default();
        let version = tokens.version();
        tokens.forget(&[1; 32]);
        assert!(!tokens.keep([1; 32], known(None), version));
        assert!(tokens.find(&[1; 32], Timestamp::default()).is_none());
        assert!(tokens.keep([1; 32], known(None), tokens.version()));
        assert!(tokens.find(&[1; 32], Timestamp::default()).is_some());
    }

    #[test]
    fn a_token_is_known_until_it_ends() {
        let tokens = KnownTokens::default();
        tokens.keep([1; 32], known(Some(10)), 0);
        assert!(tokens.find(&[1; 32], Timestamp::from_millis(9)).is_some());
        assert!(tokens.find(&[1; 32], Timestamp::from_millis(10)).is_none());
    }

    #[test]
    fn a_full_memory_makes_room() {
        let tokens = KnownTokens::default();
        for number in 0..=u32::try_from(KNOWN_MOST).expect("it is small") {
            let mut hash = [0; 32];
            hash[..4].copy_from_slice(&number.to_be_bytes());
            tokens.keep(hash, known(None), 0);
        }
        assert_eq!(tokens.0.read().found.len(), KNOWN_MOST);
    }

    #[test]
    fn a_use_is_noted_once_a_minute() {
        let known = known(None);
        let at = |millis: i64| Timestamp::from_millis(1_769_860_800_000 + millis);
        let noted = [0, 1, 59_999, 60_000, 60_001].map(|millis| known.use_is_to_be_noted(at(millis)));
        assert_eq!(noted, [true, false, false, true, false]);
    }
}
