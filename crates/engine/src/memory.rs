//! The payload bytes that all lanes hold together, and how much room is left for more.
//!
//! Only a brake: what finds no room waits in the database, and a lane with nothing ready may always hold one.

use std::sync::atomic::{AtomicUsize, Ordering};

/// A count of bytes against a bound.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    held: AtomicUsize,
    most: usize,
}

/// How freely lanes may hold deliveries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Room {
    /// As many as a lane ever holds.
    Plenty,
    /// About what its endpoint can take at once: an endpoint that hangs must not fill the memory of the others.
    Scarce,
    /// One.
    Full,
}

impl Memory {
    /// Nothing held yet, of about `most` bytes.
    pub(crate) fn new(most: usize) -> Self {
        Self { held: AtomicUsize::new(0), most }
    }

    /// How much room is left.
    pub(crate) fn room(&self) -> Room {
        let held = self.held.load(Ordering::Relaxed);
        if held < self.most / 2 {
            Room::Plenty
        } else if held < self.most {
            Room::Scarce
        } else {
            Room::Full
        }
    }

    /// Counts that a lane now holds `after` bytes instead of `before`.
    pub(crate) fn moved(&self, before: usize, after: usize) {
        if after > before {
            self.held.fetch_add(after - before, Ordering::Relaxed);
        } else if after < before {
            self.held.fetch_sub(before - after, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_shrinks_as_lanes_hold_more() {
        let memory = Memory::new(100);
        assert_eq!(memory.room(), Room::Plenty);
        memory.moved(0, 50);
        assert_eq!(memory.room(), Room::Scarce);
        memory.moved(10, 60);
        assert_eq!(memory.room(), Room::Full);
        memory.moved(90, 20);
        assert_eq!(memory.room(), Room::Plenty);
    }
}
