//! Access tokens in the database: hashes only.

use async_trait::async_trait;
use wirepost_model::ids::TokenId;
use wirepost_model::timestamp::Timestamp;
use wirepost_model::token::Token;

use crate::StoreResult;
use crate::page::{Page, PageQuery};

/// Keeps tokens.
#[async_trait]
pub trait Tokens {
    /// Adds a token; one with the same hash stays as it is.
    async fn put_token(&self, token: Token) -> StoreResult<()>;

    /// The token with this hash, be it good or not.
    ///
    /// # Errors
    /// `NotFound`.
    async fn find_token(&self, hash: [u8; 32]) -> StoreResult<Token>;

    /// A page of tokens by key; with an instant, only those that are good then.
    async fn list_tokens(&self, good_at: Option<Timestamp>, page: PageQuery<i64>)
    -> StoreResult<Page<Token>>;

    /// Puts an end to a token and gives it back. One that was ended before keeps its instant.
    ///
    /// # Errors
    /// `NotFound`.
    async fn revoke_token(&self, token: TokenId, at: Timestamp) -> StoreResult<Token>;

    /// Notes when a token was last used; one that is not there needs no note.
    async fn note_token_use(&self, token: TokenId, at: Timestamp) -> StoreResult<()>;

    /// Whether any token that is good at this instant lets the organisation make others.
    async fn has_admin_token(&self, now: Timestamp) -> StoreResult<bool>;
}
