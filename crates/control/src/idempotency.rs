//! Requests that are done once: whoever repeats one under the same idempotency key hears the answer of the first,
//! for twelve hours and across restarts. Another request under the key is refused.
//!
//! Messages and their answer are committed together (`messages_once`). For all other requests the answer is kept
//! after the work and before it is told; what is done twice between these two is what a crash there costs.

use aws_lc_rs::digest::{Context, SHA256};
use bytes::Bytes;
use wirepost_model::capability::Capability;
use wirepost_model::token::Scope;
use wirepost_store::StoreError;
use wirepost_store::error::Conflict;
use wirepost_store::idempotency::{KeptAnswer, NewAnswer, RequestHash};
use wirepost_store::sealing::{NONCE_BYTES, Seal};

use crate::caller::Caller;
pub use crate::turns::Turn;
use crate::{Control, ControlError, ControlResult};

/// Most bytes of an idempotency key.
pub const KEY_BYTES_MOST: usize = 256;
/// Longer answers are not kept; those of requests that change something are far shorter.
const ANSWER_BYTES_MOST: usize = 256 * 1_024;

/// What an answer is sealed for: the key is made for its request alone, so nothing else need be said.
const NO_CONTEXT: &[u8] = b"";

/// A request that its caller wants to be done once.
#[derive(Clone)]
pub struct RequestOnce {
    key: RequestHash,
    request: RequestHash,
    seal: Seal,
}

/// What tells one request from all others.
#[derive(Debug, Clone, Copy)]
pub struct RequestWords<'a> {
    /// The key that the caller chose.
    pub key: &'a [u8],
    /// What is asked for, without parameters.
    pub operation: &'a str,
    /// Its parameters.
    pub parameters: &'a str,
    /// What was sent.
    pub body: &'a [u8],
}

impl RequestOnce {
    /// This caller's request. A key belongs to the caller's organisation or app, to its capabilities and feature flags
    /// (nobody hears an answer that was meant for somebody who may do or see more) and to the operation.
    pub fn new(caller: &Caller, words: RequestWords<'_>) -> Self {
        let mut app = match caller.scope() {
            Scope::Organisation => String::new(),
            Scope::App(app) => app.to_string(),
        };
        if let Some(flags) = caller.flags().names() {
            // No flag has a blank.
            app.push(' ');
            app.push_str(&flags.join(" "));
        }
        let capabilities = Capability::ALL.map(|capability| u8::from(caller.may(capability)));
        let keyed = |purpose: &[u8]| {
            hash_of(&[purpose, app.as_bytes(), &capabilities, words.operation.as_bytes(), words.key])
        };
        Self {
            key: keyed(b"key"),
            request: hash_of(&[words.parameters.as_bytes(), words.body]),
            seal: Seal::new(keyed(b"seal")),
        }
    }

    pub(crate) fn with_answer(&self, answer: Bytes) -> NewAnswer {
        NewAnswer { key: self.key, request: self.request, answer }
    }
}

impl Control {
    /// Waits until nobody else is at work on a request under the same key.
    pub async fn take_turn(&self, once: &RequestOnce) -> Turn {
        self.turns().take(once.key).await
    }

    /// The answer that was kept for this request, if there is one.
    ///
    /// # Errors
    /// `Conflict(Idempotency)` when the key was used for another request; `Unavailable`.
    pub async fn recall_answer(&self, once: &RequestOnce) -> ControlResult<Option<Vec<u8>>> {
        let Some(sealed) = self.recall(once).await? else {
            return Ok(None);
        };
        let damaged = || ControlError::Internal("a kept answer cannot be opened".to_owned());
        once.seal.open(NO_CONTEXT, &sealed).map(Some).ok_or_else(damaged)
    }

    /// Keeps the answer to a request that was done, sealed.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn keep_answer(&self, once: &RequestOnce, answer: &[u8]) -> ControlResult<()> {
        if answer.len() > ANSWER_BYTES_MOST {
            return Ok(());
        }
        let mut nonce = [0; NONCE_BYTES];
        self.fill_random(&mut nonce);
        let sealed = once.seal.close(nonce, NO_CONTEXT, answer);
        Ok(self.store().keep_answer(once.with_answer(sealed.into())).await?)
    }

    /// What was kept for this request, as it lies in the database.
    pub(crate) async fn recall(&self, once: &RequestOnce) -> ControlResult<Option<Bytes>> {
        match self.store().find_answer(once.key, self.now()).await {
            Ok(KeptAnswer { request, answer }) if request == once.request => Ok(Some(answer)),
            Ok(_) => Err(ControlError::Conflict(Conflict::Idempotency)),
            Err(StoreError::NotFound) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

/// SHA-256 over the parts, each behind its length, so that no two lists of parts look alike.
fn hash_of(parts: &[&[u8]]) -> RequestHash {
    let mut context = Context::new(&SHA256);
    for part in parts {
        context.update(&part.len().to_be_bytes());
        context.update(part);
    }
    let mut hash = RequestHash::default();
    hash.copy_from_slice(context.finish().as_ref());
    hash
}

#[cfg(test)]
mod tests {
    use wirepost_model::capability::Capabilities;
    use wirepost_model::feature_flags::FeatureFlags;
    use wirepost_model::ids::AppId;

    use super::*;

    const WORDS: RequestWords<'_> =
        RequestWords { key: b"k", operation: "POST /app", parameters: "", body: b"{}" };

    #[test]
    fn a_key_belongs_to_caller_and_operation_and_a_request_to_its_words() {
        let caller = Caller::new(Scope::Organisation);
        let first = RequestOnce::new(&caller, WORDS);
        let same = RequestOnce::new(&caller, WORDS);
        assert_eq!((first.key, first.request), (same.key, same.request));
        let less = caller.clone().with_capabilities(Capabilities::OF_CUSTOMER);
        let of_app = |key| Caller::new(Scope::App(AppId::from_parts(key, [0; 12])));
        let only = |flags: &[&str]| {
            FeatureFlags::only(flags.iter().copied().map(str::to_owned).collect()).expect("good flags")
        };
        let others = [
            RequestOnce::new(&less, WORDS),
            RequestOnce::new(&of_app(1), WORDS),
            RequestOnce::new(&of_app(1).with_flags(only(&[])), WORDS),
            RequestOnce::new(&of_app(1).with_flags(only(&["beta"])), WORDS),
            RequestOnce::new(&of_app(2), WORDS),
            RequestOnce::new(&caller, RequestWords { key: b"l", ..WORDS }),
            RequestOnce::new(&caller, RequestWords { operation: "POST /ap", key: b"pk", ..WORDS }),
        ];
        for (at, other) in others.iter().enumerate() {
            assert!(first.key != other.key && other.key != others[(at + 1) % others.len()].key, "{at}");
            assert_eq!(other.request, first.request);
        }
        for words in [RequestWords { body: b"{ }", ..WORDS }, RequestWords { parameters: "a=b", ..WORDS }] {
            let other = RequestOnce::new(&caller, words);
            assert_eq!(other.key, first.key);
            assert_ne!(other.request, first.request);
        }
    }
}
