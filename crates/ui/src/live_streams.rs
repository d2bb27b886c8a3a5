//! Streams that are open: so many at most, and all of them end when the server does.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;
use wirepost_model::ids::AppId;

/// Streams of one process.
const MOST: usize = 64;
/// Streams of one app.
const OF_APP_MOST: usize = 8;

/// All open streams. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct LiveStreams {
    open: Arc<Mutex<HashMap<AppId, usize>>>,
    is_closed: watch::Sender<bool>,
}

/// The right to one stream; given back when it is dropped.
pub(crate) struct Place {
    streams: LiveStreams,
    app: AppId,
}

impl LiveStreams {
    /// Ends all streams and lets none begin: a server that stops waits for answers under way, and these have no end
    /// of their own.
    pub fn close(&self) {
        self.is_closed.send_replace(true);
    }

    /// A place for a stream of this app, where one is free.
    pub(crate) fn take(&self, app: AppId) -> Option<Place> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let of_app = open.get(&app).copied().unwrap_or(0);
        let is_free = open.values().sum::<usize>() < MOST && of_app < OF_APP_MOST;
        if !is_free || *self.is_closed.borrow() {
            return None;
        }
        open.insert(app, of_app + 1);
        Some(Place { streams: self.clone(), app })
    }
}

impl Default for LiveStreams {
    fn default() -> Self {
        Self { open: Arc::default(), is_closed: watch::Sender::new(false) }
    }
}

impl Place {
    /// Waits until all streams are to end.
    pub(crate) async fn closed(&self) {
        // The sender lives as long as the place does.
        let _ = self.streams.is_closed.subscribe().wait_for(|is_closed| *is_closed).await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.streams.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.app) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.app);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn app(key: i64) -> AppId {
        AppId::from_parts(key, [0; 12])
    }

    #[test]
    fn places_are_bounded_by_app_and_by_process_and_given_back() {
        let streams = LiveStreams::default();
        let mut places: Vec<_> = (0..OF_APP_MOST).filter_map(|_| streams.take(app(0))).collect();
        assert!(streams.take(app(0)).is_none());
        places.extend((OF_APP_MOST..MOST).filter_map(|number| streams.take(app(number as i64))));
        assert_eq!(places.len(), MOST);
        assert!(streams.take(app(1)).is_none());
        places.clear();
        assert!(streams.take(app(0)).is_some());
        assert!(streams.open.lock().expect("nobody panicked").is_empty());
    }

    #[tokio::test]
    async fn closing_ends_all_and_lets_none_begin() {
        let streams = LiveStreams::default();
        let place = streams.take(app(0)).expect("there is room");
        streams.close();
        place.closed().await;
        assert!(streams.take(app(0)).is_none());
    }
}
