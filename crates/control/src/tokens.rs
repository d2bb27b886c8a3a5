//! Access tokens: who calls is found by the token's hash, from memory where it was found before. A look-up of a
//! hash takes the same time whatever the token, so nothing can be learnt of it by trying.

use std::collections::HashMap;
use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use parking_lot::RwLock;
use wirepost_model::token::{Scope, Token};
use wirepost_store::StoreError;

use crate::caller::Caller;
use crate::{Control, ControlError, ControlResult};

/// Random bytes of a token that is made here.
const TOKEN_BYTES: usize = 32;
/// How such a token begins, so that people and scanners know it when they see it.
const TOKEN_BEGINNING: &str = "wirepost_";
/// Most tokens kept in memory; beyond it, one makes room for another.
const KNOWN_MOST: usize = 10_000;

/// SHA-256 of a token.
type TokenHash = [u8; 32];

/// Tokens whose callers are known.
#[derive(Default)]
pub(crate) struct KnownTokens(RwLock<TokenTable>);

#[derive(Default)]
struct TokenTable {
    /// The organisation token from the settings: valid for as long as it stands there, so never stored.
    configured: Option<TokenHash>,
    /// Those found in the database.
    stored: HashMap<TokenHash, Caller>,
}

/// A token that was just made; this is the only moment at which it can be read.
#[derive(Clone, PartialEq, Eq)]
pub struct FreshToken(String);

impl FreshToken {
    /// The token itself, to be shown once.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for FreshToken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("FreshToken(…)")
    }
}

impl Control {
    /// Sees to it that somebody can call. A configured token is good for as long as it is configured; without
    /// one, and without any stored one, a token is made, kept as a hash, and given back to be shown once.
    ///
    /// # Errors
    /// `UnusableToken` for a configured one that no request could carry; `Unavailable`.
    pub async fn ensure_organisation_token(
        &self,
        configured: Option<&str>,
    ) -> ControlResult<Option<FreshToken>> {
        if let Some(token) = configured {
            if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
                return Err(ControlError::UnusableToken);
            }
            self.0.tokens.0.write().configured = Some(hash_of(token));
            return Ok(None);
        }
        if self.store().has_organisation_token().await? {
            return Ok(None);
        }
        let fresh = self.make_token();
        let now = self.now();
        let token = Token {
            id: self.ids().next(now),
            hash: hash_of(&fresh.0),
            name: "made at the first start".to_owned(),
            scope: Scope::Organisation,
            created_at: now,
        };
        self.store().put_token(token).await?;
        Ok(Some(fresh))
    }

    /// Who calls with this token.
    ///
    /// # Errors
    /// `Unauthenticated`; `Unavailable`.
    pub async fn authenticate(&self, token: &str) -> ControlResult<Caller> {
        let hash = hash_of(token);
        if let Some(caller) = self.0.tokens.find(&hash) {
            return Ok(caller);
        }
        match self.store().find_token(hash).await {
            Ok(token) => {
                let caller = Caller::new(token.scope);
                self.0.tokens.keep(hash, caller);
                Ok(caller)
            }
            Err(StoreError::NotFound) => Err(ControlError::Unauthenticated),
            Err(error) => Err(error.into()),
        }
    }

    fn make_token(&self) -> FreshToken {
        let mut bytes = [0; TOKEN_BYTES];
        self.ids().fill_random(&mut bytes);
        let mut token = TOKEN_BEGINNING.to_owned();
        for byte in bytes {
            token.push_str(&format!("{byte:02x}"));
        }
        FreshToken(token)
    }
}

impl KnownTokens {
    fn find(&self, hash: &TokenHash) -> Option<Caller> {
        let table = self.0.read();
        if table.configured.as_ref() == Some(hash) {
            return Some(Caller::new(Scope::Organisation));
        }
        table.stored.get(hash).copied()
    }

    fn keep(&self, hash: TokenHash, caller: Caller) {
        let mut table = self.0.write();
        if table.stored.len() >= KNOWN_MOST
            && let Some(other) = table.stored.keys().next().copied()
        {
            table.stored.remove(&other);
        }
        table.stored.insert(hash, caller);
    }
}

fn hash_of(token: &str) -> TokenHash {
    let mut hash = TokenHash::default();
    hash.copy_from_slice(digest(&SHA256, token.as_bytes()).as_ref());
    hash
}
