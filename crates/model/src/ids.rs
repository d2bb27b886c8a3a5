//! Ids: a prefix and the 27 base62 characters of a millisecond KSUID, as the SDKs expect.
//!
//! The first eight bytes of every id are its **key**: time (4 s resolution bytes + 1 byte of 4 ms ticks) and a
//! sequence, strictly rising in the order of making. The database uses the key as its integer primary key, so
//! rows are appended, and an id is found without an index of its own. The last twelve bytes are random.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;

use svix_ksuid::{KsuidLike, KsuidMs};

use crate::base62;
use crate::invalid::Invalid;

/// The twenty bytes of a KSUID.
pub const ID_BYTES: usize = 20;
/// The random bytes behind the key.
pub const TAIL_BYTES: usize = 12;

/// What an id is of; gives the prefix.
pub trait Kind {
    /// The prefix with its underscore, e.g. `app_`.
    const PREFIX: &'static str;
}

/// An id of one kind.
pub struct Id<K> {
    bytes: [u8; ID_BYTES],
    kind: PhantomData<fn() -> K>,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident $alias:ident $prefix:literal;)*) => {$(
        /// Marks ids of this kind.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $kind {}
        impl Kind for $kind { const PREFIX: &'static str = $prefix; }
        $(#[$doc])*
        pub type $alias = Id<$kind>;
    )*};
}

kinds! {
    /// One customer account.
    AppKind AppId "app_";
    /// A customer's URL.
    EndpointKind EndpointId "ep_";
    /// What the producer sent.
    MessageKind MessageId "msg_";
    /// One HTTP request of one delivery.
    AttemptKind AttemptId "atmpt_";
    /// An access token.
    TokenKind TokenId "tok_";
    /// An event that a person may raise.
    PulseKind PulseId "pulse_";
    /// One raising of a pulse.
    RaiseKind RaiseId "raise_";
    /// Work that goes on behind an answer.
    TaskKind TaskId "qtask_";
}

impl<K: Kind> Id<K> {
    /// The id made of these bytes.
    pub const fn from_bytes(bytes: [u8; ID_BYTES]) -> Self {
        Self { bytes, kind: PhantomData }
    }

    /// The id with this key and tail, as the database keeps them.
    pub fn from_parts(key: i64, tail: [u8; TAIL_BYTES]) -> Self {
        let mut bytes = [0; ID_BYTES];
        bytes[..8].copy_from_slice(&key.to_be_bytes());
        bytes[8..].copy_from_slice(&tail);
        Self::from_bytes(bytes)
    }

    /// The first eight bytes as a number: rises in the order of making.
    pub fn key(&self) -> i64 {
        let mut key = [0; 8];
        key.copy_from_slice(&self.bytes[..8]);
        i64::from_be_bytes(key)
    }

    /// The random bytes behind the key.
    pub fn tail(&self) -> [u8; TAIL_BYTES] {
        let mut tail = [0; TAIL_BYTES];
        tail.copy_from_slice(&self.bytes[8..]);
        tail
    }

    /// Reads `prefix` + 27 base62 characters.
    ///
    /// # Errors
    /// When the prefix is another one or the rest is not a KSUID.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let refuse = || Invalid::new(format!("must be {} and 27 letters and digits", K::PREFIX));
        let ksuid = text.strip_prefix(K::PREFIX).filter(|rest| rest.len() == 27).ok_or_else(refuse)?;
        let ksuid = KsuidMs::from_str(ksuid).map_err(|_| refuse())?;
        let id = Self::from_bytes(*ksuid.bytes());
        if id.key() < 0 { Err(refuse()) } else { Ok(id) }
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K> Copy for Id<K> {}
impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}
impl<K> Eq for Id<K> {}
impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.bytes.cmp(&other.bytes)
    }
}
impl<K> Hash for Id<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.bytes.hash(state);
    }
}

impl<K: Kind> fmt::Display for Id<K> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(K::PREFIX)?;
        out.write_str(std::str::from_utf8(&base62::encode(&self.bytes)).map_err(|_| fmt::Error)?)
    }
}
impl<K: Kind> fmt::Debug for Id<K> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}
impl<K: Kind> FromStr for Id<K> {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::parse(text)
    }
}
impl<K: Kind> serde::Serialize for Id<K> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_and_keeps_its_key() {
        let id = MessageId::from_parts(0x1772_aabb_cc00_0007, [9; 12]);
        let text = id.to_string();
        assert_eq!(text.len(), "msg_".len() + 27);
        assert_eq!(MessageId::parse(&text), Ok(id));
        assert_eq!((id.key(), id.tail()), (0x1772_aabb_cc00_0007, [9; 12]));
    }

    #[test]
    fn another_prefix_or_length_is_refused() {
        let id = MessageId::from_parts(7, [1; 12]).to_string();
        assert!(AppId::parse(&id).is_err());
        assert!(MessageId::parse(&id[..30]).is_err());
        assert!(MessageId::parse("msg_").is_err());
        assert!(MessageId::parse("msg_!!!!!!!!!!!!!!!!!!!!!!!!!!!").is_err());
        assert!(MessageId::parse("msg_zzzzzzzzzzzzzzzzzzzzzzzzzzz").is_err());
    }

    #[test]
    fn text_sorts_as_bytes_sort() {
        let early = MessageId::from_parts(100, [255; 12]);
        let late = MessageId::from_parts(101, [0; 12]);
        assert!(early < late && early.to_string() < late.to_string());
    }
}
