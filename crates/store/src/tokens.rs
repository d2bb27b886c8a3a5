//! Access tokens in the database: hashes only.

use async_trait::async_trait;
use wirepost_model::token::Token;

use crate::StoreResult;

/// Keeps tokens.
#[async_trait]
pub trait Tokens {
    /// Adds a token; one with the same hash stays as it is.
    async fn put_token(&self, token: Token) -> StoreResult<()>;

    /// The token with this hash.
    ///
    /// # Errors
    /// `NotFound`.
    async fn find_token(&self, hash: [u8; 32]) -> StoreResult<Token>;

    /// Whether any organisation token exists.
    async fn has_organisation_token(&self) -> StoreResult<bool>;
}
