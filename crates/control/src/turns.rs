//! Turns: of several requests under one key, one is at work and the others wait for theirs. A turn ends when it is
//! dropped, however that comes about; a key that nobody has or wants takes no memory.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::{Mutex as Turnstile, OwnedMutexGuard};
use wirepost_store::idempotency::RequestHash;

/// All turns that are taken or waited for: at most one for each request under way.
#[derive(Clone, Default)]
pub(crate) struct Turns(Arc<Mutex<HashMap<RequestHash, Wanted>>>);

/// A key that somebody has or waits for.
struct Wanted {
    by: usize,
    turnstile: Arc<Turnstile<()>>,
}

/// The right to work under a key; the next one's turn comes when it is dropped.
pub struct Turn {
    // Dropped in this order: first the next one may come, then the key is given up.
    _passed: OwnedMutexGuard<()>,
    _place: Place,
}

/// A place in the queue for a key.
struct Place {
    turns: Turns,
    key: RequestHash,
}

impl Turns {
    /// Waits until nobody else is at work under this key.
    pub(crate) async fn take(&self, key: RequestHash) -> Turn {
        let (place, turnstile) = self.line_up(key);
        Turn { _passed: turnstile.lock_owned().await, _place: place }
    }

    fn line_up(&self, key: RequestHash) -> (Place, Arc<Turnstile<()>>) {
        let mut all = self.0.lock();
        let wanted = all.entry(key).or_insert_with(|| Wanted { by: 0, turnstile: Arc::default() });
        wanted.by += 1;
        (Place { turns: self.clone(), key }, wanted.turnstile.clone())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut all = self.turns.0.lock();
        if let Some(wanted) = all.get_mut(&self.key) {
            wanted.by -= 1;
            if wanted.by == 0 {
                all.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Waker};

    use super::*;

    fn now_or_never<T>(future: impl Future<Output = T>) -> Option<T> {
        match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
            std::task::Poll::Ready(value) => Some(value),
            std::task::Poll::Pending => None,
        }
    }

    #[test]
    fn the_second_waits_for_the_first_and_another_key_for_nobody() {
        let turns = Turns::default();
        let first = now_or_never(turns.take([1; 32])).expect("nobody is before it");
        let mut second = Box::pin(turns.take([1; 32]));
        assert!(now_or_never(second.as_mut()).is_none());
        assert!(now_or_never(turns.take([2; 32])).is_some());
        drop(first);
        assert!(now_or_never(second).is_some());
        assert!(turns.0.lock().is_empty(), "nothing is left behind");
    }

    #[test]
    fn who_gives_up_waiting_holds_nobody_up() {
        let turns = Turns::default();
        let first = now_or_never(turns.take([1; 32]));
        let mut impatient = Box::pin(turns.take([1; 32]));
        let mut patient = Box::pin(turns.take([1; 32]));
        assert!(now_or_never(impatient.as_mut()).is_none());
        assert!(now_or_never(patient.as_mut()).is_none());
        drop(impatient);
        drop(first);
        assert!(now_or_never(patient).is_some());
        assert!(turns.0.lock().is_empty(), "nothing is left behind");
    }
}
