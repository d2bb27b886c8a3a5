//! Sessions of people, and the links by which they sign in: hashes only.

use async_trait::async_trait;
use wirepost_model::session::{Session, SignInLink};
use wirepost_model::timestamp::Timestamp;

use crate::StoreResult;

/// Keeps sessions and sign-in links.
#[async_trait]
pub trait SignIns {
    /// Adds a link.
    async fn put_link(&self, link: SignInLink) -> StoreResult<()>;

    /// Takes a link that is good at `now` away and gives it back: of several who come with it, one gets it.
    ///
    /// # Errors
    /// `NotFound`.
    async fn take_link(&self, hash: [u8; 32], now: Timestamp) -> StoreResult<SignInLink>;

    /// Adds a session.
    async fn put_session(&self, session: Session) -> StoreResult<()>;

    /// The session with this hash, be it over or not.
    ///
    /// # Errors
    /// `NotFound`.
    async fn find_session(&self, hash: [u8; 32]) -> StoreResult<Session>;

    /// Puts an end to a session; one that is not there needs none.
    async fn end_session(&self, hash: [u8; 32]) -> StoreResult<()>;

    /// Removes at most so many links and sessions each that ended before `now`; says how many went.
    async fn prune_sign_ins(&self, now: Timestamp, most: usize) -> StoreResult<usize>;
}
