//! A lane where many tasks meet it: the pure lane behind a lock, its outlet, and the health of its endpoint.

use std::sync::Arc;

use parking_lot::Mutex;
use wirepost_model::ids::{AppId, EndpointId};
use wirepost_model::timestamp::Timestamp;
use wirepost_store::directory::EndpointView;

use crate::app_pace::AppPace;
use crate::endpoint_health::Health;
use crate::lane::Lane;
use crate::memory::{Memory, Room};
use crate::transport::{Outlet, Transport};

/// The outlet that is open, with the URL it leads to.
type OpenOutlet = (Arc<str>, Arc<dyn Outlet>);

/// A lane, shared.
pub(crate) struct LaneCell {
    pub(crate) app: AppId,
    pub(crate) endpoint: EndpointId,
    /// The pace of the whole app, shared with its other lanes. Locked after the lane, never before it.
    pub(crate) app_pace: Arc<Mutex<AppPace>>,
    pub(crate) health: Mutex<Health>,
    lane: Mutex<Lane>,
    outlet: Mutex<Option<OpenOutlet>>,
    memory: Arc<Memory>,
}

impl LaneCell {
    pub(crate) fn new(
        app: AppId,
        endpoint: EndpointId,
        lane: Lane,
        app_pace: Arc<Mutex<AppPace>>,
        memory: Arc<Memory>,
    ) -> Self {
        let (health, outlet) = (Mutex::default(), Mutex::default());
        Self { app, endpoint, app_pace, health, lane: Mutex::new(lane), outlet, memory }
    }

    /// Does something with the lane, and keeps the count of bytes held right.
    pub(crate) fn with<T>(&self, action: impl FnOnce(&mut Lane) -> T) -> T {
        let mut lane = self.lane.lock();
        let before = lane.ready_bytes();
        let result = action(&mut lane);
        self.memory.moved(before, lane.ready_bytes());
        result
    }

    /// How freely lanes may hold deliveries just now.
    pub(crate) fn room(&self) -> Room {
        self.memory.room()
    }

    /// Whether forgetting the lane, and the pace of its app with it, loses nothing.
    pub(crate) fn is_idle(&self, now: Timestamp) -> bool {
        self.with(|lane| lane.is_idle(now)) && self.app_pace.lock().is_quiet(now)
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
    use super::*;

    pub(crate) fn lane_cell(number: i64) -> Arc<LaneCell> {
        Arc::new(LaneCell::new(
            AppId::from_parts(1, [0; 12]),
            EndpointId::from_parts(number, [0; 12]),
            Lane::new(crate::lane::LaneBounds { ready: 512, in_flight: 8 }, Timestamp::default()),
            Arc::default(),
            Arc::default(),
        ))
    }
}
