//! All lanes in memory, by endpoint.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use wirepost_model::clock::Clock;
use wirepost_model::ids::{AppId, EndpointId};
use wirepost_model::lane::{LaneSums, LaneView, Lanes};
use wirepost_model::timestamp::Timestamp;
use wirepost_store::accepted::DueDelivery;
use wirepost_store::deliveries::PendingEndpoint;

use crate::app_pace::AppPace;
use crate::lane::{Lane, LaneBounds};
use crate::lane_cell::LaneCell;
use crate::memory::Memory;
use crate::pace::Pace;

/// The lanes of this process.
pub(crate) struct LaneRegistry {
    clock: Arc<dyn Clock>,
    bounds: LaneBounds,
    memory: Arc<Memory>,
    /// When this process began: what one before it sent is unknown.
    began_at: Timestamp,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    lanes: HashMap<EndpointId, Arc<LaneCell>>,
    app_paces: HashMap<AppId, Weak<Mutex<AppPace>>>,
}

impl LaneRegistry {
    /// No lanes yet. Together they hold payloads of about `bytes_most` bytes.
    pub(crate) fn new(clock: Arc<dyn Clock>, bounds: LaneBounds, bytes_most: usize) -> Self {
        let (began_at, memory) = (clock.now(), Arc::new(Memory::new(bytes_most)));
        Self { clock, bounds, memory, began_at, state: Mutex::default() }
    }

    /// Gives just committed deliveries to their lanes; a lane that follows itself is answered once.
    pub(crate) fn offer(&self, deliveries: Vec<DueDelivery>, touched: &mut Vec<Arc<LaneCell>>) {
        let mut state = self.state.lock();
        for delivery in deliveries {
            let key = delivery.key;
            let cell = self.lane_in(&mut state, key.app, key.endpoint);
            cell.with(|lane| lane.offer(delivery, self.memory.room()));
            if touched.last().is_none_or(|last| !Arc::ptr_eq(last, cell)) {
                touched.push(cell.clone());
            }
        }
    }

    /// Says that this endpoint has something in the database; answers its lane.
    pub(crate) fn note_more(&self, pending: PendingEndpoint) -> Arc<LaneCell> {
        let mut state = self.state.lock();
        let cell = self.lane_in(&mut state, pending.app, pending.endpoint);
        cell.with(|lane| lane.note_more(pending.first_due_at, self.clock.now()));
        cell.clone()
    }

    /// The same of several.
    pub(crate) fn note_missed(&self, missed: Vec<PendingEndpoint>, touched: &mut Vec<Arc<LaneCell>>) {
        touched.extend(missed.into_iter().map(|pending| self.note_more(pending)));
    }

    /// Whether the deliveries of this endpoint stand in a line.
    pub(crate) fn is_line(&self, endpoint: EndpointId) -> bool {
        self.find(endpoint).is_some_and(|cell| cell.with(|lane| lane.is_line()))
    }

    /// The lane of this endpoint.
    pub(crate) fn find(&self, endpoint: EndpointId) -> Option<Arc<LaneCell>> {
        self.state.lock().lanes.get(&endpoint).cloned()
    }

    /// The lanes of this app, or all.
    pub(crate) fn of_app(&self, app: Option<AppId>) -> Vec<Arc<LaneCell>> {
        let state = self.state.lock();
        let mut lanes: Vec<_> =
            state.lanes.values().filter(|cell| app.is_none_or(|app| cell.app == app)).cloned().collect();
        lanes.sort_by_key(|cell| cell.endpoint);
        lanes
    }

    /// Forgets lanes with nothing in them that nobody is working with. What such a lane learned of its
    /// endpoint's health must then be read anew: `forget` hears of the apps whose endpoints in memory are stale.
    pub(crate) fn retire_idle(&self, forget: impl Fn(AppId)) {
        let now = self.clock.now();
        let mut state = self.state.lock();
        let mut stale = BTreeSet::new();
        state.lanes.retain(|_, cell| {
            let stays = Arc::strong_count(cell) > 1 || !cell.is_idle(now);
            if !stays && cell.health.lock().is_ahead() {
                stale.insert(cell.app);
            }
            stays
        });
        state.app_paces.retain(|_, pace| pace.strong_count() > 0);
        // Still locked: whoever makes such a lane again finds the stale views gone.
        stale.into_iter().for_each(forget);
    }

    fn lane_in<'a>(&self, state: &'a mut State, app: AppId, endpoint: EndpointId) -> &'a Arc<LaneCell> {
        let State { lanes, app_paces } = state;
        lanes.entry(endpoint).or_insert_with(|| {
            let shared = app_paces.get(&app).and_then(Weak::upgrade);
            let pace = shared.unwrap_or_else(|| {
                let pace = Arc::new(Mutex::new(AppPace::since(self.began_at)));
                app_paces.insert(app, Arc::downgrade(&pace));
                pace
            });
            let lane = Lane::new(self.bounds, Pace::since(self.began_at), self.clock.now());
            Arc::new(LaneCell::new(app, endpoint, lane, pace, self.memory.clone()))
        })
    }
}

impl Lanes for LaneRegistry {
    fn view(&self, endpoint: EndpointId) -> Option<LaneView> {
        let now = self.clock.now();
        self.find(endpoint).map(|cell| cell.with(|lane| lane.view(now)))
    }

    fn sums(&self) -> LaneSums {
        let now = self.clock.now();
        let mut sums = LaneSums::default();
        for cell in self.of_app(None) {
            let view = cell.with(|lane| lane.view(now));
            sums.lanes += 1;
            sums.behind += usize::from(view.more_in_database);
            sums.in_flight += view.in_flight;
            sums.queued += view.queued;
        }
        sums
    }
}
