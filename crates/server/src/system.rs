//! The doors to the machine's clock and chance; everything else is handed these.

use std::time::{SystemTime, UNIX_EPOCH};

use rand::rngs::StdRng;
use wirepost_model::clock::Clock;
use wirepost_model::timestamp::Timestamp;

/// The machine's clock.
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the door through which the time comes in")]
    fn now(&self) -> Timestamp {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::default().plus(since_epoch)
    }
}

/// A generator seeded by the operating system; fit for secrets.
#[expect(clippy::disallowed_methods, reason = "this is the door through which chance comes in")]
pub(crate) fn seeded_rng() -> StdRng {
    rand::make_rng()
}
