//! Makes ids whose keys rise strictly, whatever the clock does.

use std::sync::{Mutex, PoisonError};

use rand::Rng;

use crate::ids::{Id, Kind};
use crate::timestamp::Timestamp;

/// 2014-05-13T16:53:20Z, where KSUID time starts, in milliseconds since the Unix epoch.
const KSUID_EPOCH_MILLIS: i64 = 1_400_000_000_000;
/// A KSUID with milliseconds counts 256 ticks of 4 ms to a second (250 of them used).
const TICK_MILLIS: i64 = 4;
/// Keys of one tick: 24 bits.
const SEQUENCE_BITS: u32 = 24;

/// The one maker of ids in a process; shared by reference.
pub struct IdSource {
    state: Mutex<State>,
}

struct State {
    last_key: i64,
    rng: Box<dyn Rng + Send>,
}

impl IdSource {
    /// A source whose first key lies above `highest_key`, the highest one the database knows.
    pub fn new(highest_key: i64, rng: impl Rng + Send + 'static) -> Self {
        Self { state: Mutex::new(State { last_key: highest_key, rng: Box::new(rng) }) }
    }

    /// The next id. Where the clock stands or went back, the key still rises by one.
    pub fn next<K: Kind>(&self, now: Timestamp) -> Id<K> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let key = first_key_at(now).max(state.last_key + 1);
        state.last_key = key;
        let mut tail = [0; 12];
        state.rng.fill_bytes(&mut tail);
        Id::from_parts(key, tail)
    }

    /// Fills `bytes` with random ones, for secrets and tokens.
    pub fn fill_random(&self, bytes: &mut [u8]) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).rng.fill_bytes(bytes);
    }
}

/// The lowest key that an id made at `instant` can have; bounds a search by time.
pub fn first_key_at(instant: Timestamp) -> i64 {
    let millis = (instant.as_millis() - KSUID_EPOCH_MILLIS).max(0);
    let seconds = (millis / 1_000).min(i64::from(i32::MAX));
    let tick = millis % 1_000 / TICK_MILLIS;
    (seconds << 32) | (tick << SEQUENCE_BITS)
}

/// When the id with this key was made, to 4 ms; while the clock stood or went back, somewhat later.
pub fn instant_of(key: i64) -> Timestamp {
    let tick = (key >> SEQUENCE_BITS) & 0xff;
    Timestamp::from_millis(KSUID_EPOCH_MILLIS + (key >> 32) * 1_000 + tick * TICK_MILLIS)
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;
    use crate::ids::MessageId;

    #[test]
    fn keys_rise_even_when_the_clock_goes_back() {
        let source = IdSource::new(0, StdRng::seed_from_u64(1));
        let noon = Timestamp::from_millis(1_769_860_800_000);
        let mut last: MessageId = source.next(noon);
        for step in 0..1_000 {
            let next = source.next(Timestamp::from_millis(noon.as_millis() - step));
            assert!(next.key() == last.key() + 1 && next.tail() != last.tail());
            last = next;
        }
    }

    #[test]
    fn a_restart_goes_on_above_the_highest_key() {
        let source = IdSource::new(i64::from(i32::MAX) << 32, StdRng::seed_from_u64(1));
        let id: MessageId = source.next(Timestamp::from_millis(1_769_860_800_000));
        assert_eq!(id.key(), (i64::from(i32::MAX) << 32) + 1);
    }

    #[test]
    fn a_key_carries_its_time() {
        let at = Timestamp::from_millis(1_769_860_800_123);
        let source = IdSource::new(0, StdRng::seed_from_u64(1));
        let id: MessageId = source.next(at);
        assert_eq!(id.key(), first_key_at(at));
        assert!(first_key_at(at) < first_key_at(Timestamp::from_millis(1_769_860_800_124)));
        assert_eq!(first_key_at(Timestamp::from_millis(0)), 0);
        assert_eq!(instant_of(id.key()), Timestamp::from_millis(1_769_860_800_120));
    }
}
