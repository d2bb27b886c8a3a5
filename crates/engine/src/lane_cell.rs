//! A lane where many tasks meet it: the pure lane behind a lock, its outlet, and the health of its endpoint.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;
use wirepost_model::ids::{AppId, EndpointId};
use wirepost_store::directory::EndpointView;

use crate::endpoint_health::Health;
use crate::lane::Lane;
use crate::pace::Pace;
use crate::transport::{Outlet, Transport};

/// The outlet that is open, with the URL it leads to.
type OpenOutlet = (Arc<str>, Arc<dyn Outlet>);

/// A lane, shared.
pub(crate) struct LaneCell {
    pub(crate) app: AppId,
    pub(crate) endpoint: EndpointId,
    /// The pace of the whole app, shared with its other lanes. Locked after the lane, never before it.
    pub(crate) app_pace: Arc<Mutex<Pace>>,
    pub(crate) health: Mutex<Health>,
    lane: Mutex<Lane>,
    outlet: Mutex<Option<OpenOutlet>>,
    /// Payload bytes that all lanes hold.
    held_bytes: Arc<AtomicUsize>,
}

impl LaneCell {
    pub(crate) fn new(
        app: AppId,
        endpoint: EndpointId,
        lane: Lane,
        app_pace: Arc<Mutex<Pace>>,
        held_bytes: Arc<AtomicUsize>,
    ) -> Self {
        let (health, outlet) = (Mutex::default(), Mutex::default());
        Self {
            app,
            endpoint,
            app_pace,
            health,
            lane: Mutex::new(lane),
            outlet,
            held_bytes,
        }
    }

    /// Does something with the lane, and keeps the count of held bytes right.
    pub(crate) fn with<T>(&self, action: impl FnOnce(&mut Lane) -> T) -> T {
        let mut lane = self.lane.lock();
        let before = lane.ready_bytes();
        let result = action(&mut lane);
        let after = lane.ready_bytes();
        if after >= before {
            self.held_bytes.fetch_add(after - before, Ordering::Relaxed);
        } else {
            self.held_bytes.fetch_sub(before - after, Ordering::Relaxed);
        }
        result
    }

    /// The outlet for the endpoint's URL as it is now; a changed URL gets new connections.
    pub(crate) fn outlet(&self, view: &EndpointView, transport: &dyn Transport) -> OpenOutlet {
        let mut outlet = self.outlet.lock();
        match &*outlet {
            Some((url, open)) if **url == *view.endpoint.url => (url.clone(), open.clone()),
            _ => {
                let url: Arc<str> = view.endpoint.url.as_str().into();
                let opened = (url.clone(), transport.outlet(&url));
                outlet.insert(opened).clone()
            }
        }
    }

    /// The outlet, if one was opened.
    pub(crate) fn open_outlet(&self) -> Option<Arc<dyn Outlet>> {
        self.outlet.lock().as_ref().map(|(_, outlet)| outlet.clone())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use wirepost_model::timestamp::Timestamp;

    use super::*;

    pub(crate) fn lane_cell(number: i64) -> Arc<LaneCell> {
        Arc::new(LaneCell::new(
            AppId::from_parts(1, [0; 12]),
            EndpointId::from_parts(number, [0; 12]),
            Lane::new(8, Timestamp::default()),
            Arc::default(),
            Arc::default(),
        ))
    }
}
