//! Answers that are given again: a request that carries an idempotency key is done once, and who repeats it hears
//! the answer that the first one heard. Keys and requests come as hashes; an answer is bytes that nobody here reads.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use wirepost_model::timestamp::Timestamp;

use crate::messages::NewMessage;
use crate::{StoreError, StoreResult};

/// How long an answer is given again.
pub const KEPT_FOR: Duration = Duration::from_secs(12 * 60 * 60);

/// SHA-256 of whatever tells one key, or one request, from all others.
pub type RequestHash = [u8; 32];

/// An answer to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAnswer {
    /// Under which key.
    pub key: RequestHash,
    /// What was asked: only who asks the same again hears the answer.
    pub request: RequestHash,
    /// The answer.
    pub answer: Bytes,
}

/// An answer that was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptAnswer {
    /// What was asked.
    pub request: RequestHash,
    /// The answer.
    pub answer: Bytes,
}

/// Keeps answers for [`KEPT_FOR`]; after that they are as if they had never been.
#[async_trait]
pub trait Idempotency {
    /// As [`crate::messages::Messages::accept_messages`], and keeps the answer in the same transaction: messages
    /// and answer are there both or not at all. Where every message is refused, no answer is kept.
    ///
    /// # Errors
    /// `Conflict(Idempotency)` when an answer is kept under this key; `Unavailable`. Then none was accepted.
    async fn accept_messages_once(
        &self,
        messages: Vec<NewMessage>,
        answer: NewAnswer,
    ) -> StoreResult<Vec<Result<(), StoreError>>>;

    /// Keeps an answer.
    ///
    /// # Errors
    /// `Conflict(Idempotency)` when one is kept under this key; that one stays.
    async fn keep_answer(&self, answer: NewAnswer) -> StoreResult<()>;

    /// The answer kept under this key.
    ///
    /// # Errors
    /// `NotFound`.
    async fn find_answer(&self, key: RequestHash, now: Timestamp) -> StoreResult<KeptAnswer>;

    /// Removes at most `limit` answers whose time is over; says how many. Fewer than `limit` means that what is
    /// left may stay for now.
    async fn forget_answers(&self, now: Timestamp, limit: usize) -> StoreResult<usize>;
}
